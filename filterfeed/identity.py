"""Which item of the store each item of a document is: ids that never change. Pure.

A publisher's own guid goes out verbatim. Where there is none, one is derived once; from then on
the item is known by its link, or by its title and date, and keeps it. Several items may have one
guid: each is still a row of its own in the store.

Row keys are numbers that grow: of items that are alike in all else, the lower in the document is
the one that came first. Everything here therefore goes through a document from its end upwards.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import count

from filterfeed.types import Identity, Item, Known

_Found = dict[int, Known]
"""Number of an item in the document -> its row."""
_Same = Callable[[Item | Known], Hashable]
"""What two items must have in common to be one; None: this one has nothing of the kind."""


def identify(items: Sequence[Item], known: Sequence[Known]) -> tuple[Identity, ...]:
    """The published guid and the row key of each item of a document, in its order."""
    rows = sorted(known, key=_number)
    own_rows = [row for row in rows if row.own_guid]
    derived_rows = [row for row in rows if not row.own_guid]
    own = {n: item for n, item in _upwards(items) if item.guid.strip()}
    others = {n: item for n, item in _upwards(items) if not item.guid.strip()}

    found = _pairs(own, own_rows, _OWN)
    found |= _pairs(others, derived_rows, _without_guid(others.values(), derived_rows))
    # A publisher who begins to give guids, and gives the links that were taken for them.
    used = {row.key for row in found.values()}
    left = [row for row in derived_rows if row.key not in used]
    found |= _pairs({n: item for n, item in own.items() if n not in found}, left, _OWN)
    return _identities(items, known, _in_order(items, found))


def _upwards(items: Sequence[Item]) -> Iterable[tuple[int, Item]]:
    return reversed(list(enumerate(items)))


def _number(row: Known) -> int:
    return int(row.key) if row.key.isdecimal() else 0


_OWN: tuple[_Same, ...] = (
    lambda item: (item.guid, item.link, item.title, item.published),
    lambda item: (item.guid, item.link, item.title),
    lambda item: (item.guid, item.link),
    lambda item: (item.guid, item.title),
    lambda item: item.guid,
)


def _without_guid(items: Iterable[Item], rows: Iterable[Known]) -> tuple[_Same, ...]:
    here, there = Counter(item.link for item in items), Counter(row.link for row in rows)

    def telling_link(item: Item | Known) -> Hashable:
        """A link that several items share (the home page, say) tells nothing by itself."""
        once = here[item.link] <= 1 and there[item.link] <= 1
        return item.link if item.link and once else None

    return (_all_alike, telling_link, _link_and_title, _title_and_date)


def _all_alike(item: Item | Known) -> Hashable:
    return (item.link, item.title, item.published) if item.link or item.title else None


def _link_and_title(item: Item | Known) -> Hashable:
    return (item.link, item.title) if item.link else None


def _title_and_date(item: Item | Known) -> Hashable:
    """Without a date a title may well come back ("Morning briefing") for another story."""
    telling = item.title and (item.published or not item.link)
    return (item.title, item.published) if telling else None


def _pairs(items: Mapping[int, Item], rows: Iterable[Known], sames: Iterable[_Same]) -> _Found:
    """Items with their rows: what is alike in more finds together first."""
    found: _Found = {}
    free = {row.key: row for row in rows}
    for same in sames:
        pools: defaultdict[Hashable, deque[Known]] = defaultdict(deque)
        for row in free.values():
            pools[same(row)].append(row)
        pools.pop(None, None)
        for number, item in items.items():
            if number not in found and pools[same(item)]:
                row = pools[same(item)].popleft()
                found[number] = free.pop(row.key)
    return found


def _in_order(items: Sequence[Item], found: _Found) -> _Found:
    """Items that cannot be told apart take their rows in the order of the rows."""
    twins: defaultdict[Hashable, list[int]] = defaultdict(list)
    for number in sorted(found, reverse=True):
        item = items[number]
        twins[item.guid.strip(), item.link, item.title, item.published].append(number)
    ordered = dict(found)
    for numbers in twins.values():
        rows = sorted((found[number] for number in numbers), key=_number)
        ordered |= zip(numbers, rows, strict=True)
    return ordered


def _identities(
    items: Sequence[Item], known: Sequence[Known], found: _Found
) -> tuple[Identity, ...]:
    keys = count(1 + max(map(_number, known), default=0))
    derive = _Deriver(items, known, found)
    result = {}
    for number, item in _upwards(items):
        own = bool(item.guid.strip())
        row = found.get(number)
        guid = item.guid if own else row.guid if row else derive.guid(item)
        if not own and not row:
            row = derive.free.pop(guid, None)
        result[number] = Identity(row.key if row else str(next(keys)), guid, own)
    return tuple(result[number] for number in range(len(items)))


class _Deriver:
    """Makes guids for items that have none; `free` are rows with such guids, still to be found."""

    def __init__(self, items: Sequence[Item], known: Sequence[Known], found: _Found) -> None:
        used = {row.key for row in found.values()}
        rows = (row for row in known if not row.own_guid and row.key not in used)
        self.free = {row.guid: row for row in rows}
        self.taken = {row.guid for row in known} | {item.guid for item in items}
        self.links = Counter(item.link for item in items if not item.guid.strip())
        self.series: dict[str, Iterator[str]] = {}

    def guid(self, item: Item) -> str:
        if item.link and item.link not in self.taken and self.links[item.link] == 1:
            guid = item.link
        else:
            # Nothing but its text is left of an item without link and title: by that it is found.
            urns = self.series.setdefault(_urn(item), (_urn(item, copy) for copy in count()))
            guid = next(urn for urn in urns if urn in self.free or urn not in self.taken)
        self.taken.add(guid)
        return guid


def _urn(item: Item, copy: int = 0) -> str:
    date = item.published.isoformat() if item.published else ""
    parts = (item.title, date, item.link, item.summary, *([str(copy)] if copy else []))
    return "urn:filterfeed:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()
