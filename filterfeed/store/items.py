"""Items in the database: their SQL, and rows to values and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from filterfeed.store.values import StoredItem, item_digest, pack, storable, timestamp, unpack
from filterfeed.types import CleanItem, Item, Known, Page

Row = tuple[Any, ...]

# As it goes out: what the publisher lists, in its order; then the rest, newest first.
_OUTPUT_ORDER = "ORDER BY position < 0, position, first_seen DESC, id"
# `first_seen` stays what it was when the item comes again.
_SAVE = """
    INSERT INTO items (
        feed, key, guid, own_guid, link, title, published, digest, position,
        page_attempts, page_wanted, page_error, model_id, first_seen, changed
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (feed, key) DO UPDATE SET
        guid = excluded.guid, own_guid = excluded.own_guid, link = excluded.link,
        title = excluded.title, published = excluded.published, digest = excluded.digest,
        position = excluded.position, page_attempts = excluded.page_attempts,
        page_wanted = excluded.page_wanted, page_error = excluded.page_error,
        model_id = excluded.model_id, changed = excluded.changed
"""
_SAVE_TEXTS = """
    INSERT OR REPLACE INTO texts (item, story, page)
    SELECT id, ?, ? FROM items WHERE feed = ? AND key = ?
"""
# The inner join leaves out the pruned ones.
_STORED = """
    SELECT key, guid, own_guid, position, page_attempts, page_wanted, page_error, model_id,
        first_seen, changed, story, page
    FROM items JOIN texts ON texts.item = items.id
"""
_SELECT = f"{_STORED} WHERE feed = ? AND page_wanted >= ? {_OUTPUT_ORDER} LIMIT ?"
_ONE = f"{_STORED} WHERE feed = ? AND key = ?"
_PRUNE = f"""
    DELETE FROM texts WHERE item IN (
        SELECT id FROM (
            SELECT id, position FROM items JOIN texts ON texts.item = items.id
            WHERE feed = ? {_OUTPUT_ORDER} LIMIT -1 OFFSET ?
        ) WHERE position < 0
    )
"""
_KNOWN = "SELECT key, guid, own_guid, link, title, published FROM items WHERE feed = ? ORDER BY id"
_DIGESTS = "SELECT key, digest FROM items JOIN texts ON texts.item = items.id WHERE feed = ?"


def rows(name: str, items: Sequence[StoredItem]) -> list[tuple[Row, Row]]:
    """What `save` writes: made apart from it, because packing takes longer than writing."""
    return [(_item_row(name, stored), _texts_row(name, stored)) for stored in items]


def save(connection: sqlite3.Connection, rows_: Sequence[tuple[Row, Row]]) -> None:
    connection.executemany(_SAVE, [item for item, _ in rows_])
    connection.executemany(_SAVE_TEXTS, [texts for _, texts in rows_])


def place(connection: sqlite3.Connection, name: str, listed: Sequence[str]) -> None:
    """Give the items of feed `name` their positions: as `listed`, all others -1."""
    connection.execute("UPDATE items SET position = -1 WHERE feed = ? AND position >= 0", (name,))
    connection.executemany(
        "UPDATE items SET position = ? WHERE feed = ? AND key = ?",
        [storable(position, name, key) for position, key in enumerate(listed)],
    )


def select(
    connection: sqlite3.Connection, name: str, *, wanted: bool = False, limit: int | None = None
) -> tuple[StoredItem, ...]:
    """As they go out; only those whose page is `wanted`, or all. Raises Damaged."""
    found = connection.execute(_SELECT, (name, wanted, -1 if limit is None else limit))
    return tuple(_stored_item(row) for row in found)


def one(connection: sqlite3.Connection, name: str, key: str) -> StoredItem | None:
    """Raises Damaged."""
    row = connection.execute(_ONE, storable(name, key)).fetchone()
    return None if row is None else _stored_item(row)


def known(connection: sqlite3.Connection, name: str) -> tuple[Known, ...]:
    return tuple(_known(row) for row in connection.execute(_KNOWN, (name,)))


def digests(connection: sqlite3.Connection, name: str) -> dict[str, str]:
    return dict(connection.execute(_DIGESTS, (name,)))


def prune(connection: sqlite3.Connection, name: str, keep: int) -> None:
    connection.execute(_PRUNE, (name, keep))


def _stored_item(row: Row) -> StoredItem:
    item, clean = unpack(tuple[Item, CleanItem], row[10])
    return StoredItem(
        key=row[0],
        guid=row[1],
        own_guid=bool(row[2]),
        item=item,
        page=row[11] and unpack(Page, row[11]),
        clean=clean,
        position=row[3],
        page_attempts=row[4],
        page_wanted=bool(row[5]),
        page_error=row[6],
        model_id=row[7],
        first_seen=datetime.fromisoformat(row[8]),
        changed=datetime.fromisoformat(row[9]),
    )


def _known(row: Row) -> Known:
    key, guid, own_guid, link, title, published = row
    date = published and datetime.fromisoformat(published)
    return Known(key, guid, bool(own_guid), link, title, date)


def _item_row(name: str, stored: StoredItem) -> Row:
    item = stored.item
    return storable(
        name,
        stored.key,
        stored.guid,
        stored.own_guid,
        item.link,
        item.title,
        item.published and timestamp(item.published),
        item_digest(item),
        stored.position,
        stored.page_attempts,
        stored.page_wanted,
        stored.page_error,
        stored.model_id,
        timestamp(stored.first_seen),
        timestamp(stored.changed),
    )


def _texts_row(name: str, stored: StoredItem) -> Row:
    page = stored.page and pack(stored.page)
    return storable(pack((stored.item, stored.clean)), page, name, stored.key)
