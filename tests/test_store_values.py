"""The database: any value comes back equal."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from datetime import UTC

from hypothesis import given, settings
from hypothesis import strategies as st
from stores import A, stored

from filterfeed.runs import FeedState
from filterfeed.store import Store, StoredItem, item_digest
from filterfeed.types import (
    LABELS,
    Block,
    Category,
    CleanItem,
    Enclosure,
    Feed,
    Item,
    Page,
    Person,
    Verdict,
)

# --- any value comes back ---

TIMES = st.datetimes(timezones=st.just(UTC))
TEXTS = st.text(max_size=20)
ITEMS = st.builds(
    Item,
    *[TEXTS] * 5,
    authors=st.lists(st.builds(Person, TEXTS, TEXTS), max_size=2).map(tuple),
    published=st.none() | TIMES,
    updated=st.none() | TIMES,
    categories=st.lists(st.builds(Category, TEXTS, TEXTS), max_size=2).map(tuple),
    enclosures=st.lists(st.builds(Enclosure, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
    comments=TEXTS,
    extensions=st.lists(TEXTS, max_size=2).map(tuple),
)
BLOCKS = st.builds(
    Block,
    st.integers(0, 999),
    *[TEXTS] * 3,
    path=st.lists(TEXTS, max_size=2).map(tuple),
    frame=st.lists(st.tuples(TEXTS, st.integers(0, 9)), max_size=2).map(tuple),
    link_share=st.floats(0, 1),
    key=TEXTS,
)
VERDICTS = st.builds(
    Verdict,
    BLOCKS,
    st.sampled_from(LABELS),
    st.tuples(*[st.floats(0, 1)] * 4),
    st.sampled_from(["keep", "collapse", "drop"]),
    TEXTS,
)
STORED = st.builds(
    StoredItem,
    key=TEXTS,
    guid=TEXTS,
    own_guid=st.booleans(),
    item=ITEMS,
    page=st.none() | st.builds(Page, TEXTS, TEXTS),
    clean=st.builds(
        CleanItem,
        ITEMS,
        TEXTS,
        st.sampled_from(["page", "body"]),
        TEXTS,
        st.lists(VERDICTS, max_size=3).map(tuple),
        st.booleans(),
    ),
    position=st.integers(-1, 99),
    page_attempts=st.integers(0, 9),
    page_wanted=st.booleans(),
    page_error=TEXTS,
    model_id=TEXTS,
    first_seen=TIMES,
    changed=TIMES,
)
FEEDS = st.builds(
    Feed,
    *[TEXTS] * 6,
    updated=st.none() | TIMES,
    ttl=st.none() | st.integers(0),
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.sampled_from(["Saturday", "Sunday"])),
    extensions=st.lists(TEXTS, max_size=2).map(tuple),
)
STATES = st.builds(
    FeedState,
    st.just("a"),
    TEXTS,
    st.none() | TEXTS,
    st.none() | TEXTS,
    TEXTS,
    st.none() | TIMES,
    st.none() | TIMES,
    st.none() | TIMES,
    st.integers(0, 99),
    st.sampled_from(["new", "ok", "failing", "gone"]),
    TEXTS,
)


@settings(deadline=None, max_examples=40)
@given(STATES, FEEDS, st.lists(STORED, max_size=3, unique_by=lambda item: item.key))
def test_any_value_round_trips(state: FeedState, feed: Feed, items: list[StoredItem]) -> None:
    """Whatever is stored comes back equal."""
    with tempfile.TemporaryDirectory() as directory, Store(f"{directory}/s") as store:
        store.register([A])
        store.save_poll(state, replace(feed, items=(Item(),)), [], [])
        store.save_items("a", items)
        assert store.state("a") == state
        assert store.feed("a") == feed
        assert {item.key: item for item in store.items("a")} == {item.key: item for item in items}
        assert {known.key: known.published for known in store.known("a")} == {
            item.key: item.item.published for item in items
        }


def test_lone_surrogates(store: Store) -> None:
    """A text that UTF-8 cannot hold does not keep a feed from being stored."""
    odd = "x\ud800y"
    item = replace(stored("1").item, guid=odd, title=odd, content=odd)
    store.save_poll(
        store.state("a"), Feed(odd), [stored(odd, guid=odd, item=item, page_error=odd)], [odd]
    )
    (back,) = store.items("a")
    assert (back.item, back.key, back.position) == (item, "x?y", 0)
    assert store.feed("a") == Feed(odd)
    store.remember(odd, odd, [odd])
    assert store.recurrence(odd, "", [odd]) == {"x?y": 1}
    assert store.output_status(odd) == "unknown"


def test_digests_outlive_new_fields() -> None:
    """Fields at their default do not count, so that one more field changes no digest."""
    assert item_digest(Item(guid="1")) == hashlib.sha256(b'{"guid":"1"}').hexdigest()
