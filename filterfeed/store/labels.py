"""Labels that people gave, and the originals of the documents that they gave them to: their SQL.

A document is kept as it was when somebody labelled it: neither pruning nor a publisher's second
thoughts take away what a label was about. It goes with its last label.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from filterfeed.store.values import pack, storable, timestamp, unpack
from filterfeed.types import Label

_Open = Callable[[], AbstractContextManager[sqlite3.Connection]]

_PUT_ORIGINAL = "INSERT OR IGNORE INTO originals (uid, publisher, content) VALUES (?, ?, ?)"
_PUT = """
    INSERT INTO labels (original, text, key, label, labelled)
    SELECT id, ?, ?, ?, ? FROM originals WHERE uid = ?
    ON CONFLICT (original, text) DO UPDATE
    SET label = excluded.label, labelled = excluded.labelled WHERE label <> excluded.label
"""
_REMOVE = """
    DELETE FROM labels
    WHERE original = (SELECT id FROM originals WHERE uid = ?) AND text = ?
"""
_REMOVE_BARE = """
    DELETE FROM originals WHERE uid = ? AND id NOT IN (SELECT original FROM labels)
"""
_ALL = """
    SELECT uid, publisher, text, key, label, labelled
    FROM labels JOIN originals ON originals.id = labels.original ORDER BY originals.id, labels.id
"""


@dataclass(frozen=True, slots=True)
class Original:
    """A document of which something is labelled, as its publisher wrote it."""

    uid: str
    """Names it here and in files of labelled documents."""
    publisher: str
    """What recurs is the same thing throughout one publisher's documents."""
    url: str
    as_: Literal["page", "body"]
    title: str
    html: str


@dataclass(frozen=True, slots=True)
class Given:
    """A label that somebody gave."""

    text: str
    """Of a block, or of some other piece of the document."""
    key: str
    """`segment.key` of the text."""
    label: Label


@dataclass(frozen=True, slots=True)
class StoredLabel:
    uid: str
    """Of the original."""
    publisher: str
    given: Given
    at: datetime
    """When it became what it is."""


class Labels:
    """`Store.labels`. Every method is one transaction, and raises StoreError."""

    def __init__(self, read: _Open, write: _Open) -> None:
        self._read = read
        self._write = write

    def put(self, original: Original, given: Sequence[Given], now: datetime) -> int:
        """Label texts of `original`; how many of the labels are new or other than they were.

        An original that is here under this uid stays as it is.
        """
        at, uid = timestamp(now), original.uid
        rows = [storable(own.text, own.key, own.label, at, uid) for own in given]
        with self._write() as connection:
            row = storable(uid, original.publisher, pack(original))
            connection.execute(_PUT_ORIGINAL, row)
            return connection.executemany(_PUT, rows).rowcount if rows else 0

    def remove(self, uid: str, text: str) -> None:
        """Take a label back; removing what is not there changes nothing."""
        with self._write() as connection:
            connection.execute(_REMOVE, storable(uid, text))
            connection.execute(_REMOVE_BARE, storable(uid))

    def all(self) -> tuple[StoredLabel, ...]:
        """Document by document, in the order in which they came."""
        with self._read() as connection:
            return tuple(
                StoredLabel(uid, publisher, Given(text, key, label), datetime.fromisoformat(at))
                for uid, publisher, text, key, label, at in connection.execute(_ALL)
            )

    def original(self, uid: str) -> Original | None:
        query = "SELECT content FROM originals WHERE uid = ?"
        with self._read() as connection:
            row = connection.execute(query, storable(uid)).fetchone()
            return None if row is None else unpack(Original, row[0])
