"""Items in whole runs: their pages, the model, and what cannot be worked on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import pytest
from loopback import Reply, serving
from newsroom import (
    Newsroom,
    company,
    item,
    only,
    outcomes,
    page,
    rss,
    story,
    texts,
    with_page,
)

from filterfeed import model, pipeline
from filterfeed import story as story_module
from filterfeed.errors import ModelError
from filterfeed.store import Store
from filterfeed.types import Item

# Pages


def test_the_text_comes_from_the_page(room: Newsroom) -> None:
    """A feed of titles goes out with the stories; each page is fetched once."""
    room.follow("wire", rss(with_page(room, 2), with_page(room, 1)))
    room.run()
    assert all("raised their estimates" in text for text in texts(room))
    assert sorted(room.asked()) == ["/story/1", "/story/2", "/wire"]
    room.publish("/wire", rss(with_page(room, 3), with_page(room, 2), with_page(room, 1)))
    room.later()
    assert sorted(room.asked()) == ["/story/3", "/wire"]


def test_source_body_asks_for_no_page(room: Newsroom) -> None:
    """What the feed says is all that is used."""
    room.follow("wire", rss(with_page(room, 1, text=story(1))), source="body")
    room.run()
    assert room.asked() == ["/wire"]
    assert "raised their estimates" not in texts(room)[0]


def test_a_page_that_is_missing_is_asked_for_once(room: Newsroom) -> None:
    """404 is final, and the feed's own text goes out."""
    link = room.site.url("/missing")
    room.follow("wire", lambda request: Reply(200, body=rss(item(1, link, story(1)))))
    room.run()
    assert "Chief executive Ingrid Aas" in texts(room)[0]
    with Store(room.config.database) as store:
        assert "404" in store.items("wire")[0].page_error
    room.asked()
    room.later()
    assert room.asked() == ["/wire"]


def test_a_link_that_is_no_link(room: Newsroom) -> None:
    """What cannot even be asked for costs neither the feed nor other feeds anything."""
    room.follow("wire", rss(item(1, "http://[broken/", story(1)), item(2, "http://", story(2))))
    assert outcomes(room.run()) == {"wire": "updated"}
    assert all("Chief executive Ingrid Aas" in text for text in texts(room))


def test_a_page_that_fails_is_tried_in_later_runs(room: Newsroom) -> None:
    """Also when the feed itself has nothing new; three times in all."""
    room.follow("wire", rss(item(1, room.site.url("/story/1"), "Freight rises.")))
    room.publish("/story/1", lambda request: Reply(503))
    room.run()
    room.later()
    room.publish("/story/1", page(1))
    assert outcomes(room.later()) == {"wire": "updated"}
    assert "raised their estimates" in texts(room)[0]
    assert room.asked().count("/story/1") == 3


def test_a_page_that_always_fails_is_given_up(room: Newsroom) -> None:
    """After the third failure the publisher is left alone."""
    room.follow("wire", rss(item(1, room.site.url("/story/1"), story(1))))
    room.publish("/story/1", lambda request: Reply(500))
    for _ in range(5):
        assert outcomes(room.later())["wire"] in ("updated", "unchanged")
    assert room.asked().count("/story/1") == 3


def test_pages_over_max_pages_follow(room: Newsroom) -> None:
    """The rest comes with the next runs, though the feed answers 304."""
    items = [with_page(room, number) for number in range(5)]
    room.follow("wire", rss(*items), max_pages=2)
    counts = []
    for _ in range(4):
        room.later()
        counts.append(sum("raised their estimates" in text for text in texts(room)))
    assert counts == [2, 4, 5, 5]


def test_a_page_of_two_feeds_is_fetched_once(room: Newsroom) -> None:
    """Publishers list the same story in several feeds."""
    room.follow("wire", rss(with_page(room, 1)))
    room.follow("markets", rss(with_page(room, 1)))
    room.run()
    assert sorted(room.asked()) == ["/markets", "/story/1", "/wire"]
    assert texts(room, "wire") == texts(room, "markets")


def test_pages_come_from_the_mirror(room: Newsroom) -> None:
    """Saved pages are used instead of the network."""
    saved = room.directory / "pages" / "wire.example" / "1.html"
    saved.parent.mkdir(parents=True)
    saved.write_bytes(page(1))
    mirror = str(room.directory / "pages")
    room.follow("wire", rss(item(1, "https://wire.example/1.html")), mirror=mirror)
    room.run()
    assert "raised their estimates" in texts(room)[0]
    assert room.asked() == ["/wire"]


def test_a_link_to_a_file_is_no_page(room: Newsroom) -> None:
    """A PDF file is not taken for a story, and not asked for again."""
    pdf = Reply(200, [("Content-Type", "application/pdf")], b"%PDF-1.7\n" + page(1) * 3)
    room.publish("/report.pdf", lambda request: pdf)
    room.follow("wire", rss(item(1, room.site.url("/report.pdf"), story(1))))
    room.run()
    room.later()
    assert "raised their estimates" not in texts(room)[0]
    assert room.asked().count("/report.pdf") == 1
    with Store(room.config.database) as store:
        assert store.items("wire")[0].page_error.endswith("is no page (application/pdf)")


@pytest.mark.parametrize("answer", [Reply(429), Reply(503, [("Retry-After", "600")])])
def test_a_host_that_is_asked_too_often_is_left_alone(room: Newsroom, answer: Reply) -> None:
    """Its other pages follow in later runs, and do not count as failures; a mirror is no host."""
    links = [room.site.url(f"/story/{number}") for number in range(40)]
    room.follow("wire", rss(*(item(n, link, story(n)) for n, link in enumerate(links))))
    for number in range(40):
        room.publish(f"/story/{number}", lambda request: answer)
    room.run()
    at_once = room.config.fetch.concurrency
    assert 1 <= len(room.asked()) - 1 <= at_once + 1
    with Store(room.config.database) as store:
        stored = store.items("wire")
    assert all(own.page_wanted for own in stored)
    assert sum(own.page_attempts for own in stored) <= at_once + 1
    for number in range(40):
        room.publish(f"/story/{number}", page(number))
    room.later()
    assert all("raised their estimates" in text for text in texts(room))


def test_secret_headers_go_to_the_feeds_own_host_only(room: Newsroom) -> None:
    """A cookie for the publisher is not shown to whoever a link leads to."""
    with serving() as other:
        other.pages["/story"] = Reply(200, body=page(1))
        links = (room.site.url("/story/2"), other.url("/story"))
        items = [item(number, link) for number, link in enumerate(links)]
        room.follow("wire", rss(*items), headers=(("Cookie", "session=1"),))
        room.run()
        assert [own.headers.get("cookie") for own in room.site.requests] == ["session=1"] * 2
        assert [own.headers.get("cookie") for own in other.requests] == [None]


def test_blocks_are_remembered_by_host(room: Newsroom) -> None:
    """What recurs in the stories of one run is known when they are judged, and later."""
    room.follow("wire", rss(*(with_page(room, number) for number in range(3))))
    room.run()
    with Store(room.config.database) as store:
        (first, *_) = store.items("wire")
        keys = [verdict.block.key for verdict in first.clean.verdicts]
        found = store.recurrence("127.0.0.1", "another story", keys)
    assert max(found.values()) == 3


@pytest.mark.parametrize(
    ("paragraphs", "names", "recurring"),
    [
        (
            (
                "{0}の織物工場は火曜日、織機を新しく入れると発表した。{0}の町では三十年ぶりになる。",
                "社長は「{0}の職人の仕事は続く」と述べ、秋までに採用を終える考えを示した。",
                "{0}市の組合はこれを歓迎し、賃金についての話し合いを{0}で続けると明らかにした。",
                "{0}銀行は融資を決めた。株価は午前の取引で四%上がり、{0}の他の会社も買われた。",
            ),
            ("京都", "桐生", "今治", "米沢", "尾道", "松江", "長浜"),
            "編集部の朝の手紙は毎週月曜日に届きます。皆さまの声をお待ちしております。",
        ),
        (
            (
                "Die Weberei in {0} stellt neue Stühle auf, wie sie am Dienstag in {0} mitteilte.",
                "„In {0} wird weiter gewebt“, sagte die Chefin und nannte den Herbst als Ziel.",
                "Die Gewerkschaft in {0} begrüßte das, will aber weiter über die Löhne sprechen.",
                "Die Bank von {0} gibt den Kredit; die Aktie stieg am Vormittag um vier Prozent.",
            ),
            ("Plauen", "Krefeld", "Apolda", "Greiz", "Reutlingen", "Lauban", "Zittau"),
            "Die Redaktion schreibt jeden Montag einen Brief an alle, die uns lesen und mögen.",
        ),
    ],
    ids=["Japanese", "German"],
)
def test_what_recurs_goes_in_any_language(
    room: Newsroom, paragraphs: tuple[str, ...], names: tuple[str, ...], recurring: str
) -> None:
    """After a handful of items the memory alone is enough, though the model sees a story."""
    stories = [[own.format(name) for own in paragraphs] for name in names]
    items = [
        item(number, text="".join(f"<p>{line}</p>" for line in [*own, recurring]), name=own[0])
        for number, own in enumerate(stories)
    ]
    room.follow("wire", rss(items[0]))
    room.run()
    assert recurring in texts(room)[0]
    room.publish("/wire", rss(*items))
    room.later()
    told = "".join(texts(room))
    assert all(line in told for own in stories for line in own)
    assert told.count(recurring) == 1  # in the first, which went out before


def test_another_title_makes_no_other_story(room: Newsroom) -> None:
    """What recurs in the versions of one story is not taken for boilerplate."""
    room.follow("wire", rss())
    for version in range(6):
        room.publish("/wire", rss(item(1, text=story(1), name=f"Freight {'up ' * version}")))
        assert outcomes(room.later()) == {"wire": "updated"}
    with Store(room.config.database) as store:
        (own,) = store.items("wire")
        keys = [verdict.block.key for verdict in own.clean.verdicts]
        assert set(store.recurrence("", "another story", keys).values()) == {1}
    assert company(1) in texts(room)[0]


# The model


def test_a_model_that_cannot_be_used_is_said_once(room: Newsroom) -> None:
    """The shipped one does its work meanwhile."""
    room.settings["model"] = str(room.directory / "missing.joblib")
    room.follow("wire", rss(item(1, text=story(1))))
    room.follow("blog", rss(item(2, text=story(2))))
    result = room.run()
    assert outcomes(result) == {"wire": "updated", "blog": "updated"}
    (line,) = result.errors
    assert "missing.joblib" in line
    assert "\n" not in line


def test_without_any_model_nothing_is_lost(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be cleaned now is cleaned later; what needs no cleaning is done."""
    room.follow("wire", rss(item(1, text=story(1))))
    room.follow("broken", lambda request: Reply(500))

    def load(*arguments: Any) -> Any:
        raise ModelError("the shipped model is missing")

    with monkeypatch.context() as patch:
        patch.setattr(model, "load", load)
        result = room.run()
    assert outcomes(result) == {"broken": "failed"}
    assert result.errors == ("the shipped model is missing; nothing is cleaned",)
    assert not (room.directory / "clean" / "wire.xml").exists()
    assert outcomes(room.later()) == {"broken": "failed", "wire": "updated"}


def test_workers_make_the_same(room: Newsroom, tmp_path: Path) -> None:
    """Many items are cleaned in several processes, to the same bytes."""
    body = rss(*(item(number, text=story(number)) for number in range(40)))
    room.follow("wire", body)
    room.run()
    other = Newsroom(room.site, tmp_path / "other", room.feeds, settings={"workers": 2})
    other.run()
    assert other.output("wire") == room.output("wire")


def test_workers_that_die_lose_nothing(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed fails, and its items are cleaned by a later run."""
    room.settings["workers"] = 2
    room.follow("wire", rss(*(item(number, text=story(number)) for number in range(40))))

    class Dead:
        def __init__(self, **settings: Any) -> None:
            pass

        def __call__(self, calls: Any) -> Any:
            raise RuntimeError("a worker was killed")

    with monkeypatch.context() as patch:
        patch.setattr(joblib, "Parallel", Dead)
        (result,) = room.run().feeds
    assert (result.outcome, result.error) == ("failed", "RuntimeError: a worker was killed")
    assert only(room.later().feeds).cleaned == 40


def test_an_item_that_cannot_be_worked_on_goes_out_as_it_came(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made safe and is said once; those beside it are cleaned."""
    bad = "<p>Poison.</p><script>alert(1)</script>"
    room.follow("wire", rss(item(1, text=bad), item(2, text=story(2))))
    prepare = story_module.prepare

    def broken(item: Item, *others: Any) -> Any:
        if "Poison" in item.summary:
            raise ZeroDivisionError("division by zero")
        return prepare(item, *others)

    monkeypatch.setattr(story_module, "prepare", broken)
    result = room.run()
    assert outcomes(result) == {"wire": "updated"}
    assert result.errors == (
        "wire: 1 uncleaned items, as they came: ZeroDivisionError: division by zero",
    )
    assert texts(room)[0] == "<p>Poison.</p>"
    assert "Chief executive Ingrid Aas" in texts(room)[1]
    assert room.later().errors == ()


def test_without_any_model_publishers_are_left_alone(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has to wait for a model is not polled more often for that."""
    room.follow("wire", rss(item(1, text=story(1))))

    def load(*arguments: Any) -> Any:
        raise ModelError("the shipped model is missing")

    monkeypatch.setattr(model, "load", load)
    room.run()
    room.later(0.1)
    assert room.asked() == ["/wire"]
    assert pipeline.pause(room.config, room.now) > 60
