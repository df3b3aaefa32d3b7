"""The database: feeds, items, boilerplate and outputs come out as they went in."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from stores import NOW, A, B, keys, stored

from filterfeed.errors import StoreError
from filterfeed.runs import FeedState
from filterfeed.store import Output, Store, item_digest, memory
from filterfeed.types import Feed, FeedConfig, Item, Known, Page

# --- feeds ---


def test_register(store: Store) -> None:
    """States come in the configuration's order; a removed feed keeps its items for later."""
    assert store.states() == (FeedState("a", A.url), FeedState("b", B.url))
    polled = FeedState("a", A.url, etag="x", status="ok")
    store.save_poll(polled, Feed("T"), [stored("1")], ["1"])
    store.register([B])
    assert [state.name for state in store.states()] == ["b"]
    assert [store.output_status(name) for name in "abc"] == ["removed", "ok", "unknown"]
    assert keys(store.items("a")) == ["1"]
    store.register([B, A])
    assert store.states() == (FeedState("b", B.url), polled)
    assert store.output_status("a") == "ok"


def test_changed_url(store: Store) -> None:
    """A new URL in the configuration is polled afresh; a moved feed's stored URL stays."""
    moved = FeedState("a", "https://new.example/", etag="x", last_modified="y", body_digest="z")
    store.save_poll(moved, Feed("T"), [stored("1")], ["1"])
    store.register([A, B])
    assert store.state("a") == moved
    store.register([replace(A, url="https://other.example/"), B])
    assert store.state("a") == FeedState("a", "https://other.example/")
    assert keys(store.known("a")) == ["1"]
    assert store.feed("a") == Feed("T")


def test_register_again_writes_nothing(store: Store, path: str) -> None:
    """A run with nothing to do leaves the database as it is."""
    before = Path(f"{path}-wal").read_bytes()
    store.register([A, B])
    assert Path(f"{path}-wal").read_bytes() == before


def test_unknown_feed(store: Store, path: str) -> None:
    """What never was configured has no state, and can be given none."""
    with pytest.raises(StoreError, match="has no feed 'c'"):
        store.state("c")
    with pytest.raises(StoreError, match="has no feed 'c'"):
        store.save_state(FeedState("c", ""))
    with pytest.raises(StoreError):
        store.save_items("c", [stored("1")])
    assert (store.feed("c"), store.output("c"), store.items("c")) == (None, None, ())


# --- items ---


def test_output_order(store: Store) -> None:
    """Listed items in the publisher's order, then the others, the newest first."""
    old = [stored(key, first_seen=NOW - timedelta(days=1)) for key in ("o1", "o2")]
    store.save_poll(store.state("a"), Feed(), old, ["o1", "o2"])
    new = [stored(key) for key in ("n1", "n2", "n3")]
    store.save_poll(store.state("a"), Feed(), new, ["n1", "o2", "n2", "n3"])
    assert keys(store.items("a")) == ["n1", "o2", "n2", "n3", "o1"]
    store.save_poll(store.state("a"), Feed(), [], ["n3"])
    items = store.items("a")
    assert keys(items) == ["n3", "n1", "n2", "o1", "o2"]
    assert [item.position for item in items] == [0, -1, -1, -1, -1]
    assert keys(store.items("a", limit=2)) == ["n3", "n1"]
    assert store.items("b") == ()


def test_changed_items(store: Store) -> None:
    """A digest tells whether an item changed; it is replaced, and was first seen as before."""
    first = stored("1", position=0)
    store.save_poll(store.state("a"), Feed(), [first], ["1"])
    assert store.digests("a") == {"1": item_digest(first.item)}
    edited = replace(first.item, title="new title")
    assert item_digest(edited) != item_digest(first.item)
    later = NOW + timedelta(hours=1)
    changed = replace(first, item=edited, page=None, first_seen=later, changed=later)
    store.save_items("a", [changed])
    assert store.items("a") == (replace(changed, first_seen=NOW),)
    assert store.digests("a") == {"1": item_digest(edited)}


def test_known(store: Store) -> None:
    """Of every item what identifies it."""
    undated = Item(title="T")
    derived = stored("k", guid="urn:x", own_guid=False, item=undated)
    store.save_items("a", [stored("1"), derived])
    assert store.known("a") == (
        Known("1", "1", True, "https://a.example/1", "T 1", NOW),
        Known("k", "urn:x", False, "", "T", None),
    )


def test_wanted(store: Store) -> None:
    """Items whose page is still to come, as they go out, no more than asked for."""
    items = [stored(key, page_wanted=key != "2") for key in "1234"]
    store.save_poll(store.state("a"), Feed(), items, ["4", "2", "1", "3"])
    assert keys(store.wanted("a", 2)) == ["4", "1"]


def test_prune(store: Store) -> None:
    """Unlisted items beyond the limit lose their texts, never their identity."""
    items = [stored(str(n), first_seen=NOW - timedelta(hours=n)) for n in range(6)]
    store.save_poll(store.state("a"), Feed(), items, ["4", "5"])
    known = store.known("a")
    store.prune("a", 1)
    assert keys(store.items("a")) == ["4", "5"]
    store.save_items("a", items[:4])
    store.prune("a", 3)
    assert keys(store.items("a")) == ["4", "5", "0"]
    assert set(store.digests("a")) == {"4", "5", "0"}
    assert store.known("a") == known


def test_pruned_item_comes_back(store: Store) -> None:
    """One that is listed again counts as changed, and is what and from when it was."""
    store.save_poll(store.state("a"), Feed(), [stored("1")], [])
    store.prune("a", 0)
    assert store.digests("a") == {}
    again = stored("1", first_seen=NOW + timedelta(days=9), position=0)
    store.save_poll(store.state("a"), Feed(), [again], ["1"])
    assert store.items("a") == (replace(again, first_seen=NOW),)


def test_failed_poll_leaves_all_as_it_was(store: Store) -> None:
    """A poll is stored as a whole or not at all."""
    store.save_poll(store.state("a"), Feed("old"), [stored("1")], ["1"])
    before = (store.state("a"), store.feed("a"), store.items("a"))
    unstorable: Any = stored("2", page_attempts=object())
    with pytest.raises(StoreError):
        store.save_poll(
            FeedState("a", "u", etag="e"), Feed("new"), [stored("3"), unstorable], ["3"]
        )
    assert (store.state("a"), store.feed("a"), store.items("a")) == before


# --- boilerplate ---


def test_recurrence(store: Store) -> None:
    """It counts the other stories of the host; saying one story twice counts once."""
    store.remember("h", "s1", ["x", "y", "x"])
    store.remember("h", "s1", ["x"])
    store.remember("h", "s2", ["x"])
    store.remember("other", "s3", ["x", "y"])
    assert store.recurrence("h", "s1", ["x", "y", "z"]) == {"x": 1}
    assert store.recurrence("h", "s9", ["x", "y", "z", "x"]) == {"x": 2, "y": 1}
    assert store.recurrence("h", "s1", []) == {}


def test_forget(store: Store) -> None:
    """A story that goes by another title now counts no longer under the old one."""
    for host in ("h", "other"):
        store.remember(host, "s1", ["x", "y"])
        store.remember(host, "s2", ["x"])
    store.forget("h", "s1")
    store.forget("h", "never seen")
    assert store.recurrence("h", "", ["x", "y"]) == {"x": 1}
    assert store.recurrence("other", "", ["x", "y"]) == {"x": 2, "y": 1}


def test_memory_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest stories of a host are forgotten, those of others are not."""
    monkeypatch.setattr(memory, "MAX_STORIES", 3)
    store.remember("other", "s", ["x"])
    for number in range(5):
        store.remember("h", f"s{number}", ["x", f"own {number}"])
    asked = ["x", "own 0", "own 1", "own 2", "own 4"]
    assert store.recurrence("h", "", asked) == {"x": 3, "own 2": 1, "own 4": 1}
    assert store.recurrence("other", "", ["x"]) == {"x": 1}


# --- outputs ---


def test_output(store: Store) -> None:
    """The same bytes change nothing, not even the date; others change date and tag."""
    assert store.output("a") is None
    assert store.save_output("a", b"one", NOW + timedelta(microseconds=5))
    first = store.output("a")
    assert first == Output(b"one", first.etag, NOW) if first else False
    assert not store.save_output("a", b"one", NOW + timedelta(days=1))
    assert store.output("a") == first
    assert store.save_output("a", b"two", NOW + timedelta(days=1))
    second = store.output("a")
    assert second and first and second.last_modified > first.last_modified
    assert second.etag != first.etag
    assert second.etag.startswith('"') and second.etag.endswith('"')


# --- speed ---


def best_of_three(action: Any) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def test_quick_where_it_is_asked_often(store: Store) -> None:
    """Every poll asks for states, identities and recurrence: milliseconds each."""
    store.register([FeedConfig(f"f{n}", "https://a.example/") for n in range(200)] + [A])
    page = Page("https://a.example/", "<p>Some words</p>" * 3000)
    store.save_items("a", [stored(f"{n}", page=page) for n in range(2000)])
    for n in range(100):
        store.remember("h", f"s{n}", [f"{n} {block}" for block in range(50)] + ["all"])
    asked = [f"7 {block}" for block in range(50)] + ["all"]
    assert best_of_three(store.states) < 0.02
    assert best_of_three(lambda: store.known("a")) < 0.05
    assert best_of_three(lambda: store.digests("a")) < 0.05
    assert best_of_three(lambda: store.recurrence("h", "s", asked)) < 0.02
