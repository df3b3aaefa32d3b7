"""Whole runs: real store, real HTTP, real files; the clock is the test's."""

from __future__ import annotations

import threading
import time
from typing import Any

import feedparser
import pytest
from loopback import Reply, Request
from newsroom import (
    START,
    Newsroom,
    company,
    entries,
    item,
    only,
    outcomes,
    page,
    rss,
    state,
    story,
    texts,
    with_page,
)

from filterfeed.errors import Busy
from filterfeed.runs import RunResult
from filterfeed.store import Store
from filterfeed.types import Policy

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
