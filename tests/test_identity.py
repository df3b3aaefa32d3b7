"""identity: an item keeps its guid and its row, whatever its publisher does to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterfeed.identity import identify
from filterfeed.types import Identity, Item, Known

DAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
A = Item(link="https://news.example/a", title="Rates rise", published=DAY, summary="a")
B = Item(link="https://news.example/b", title="Oil falls", published=DAY, summary="b")
C = Item(link="https://news.example/c", title="Banks merge", published=DAY, summary="c")


def remember(
    items: Sequence[Item], identities: Sequence[Identity], known: Sequence[Known] = ()
) -> tuple[Known, ...]:
    """What a store knows after a document: the last state of each row."""
    rows = {row.key: row for row in known}
    for item, identity in zip(items, identities, strict=True):
        rows[identity.key] = Known(
            identity.key,
            identity.guid,
            identity.own_guid,
            item.link,
            item.title,
            item.published,
        )
    return tuple(rows.values())


def after(*documents: Sequence[Item]) -> tuple[Identity, ...]:
    """The identities of the last of documents that are read one after the other."""
    known: tuple[Known, ...] = ()
    identities: tuple[Identity, ...] = ()
    for items in documents:
        identities = identify(items, known)
        known = remember(items, identities, known)
    return identities


def test_own_guid_is_verbatim() -> None:
    """A publisher's guid goes out as it is, inner white space and all."""
    (identity,) = identify([replace(A, guid="tag:x.example,2026:a  b/../c")], ())
    assert (identity.guid, identity.own_guid) == ("tag:x.example,2026:a  b/../c", True)


@pytest.mark.parametrize("guid", ["", " ", "\n\t"])
def test_empty_guid_becomes_the_link(guid: str) -> None:
    """A guid of white space is none: the link is published instead."""
    (identity,) = identify([replace(A, guid=guid)], ())
    assert (identity.guid, identity.own_guid) == (A.link, False)


def test_own_guid_holds_the_row() -> None:
    """With a guid everything else may change, and it is the same row."""
    first = replace(A, guid="1")
    (old,) = after([first])
    assert after([first], [replace(B, guid="1")]) == (old,)


@pytest.mark.parametrize(
    "changed",
    [
        replace(A, title="Rates rise again"),
        replace(A, published=DAY + timedelta(days=1), summary="more"),
        replace(A, link="https://news.example/moved/a"),
        replace(A, link="https://news.example/a?utm_source=feed", summary="more"),
    ],
)
def test_derived_guid_outlives_changes(changed: Item) -> None:
    """Without a guid an item is known by its link, or by its title and date."""
    old = after([C, B, A])
    assert after([C, B, A], [C, B, changed]) == old


def test_order_does_not_matter() -> None:
    """Items that a publisher sorts anew keep their identities."""
    assert after([A, B, C], [C, A, B]) == tuple(after([A, B, C])[n] for n in (2, 0, 1))


def test_new_items_above_change_nothing() -> None:
    """News pushes old items down, and old ones off the end."""
    a, b = after([A, B])
    new, again = after([A, B], [C, A])
    assert again == a
    assert new.key not in {a.key, b.key}


def test_item_comes_back() -> None:
    """An item that was away for a while is not new when it is listed again."""
    assert after([A, B], [B], [A, B]) == after([A, B])


def test_items_with_nothing_but_text() -> None:
    """Neither link nor title: the text itself makes the guid."""
    one, two = Item(summary="one"), Item(summary="two")
    old = after([one, two])
    assert len({identity.guid for identity in old}) == 2
    assert all(identity.guid.startswith("urn:filterfeed:") for identity in old)
    assert after([one, two], [Item(summary="three"), one, two])[1:] == old


def test_links_to_the_home_page() -> None:
    """A link that all items share tells none from the other."""
    home = "https://news.example/"
    a, b, c = (replace(item, link=home) for item in (A, B, C))
    old = after([a, b])
    assert len({identity.guid for identity in old}) == 2
    third, same = after([a, b], [c, a])
    assert same == old[0]
    assert third.guid not in {identity.guid for identity in old}


def test_link_that_is_another_items_guid() -> None:
    """A link is not taken for a guid where another item has it as its own."""
    other = replace(B, guid=A.link)
    own, derived = identify([other, A], ())
    assert own.guid == A.link
    assert derived.guid.startswith("urn:filterfeed:")


def test_recurring_title_without_date_is_another_story() -> None:
    """The same headline with another link and no date is news."""
    briefing = Item(link="https://news.example/1", title="Morning briefing")
    next_day = replace(briefing, link="https://news.example/2")
    (old,) = after([briefing])
    (new,) = after([briefing], [next_day])
    assert new.key != old.key
    assert new.guid == next_day.link


def test_publisher_begins_to_give_guids() -> None:
    """A guid that is the link which was taken for one is no new item."""
    (old,) = after([A])
    (new,) = after([A], [replace(A, guid=A.link)])
    assert (new.key, new.guid, new.own_guid) == (old.key, old.guid, True)


def test_doubled_guids_have_rows_of_their_own() -> None:
    """Two items with one guid are both published with it, and are two items."""
    a, b = replace(A, guid="same"), replace(B, guid="same")
    old = identify([a, b], ())
    assert [identity.guid for identity in old] == ["same", "same"]
    assert old[0].key != old[1].key
    assert after([a, b], [b, a]) == (old[1], old[0])
    assert after([a, b], [replace(C, guid="same"), a, b])[1:] == old
    assert after([a, b], [replace(b, title="New title"), a]) == (old[1], old[0])


def test_twins_are_counted_from_the_end() -> None:
    """Of items alike in all a new one comes in above."""
    twin = replace(A, guid="same")
    old = after([twin, twin])
    assert len({identity.key for identity in old}) == 2
    assert after([twin, twin], [twin, twin, twin])[1:] == old


def test_large_document_is_quick() -> None:
    """2,000 items of one guid, and none: no work grows with their square."""
    one = [replace(A, guid="same", title=str(n)) for n in range(2000)]
    none = [replace(A, link="", title="") for _ in range(2000)]
    assert after([*one, *none], [*one, *none]) == after([*one, *none])


items = st.builds(
    Item,
    guid=st.sampled_from(["", " ", "g1", "g2", "https://x.example/1"]),
    link=st.sampled_from(["", "https://x.example/1", "https://x.example/2", "https://x.example/3"]),
    title=st.sampled_from(["", "t1", "t2"]),
    summary=st.sampled_from(["", "s1"]),
    published=st.sampled_from([None, DAY, DAY + timedelta(days=1)]),
)
documents = st.lists(items, max_size=8)


@given(st.lists(documents, min_size=1, max_size=4))
def test_feeding_the_result_back_changes_nothing(series: list[list[Item]]) -> None:
    """The same document again is known item for item, whatever was known before."""
    assert after(*series, series[-1]) == after(*series)


@given(st.lists(documents, min_size=1, max_size=4))
def test_keys_are_unique_and_guids_kept(series: list[list[Item]]) -> None:
    """No two items of a document share a row; own guids are verbatim, derived ones not empty."""
    identities = after(*series)
    assert len({identity.key for identity in identities}) == len(series[-1])
    for item, identity in zip(series[-1], identities, strict=True):
        own = bool(item.guid.strip())
        assert identity.own_guid == own
        assert identity.guid == item.guid if own else identity.guid.strip()


@given(documents, st.randoms(use_true_random=False))
def test_shuffling_items_with_links_of_their_own(document: list[Item], random: object) -> None:
    """Where links tell the items apart the order plays no part."""
    document = [
        replace(item, guid="", link=f"https://x.example/{n}") for n, item in enumerate(document)
    ]
    shuffled = list(document)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    old = dict(zip(document, after(document), strict=True))
    assert after(document, shuffled) == tuple(old[item] for item in shuffled)


@given(documents, documents)
def test_a_row_never_changes_its_derived_guid(first: list[Item], second: list[Item]) -> None:
    """What was published without the publisher's guid keeps its own, unless he gives one."""
    known = remember(first, identify(first, ()))
    guids = {row.key: row.guid for row in known}
    for identity in identify(second, known):
        if identity.key in guids:
            assert identity.guid == guids[identity.key]
