"""Whole runs: real store, real HTTP, real files; the clock is the test's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import pytest
from loopback import Reply, Request, serving
from newsroom import START, Newsroom, company, item, only, outcomes, page, rss, story

from filterfeed import model
from filterfeed.errors import Busy, ModelError
from filterfeed.store import Store
from filterfeed.types import FeedState, Policy, RunResult


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with serving() as site:
        yield Newsroom(site, tmp_path)


def entries(room: Newsroom, name: str = "wire") -> list[Any]:
    parsed = feedparser.parse(room.output(name))
    assert not parsed.bozo
    return list(parsed.entries)


def texts(room: Newsroom, name: str = "wire") -> list[str]:
    return [str(entry.get("content", [{"value": ""}])[0]["value"]) for entry in entries(room, name)]


def state(room: Newsroom, name: str = "wire") -> FeedState:
    with Store(room.config.database) as store:
        return store.state(name)


# Polling


def test_a_new_feed_is_published(room: Newsroom) -> None:
    """The first run cleans all items and writes the output, in the publisher's order."""
    room.follow("wire", rss(item(2, text=story(2)), item(1, text=story(1))))
    result = only(room.run().feeds)
    assert (result.outcome, result.items, result.cleaned) == ("updated", 2, 2)
    assert result.blocks >= 6
    assert [entry.id for entry in entries(room)] == ["story-2", "story-1"]
    assert all("Chief executive Ingrid Aas" in text for text in texts(room))


def test_a_feed_that_is_not_due_is_left_alone(room: Newsroom) -> None:
    """Running more often than the interval asks nothing of anybody."""
    room.follow("wire", rss(item(1)))
    room.run()
    room.asked()
    assert room.later(0.2) == RunResult()
    assert room.asked() == []
    assert outcomes(room.run(force=True)) == {"wire": "unchanged"}


def test_a_304_changes_nothing(room: Newsroom) -> None:
    """The publisher gets its own validator back, and the output keeps its bytes."""
    room.follow("wire", rss(item(1, text=story(1))))
    room.run()
    before = room.output("wire")
    result = only(room.later().feeds)
    assert (result.outcome, result.cleaned) == ("unchanged", 0)
    assert "if-none-match" in room.site.requests[-1].headers
    assert room.output("wire") == before


def test_the_same_document_again_changes_nothing(room: Newsroom) -> None:
    """Nor does a run in which all was read anew: the bytes do not depend on the time."""
    body = rss(item(1, text=story(1)))
    room.follow("wire", lambda request: Reply(200, body=body))
    room.run()
    before = room.output("wire")
    assert outcomes(room.later()) == {"wire": "unchanged"}
    body = rss(item(1, text=story(1))) + b"<!-- made at 13:00 -->"
    assert outcomes(room.later()) == {"wire": "unchanged"}
    assert room.output("wire") == before


def test_only_what_is_new_or_changed_is_cleaned(room: Newsroom) -> None:
    """Old items go out as they are, and keep their place behind the new ones."""
    room.follow("wire", rss(item(2, text=story(2)), item(1, text=story(1))))
    room.run()
    items = [item(3, text=story(3)), item(2, text=story(4)), item(1, text=story(1))]
    room.publish("/wire", rss(*items))
    result = only(room.later().feeds)
    assert (result.outcome, result.items, result.cleaned) == ("updated", 3, 2)
    assert [entry.id for entry in entries(room)] == ["story-3", "story-2", "story-1"]
    assert company(4) in texts(room)[1]


def test_items_that_the_publisher_drops_stay_up_to_keep_items(room: Newsroom) -> None:
    """What the publisher lists is never cut; of the rest the newest stay."""
    room.follow("wire", rss(*(item(number) for number in (3, 2, 1))), keep_items=2)
    assert only(room.run().feeds).items == 3
    room.publish("/wire", rss(item(4)))
    assert only(room.later().feeds).items == 2
    assert [entry.id for entry in entries(room)] == ["story-4", "story-3"]


def test_a_silent_feed_wipes_nothing(room: Newsroom) -> None:
    """A document without items leaves the output as it was."""
    room.follow("wire", rss(item(1, text=story(1))))
    room.run()
    room.publish("/wire", rss())
    room.later()
    assert [entry.id for entry in entries(room)] == ["story-1"]


def test_only_the_named_feeds_are_looked_at(room: Newsroom) -> None:
    """`run wire` leaves other feeds due."""
    room.follow("wire", rss(item(1)))
    room.follow("blog", rss(item(1)))
    assert outcomes(room.run(only=["blog"])) == {"blog": "updated"}
    assert outcomes(room.run()) == {"wire": "updated"}


def test_a_local_file_is_a_feed(room: Newsroom) -> None:
    """A path in the configuration is read without any network."""
    room.follow("wire", rss())
    path = room.directory / "saved.xml"
    path.write_bytes(rss(item(1, text=story(1))))
    room.change("wire", url=str(path))
    assert only(room.run().feeds).items == 1
    assert room.asked() == []


# Failures


def slow(request: Request) -> Reply:
    time.sleep(1)
    return Reply(200, body=rss())


def test_each_failure_is_its_own(room: Newsroom) -> None:
    """Bad feeds are named in one line each; the good one is published, whatever its place."""
    room.follow("page", lambda request: Reply(200, [("Content-Type", "text/html")], page(1)))
    room.follow("empty", lambda request: Reply(200))
    room.follow("broken", lambda request: Reply(500))
    room.follow("slow", slow)
    room.follow("blocked", lambda request: Reply(403))
    room.follow("wire", rss(item(1)))
    result = room.run()
    failed = {feed.name: feed.error for feed in result.feeds if feed.outcome == "failed"}
    assert sorted(failed) == ["blocked", "broken", "empty", "page", "slow"]
    assert all(error and "\n" not in error for error in failed.values())
    assert "HTML" in failed["page"]
    assert "403" in failed["blocked"]
    assert outcomes(result)["wire"] == "updated"


def test_an_unexpected_error_is_its_own_too(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours in one feed is told by its type, and the other feeds are done."""
    room.follow("wire", rss(item(1)))
    room.follow("blog", rss(item(2)))
    known = Store.known

    def broken(store: Store, name: str) -> Any:
        if name == "wire":
            raise ZeroDivisionError("division by zero")
        return known(store, name)

    monkeypatch.setattr(Store, "known", broken)
    result = room.run()
    assert outcomes(result) == {"wire": "failed", "blog": "updated"}
    assert result.feeds[0].error == "ZeroDivisionError: division by zero"


def test_a_failure_leaves_the_last_good_output(room: Newsroom) -> None:
    """The next success sends the validators of the last one, and resets the back-off."""
    room.follow("wire", rss(item(1, text=story(1))))
    room.run()
    before, good = room.output("wire"), room.site.pages["/wire"]
    room.publish("/wire", lambda request: Reply(500))
    assert outcomes(room.later()) == {"wire": "failed"}
    assert (state(room).failures, state(room).status) == (1, "failing")
    assert room.output("wire") == before
    room.publish("/wire", good)
    assert outcomes(room.later()) == {"wire": "unchanged"}
    assert (state(room).failures, state(room).status, state(room).error) == (0, "ok", "")


def test_failures_back_off(room: Newsroom) -> None:
    """A feed that fails is asked less and less often."""
    room.follow("wire", lambda request: Reply(500), interval=3600)
    hours = [hour for hour in range(16) if room.later(1).feeds]
    assert hours == [0, 1, 3, 7, 15]


def test_a_feed_that_is_gone_is_not_asked_again(room: Newsroom) -> None:
    """410 is said once; another address, or --force, asks again."""
    room.follow("wire", lambda request: Reply(410))
    assert outcomes(room.run()) == {"wire": "failed"}
    assert room.later(1000).feeds == ()
    assert outcomes(room.run(force=True)) == {"wire": "failed"}
    room.publish("/new", rss(item(1)))
    room.change("wire", url=room.site.url("/new"))
    assert outcomes(room.later()) == {"wire": "updated"}


def test_a_permanent_move_is_followed(room: Newsroom) -> None:
    """After a 301 the new address is asked at once; a 302 is asked again."""
    moved = Reply(301, [("Location", "/new")])
    room.follow("wire", lambda request: moved)
    room.publish("/new", rss(item(1)))
    room.run()
    room.asked()
    room.later()
    assert room.asked() == ["/new"]
    assert state(room).url == room.site.url("/new")


def test_a_move_to_a_page_is_not_believed(room: Newsroom) -> None:
    """A publisher that sends dead feeds to its front page does not lose the feed's address."""
    room.follow("wire", lambda request: Reply(301, [("Location", "/")]))
    room.publish("/", lambda request: Reply(200, body=page(1)))
    assert outcomes(room.run()) == {"wire": "failed"}
    assert state(room).url == room.site.url("/wire")


def test_an_output_that_cannot_be_written_is_written_later(room: Newsroom) -> None:
    """The items are kept; the output follows as soon as it can, without another poll."""
    room.follow("wire", rss(item(1, text=story(1))))
    (room.directory / "clean").write_text("in the way")
    result = room.run()
    assert (outcomes(result), result.errors) == ({"wire": "failed"}, ())
    assert "clean" in result.feeds[0].error
    (room.directory / "clean").unlink()
    room.asked()
    room.later(0.1)
    assert room.asked() == []
    assert [entry.id for entry in entries(room)] == ["story-1"]


# Pages


def with_page(room: Newsroom, number: int, **how: Any) -> str:
    room.publish(f"/story/{number}", page(number))
    return item(number, room.site.url(f"/story/{number}"), **how)


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


# Settings


def test_another_title_is_published_without_a_poll(room: Newsroom) -> None:
    """What the configuration says about a feed does not wait for the publisher."""
    room.follow("wire", rss(item(1, text=story(1))))
    room.run()
    room.asked()
    room.change("wire", title="My wire")
    assert outcomes(room.later(0.1)) == {"wire": "updated"}
    assert feedparser.parse(room.output("wire")).feed.title == "My wire"
    assert room.asked() == []
    assert room.later(0.1).feeds == ()


def test_another_policy_cleans_the_stored_items_again(room: Newsroom) -> None:
    """It needs no network: originals are kept; and no item becomes another one."""
    room.follow("wire", rss(with_page(room, 1)))
    room.run()
    room.asked()
    room.change("wire", policy=Policy(drop_patterns=("Operating profit",)))
    assert only(room.later(0.1).feeds).cleaned == 1
    assert "Operating profit" not in texts(room)[0]
    room.change("wire", policy=Policy())
    room.later(0.1)
    assert "Operating profit" in texts(room)[0]
    assert [entry.id for entry in entries(room)] == ["story-1"]
    assert room.asked() == []


def test_a_deleted_file_comes_back(room: Newsroom) -> None:
    """From the store, though no feed is due."""
    room.follow("wire", rss(item(1)))
    room.run()
    before = room.output("wire")
    (room.directory / "clean" / "wire.xml").unlink()
    assert room.later(0.1).feeds == ()
    assert room.output("wire") == before


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

    def load(path: str = "") -> Any:
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


# Runs


def test_two_runs_at_once(room: Newsroom) -> None:
    """The second one leaves at once."""
    room.follow("wire", rss(item(1)))
    with Store(room.config.database) as store, store.lock(), pytest.raises(Busy):
        room.run()
    assert outcomes(room.run()) == {"wire": "updated"}


def test_a_run_that_is_stopped_ends_soon(room: Newsroom) -> None:
    """It does not wait for a slow publisher, and what it has not done is done by the next."""
    asked = threading.Event()
    stop = threading.Event()

    def never(request: Request) -> Reply:
        asked.set()
        time.sleep(2)
        return Reply(200, body=rss(item(1)))

    room.follow("wire", never)
    threading.Thread(target=lambda: (asked.wait(5), stop.set())).start()
    start = time.monotonic()
    assert room.run(stop=stop).feeds == ()
    assert time.monotonic() - start < 0.5
    room.publish("/wire", rss(item(1)))
    assert outcomes(room.run()) == {"wire": "updated"}


def test_progress_only_grows(room: Newsroom) -> None:
    """Whoever watches sees steps up to the last one of those that are known."""
    seen: list[tuple[int, int, str]] = []
    room.follow("wire", rss(with_page(room, 1), with_page(room, 2)))
    room.run(progress=lambda *step: seen.append(step))
    assert [done for done, _, _ in seen] == [*range(1, len(seen) + 1)]
    assert all(done <= total for done, total, _ in seen)
    assert seen[-1][0] == seen[-1][1]


def test_the_next_pause_is_known(room: Newsroom) -> None:
    """`serve` sleeps until the next feed is due."""
    from filterfeed import pipeline

    room.follow("wire", rss(item(1)), interval=600)
    room.run()
    assert 600 <= pipeline.pause(room.config, START) <= 615
