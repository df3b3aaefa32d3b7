"""The store on real SQLite files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filterfeed.errors import Busy, StoreError
from filterfeed.store import Store, StoredItem
from filterfeed.types import (
    Block,
    Category,
    CleanItem,
    Feed,
    FeedConfig,
    Item,
    Page,
    Verdict,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FEED = FeedConfig(name="wire", url="https://wire.example/rss")


def stored(key: str, hours: int = 0) -> StoredItem:
    item = Item(guid=key, link=f"https://wire.example/{key}", title=key, published=NOW)
    block = Block(index=0, text="Shares rose.", html="<p>Shares rose.</p>", tag="p", key="k")
    verdict = Verdict(block, "article", (0.9, 0.05, 0.03, 0.02), "keep", "model")
    moment = NOW + timedelta(hours=hours)
    return StoredItem(
        key=key,
        guid=key,
        own_guid=True,
        item=item,
        page=Page(item.link, "<html><p>Shares rose.</p></html>"),
        clean=CleanItem(item, "<p>Shares rose.</p>", "page", "longer", (verdict,)),
        position=-1,
        first_seen=moment,
        changed=moment,
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store(str(tmp_path / "f.sqlite"))
    opened.register([FEED])
    return opened


def test_a_poll_is_read_back_as_it_was_saved(store: Store) -> None:
    """State, the feed's own data, items, verdicts and pages survive, in the publisher's order."""
    feed = Feed(title="Wire", link="https://wire.example/")
    store.save_poll(store.state("wire"), feed, [stored("a"), stored("b")], ["b", "a"])
    assert store.feed("wire") == feed
    items = store.items("wire")
    assert [item.key for item in items] == ["b", "a"]
    assert items[0].clean == stored("b").clean
    assert items[0].page == stored("b").page


def test_items_no_longer_listed_follow_the_listed_ones(store: Store) -> None:
    """An item that its publisher no longer lists stays, after the listed ones."""
    store.save_poll(store.state("wire"), Feed(), [stored("a", 5), stored("b")], ["a", "b"])
    store.save_poll(store.state("wire"), Feed(), [], ["b"])
    assert [(item.key, item.position >= 0) for item in store.items("wire")] == [
        ("b", True),
        ("a", False),
    ]


def test_recurrence_counts_other_stories_only(store: Store) -> None:
    """A block of one story counts for other stories of the same host, once each."""
    store.remember("wire.example", "one", ["k", "x"])
    store.remember("wire.example", "one", ["k"])
    store.remember("wire.example", "two", ["k"])
    assert store.recurrence("wire.example", "one", ["k", "x"]) == {"k": 1}
    assert store.recurrence("wire.example", "three", ["k", "x"]) == {"k": 2, "x": 1}
    assert store.recurrence("other.example", "three", ["k"]) == {}


def test_the_same_bytes_are_no_new_output(store: Store) -> None:
    """An output keeps its ETag and date until its bytes change."""
    assert store.save_output("wire", b"<rss/>", NOW)
    first = store.output("wire")
    assert not store.save_output("wire", b"<rss/>", NOW + timedelta(hours=1))
    assert store.output("wire") == first
    assert store.save_output("wire", b"<rss />", NOW)


def test_a_feed_that_left_the_configuration_is_removed_and_can_come_back(store: Store) -> None:
    """Its output is gone while it is not configured; its items are not."""
    store.save_poll(store.state("wire"), Feed(), [stored("a")], ["a"])
    store.save_output("wire", b"<rss/>", NOW)
    store.register([])
    assert store.output_status("wire") == "removed"
    assert store.output_status("never") == "unknown"
    store.register([FEED])
    assert store.output_status("wire") == "ok"
    assert [known.guid for known in store.known("wire")] == ["a"]


def test_a_second_run_is_busy(store: Store, tmp_path: Path) -> None:
    """One run at a time on one database."""
    with store.lock(), Store(str(tmp_path / "f.sqlite")) as other, pytest.raises(Busy):
        other.lock().__enter__()


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    """Garbage is refused by name and left as it was."""
    path = tmp_path / "f.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"f\.sqlite") as caught:
        Store(str(path))
    assert "\n" not in str(caught.value)
    assert path.read_bytes().startswith(b"not a database")


def test_digest_tells_changed_items(store: Store) -> None:
    """The digest of an item is stable, and another one when the item changed."""
    from dataclasses import replace

    from filterfeed.store import item_digest

    item = stored("a").item
    assert item_digest(item) == item_digest(replace(item))
    assert item_digest(item) != item_digest(replace(item, categories=(Category("x"),)))
