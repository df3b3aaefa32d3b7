"""After a change of model stored items are cleaned again, and stay the items that they are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from loopback import Reply
from newsroom import Newsroom, item, only, outcomes, page, rss, story, texts, with_page
from othermodels import added, keeps_all, written
from terminal import filterfeed

from filterfeed import model, pipeline
from filterfeed.pipeline.delivery import Delivery
from filterfeed.registry import SHIPPED, Registry
from filterfeed.runs import RunResult
from filterfeed.store import Store

SAMPLES = Path(__file__).parent.parent / "sample_feeds"
PITCH = (
    "<p>Subscribe to our newsletter today and get our ten best stock picks for half the price!</p>"
)
FOOTER = "Copyright Wire Example. All rights reserved."


def reprocessed(room: Newsroom, **how: Any) -> RunResult:
    return pipeline.reprocess(room.config, lambda: room.now, **how)


def used_models(room: Newsroom) -> set[str]:
    """Ids of the models by which what is stored was cleaned."""
    with Store(room.config.database) as store:
        return {own.model_id for feed in room.feeds for own in store.items(feed.name)}


@pytest.fixture
def two(room: Newsroom) -> Newsroom:
    """Two feeds that were polled a moment ago; nobody has anything new to say."""
    for name, number in (("wire", 1), ("blog", 2)):
        room.follow(name, rss(with_page(room, number, text=story(number) + PITCH)), source="body")
    room.run()
    room.asked()
    assert not any("newsletter" in texts(room, name)[0] for name in ("wire", "blog"))
    return room


@pytest.fixture
def other() -> str:
    """The id of the model that keeps all."""
    return str(keeps_all()[1]["digest"])[:12]


# What it does


def test_sample_feeds_keep_their_identities(tmp_path: Path, other: str) -> None:
    """Byte for byte, in their order, without the sources: those are not even there any more."""
    place = tmp_path / "sample_feeds"
    shutil.copytree(SAMPLES, place, ignore=shutil.ignore_patterns("clean"))
    assert filterfeed("-q", "run", cwd=place).returncode == 0
    before = {file.name: file.read_bytes() for file in (place / "clean").glob("*.xml")}
    for source in (*place.glob("*.xml"), place / "markets.json"):
        source.unlink()
    shutil.rmtree(place / "pages")
    added(str(place / "filterfeed.models"), Newsroom.now)
    done = filterfeed("reprocess", cwd=place)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\n")[2].split()[:3] == ["wire", "6", "6"]
    after = {file.name: file.read_bytes() for file in (place / "clean").glob("*.xml")}
    assert before.keys() == after.keys()
    for name, body in before.items():
        assert guids(body) == guids(after[name])
        assert len(after[name]) >= len(body)
    assert after != before
    again = filterfeed("reprocess", cwd=place)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def guids(body: bytes) -> list[tuple[str, dict[str, str]]]:
    found = ElementTree.fromstring(body).iter("guid")
    return [(own.text or "", dict(own.attrib)) for own in found]


def test_nobody_is_asked(room: Newsroom) -> None:
    """Neither for a feed that is due nor for pages, which stay wanted where they were."""
    room.follow("wire", rss(with_page(room, 1), item(2, room.site.url("/later"), story(2))))
    room.publish("/later", lambda request: Reply(503))
    room.run()
    room.asked()
    added(room.config.models, room.now)
    room.now = room.now.replace(year=room.now.year + 1)
    result = only(reprocessed(room).feeds)
    assert (result.outcome, result.cleaned) == ("updated", 2)
    assert FOOTER in texts(room)[0]
    assert room.asked() == []
    room.publish("/later", page(2))
    room.run()
    assert "/later" in room.asked()


def test_the_next_poll_is_as_it_was(two: Newsroom) -> None:
    """Reprocessing is no poll: neither success nor failure of one."""
    with Store(two.config.database) as store:
        before = store.states()
    added(two.config.models, two.now)
    two.now = two.now.replace(year=two.now.year + 1)
    reprocessed(two)
    with Store(two.config.database) as store:
        after = store.states()
    for old, new in zip(before, after, strict=True):
        assert (old.next_poll, old.last_poll, old.etag) == (new.next_poll, new.last_poll, new.etag)


def test_only_the_named_feeds(two: Newsroom, other: str) -> None:
    """The others wait for the next run; a feed that is not configured is exit status 2."""
    added(two.config.models, two.now)
    assert outcomes(reprocessed(two, only=["blog"])) == {"blog": "updated"}
    assert "newsletter" in texts(two, "blog")[0]
    assert "newsletter" not in texts(two, "wire")[0]
    two.write_config()
    assert filterfeed("reprocess", "none", cwd=two.directory).returncode == 2


def test_it_does_the_work_again_though_nothing_has_changed(two: Newsroom) -> None:
    """And says of each feed that it is as it was."""
    result = reprocessed(two)
    assert outcomes(result) == {"wire": "unchanged", "blog": "unchanged"}
    assert [feed.cleaned for feed in result.feeds] == [1, 1]


def test_nothing_stored_is_nothing_to_do(room: Newsroom) -> None:
    """Before the first run."""
    room.follow("wire", rss(item(1)))
    assert reprocessed(room) == RunResult()
    assert room.asked() == []


# A change of model is never half


def test_a_run_finishes_a_change_of_model(two: Newsroom, other: str) -> None:
    """All stored items are cleaned again by the next run, though no feed is due; once."""
    added(two.config.models, two.now)
    assert outcomes(two.run()) == {"wire": "updated", "blog": "updated"}
    assert used_models(two) == {other}
    assert two.run().feeds == ()
    Registry(two.config.models).rollback()
    two.run()
    assert used_models(two) == {model.load().id}
    assert "newsletter" not in texts(two)[0]
    assert two.asked() == []


def test_new_items_and_old_ones_are_of_one_model(two: Newsroom, other: str) -> None:
    """A poll that brings an item after a change of model cleans the others, too."""
    added(two.config.models, two.now)
    two.publish("/wire", rss(item(3, text=story(3) + PITCH), item(1, text=story(1) + PITCH)))
    two.later()
    assert used_models(two) == {other}
    assert all("newsletter" in text for text in texts(two))


@pytest.mark.parametrize("step", ["_save", "_publish"])
def test_what_was_killed_half_way_is_finished(
    two: Newsroom, other: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Killed at the second feed, before or after its items are saved: a run does the rest."""
    added(two.config.models, two.now)
    whole = getattr(Delivery, step)

    def killed(own: Delivery, job: Any, *others: Any) -> Any:
        if getattr(job, "feed", job).name == "blog":
            raise KeyboardInterrupt
        return whole(own, job, *others)

    with monkeypatch.context() as patch:
        patch.setattr(Delivery, step, killed)
        with pytest.raises(KeyboardInterrupt):
            reprocessed(two)
    assert "newsletter" in texts(two, "wire")[0]
    assert "newsletter" not in texts(two, "blog")[0]
    assert outcomes(two.run()) == {"blog": "updated"}
    assert "newsletter" in texts(two, "blog")[0]
    assert used_models(two) == {other}
    assert two.run().feeds == ()


# Which model


def test_a_file_that_nobody_trusts_is_not_loaded(two: Newsroom, other: str) -> None:
    """The shipped model works on, and that is said; trusted, the file cleans all items again."""
    file = written(two.directory / "theirs.joblib")
    two.settings["model"] = str(file)
    (line,) = reprocessed(two).errors
    assert "not trained here and not trusted" in line
    assert line.endswith("; the shipped model is used")
    assert used_models(two) == {model.load().id}
    Registry(two.config.models).trust(file)
    assert outcomes(two.run()) == {"wire": "updated", "blog": "updated"}
    assert used_models(two) == {other}


def test_a_registry_that_is_damaged_stops_nothing(two: Newsroom) -> None:
    """It is said, and the shipped model is used."""
    Registry(two.config.models).use(SHIPPED)
    (Path(two.config.models) / "registry.json").write_text("broken")
    two.publish("/wire", rss(item(3, text=story(3))))
    result = two.later()
    assert outcomes(result)["wire"] == "updated"
    (line,) = result.errors
    assert "registry.json: is damaged" in line
    assert line.endswith("; the shipped model is used")


def test_workers_use_the_same_model(room: Newsroom, other: str) -> None:
    """In their processes, too, it is loaded because it was trained here."""
    room.follow("wire", rss(*(item(number, text=story(number) + PITCH) for number in range(40))))
    room.settings["workers"] = 2
    added(room.config.models, room.now)
    room.run()
    assert used_models(room) == {other}
    with Store(room.config.database) as store:
        verdicts = store.items("wire")[0].clean.verdicts
    assert verdicts[0].probabilities == pytest.approx((0.97, 0.01, 0.01, 0.01))


def test_explain_clean_and_evaluate_use_it(room: Newsroom) -> None:
    """By the configuration, when there is one; without one the shipped model."""
    room.follow("wire", rss())
    path = str(room.write_config())
    added(room.config.models, room.now)
    (elsewhere := room.directory / "elsewhere").mkdir()

    def said(*arguments: str, cwd: Path = room.directory, told: str = PITCH) -> str:
        done = filterfeed(*arguments, cwd=cwd, input=told)
        assert done.stderr == ""
        return str(done.stdout)

    explain = ("explain", "--format", "jsonl", "-")
    assert json.loads(said(*explain))["label"] == "article"
    assert json.loads(said(*explain, "-c", path, cwd=elsewhere))["label"] == "article"
    assert json.loads(said(*explain, cwd=elsewhere))["label"] == "ad"
    assert "newsletter" in said("clean", told=rss(item(1, text=story(1) + PITCH)).decode())
    row = {"uid": "1", "publisher": "x", "as": "body", "html": PITCH}
    row |= {"gold": [{"text": PITCH[3:-4], "label": "ad"}]}
    (room.directory / "x.jsonl").write_text(json.dumps(row))
    assert json.loads(said("evaluate", "--json", "x.jsonl"))["ad_words_removed"] == 0
