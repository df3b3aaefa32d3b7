"""What is remembered between runs, in one SQLite file: feeds, items, outputs, boilerplate.

Every method is one transaction. One connection serves all threads of a process, one at a time
(a call takes milliseconds); other processes read while one writes, thanks to the WAL.

    schema   the tables, migrations, opening, errors
    values   what is stored, as JSON and compressed bytes
    items    the SQL of items
    memory   the SQL of the boilerplate memory
    labels   the SQL of what people labelled, reached as `Store.labels`
"""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from filterfeed.errors import Busy, StoreError
from filterfeed.runs import FeedState
from filterfeed.store import items as item_table
from filterfeed.store import memory
from filterfeed.store.labels import Given, Labels, Original, StoredLabel
from filterfeed.store.schema import connect, transaction, translated
from filterfeed.store.values import (
    Output,
    StoredItem,
    dumps,
    item_digest,
    loads,
    storable,
    timestamp,
)
from filterfeed.types import Feed, FeedConfig, Known

__all__ = ["Given", "Original", "Output", "Store", "StoredItem", "StoredLabel", "item_digest"]


class Store:
    """The database at `path`, made when there is none, migrated when it is old.

    Every method raises StoreError when the database cannot be used.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._connection = connect(path)
        self._mutex = threading.Lock()
        self.labels = Labels(self._read, self._write)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        with self._mutex:
            self._connection.close()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held by one run at a time; the system frees it when a process dies. Raises Busy."""
        path = Path(f"{self.path}.lock")
        try:
            file = path.open("ab")
        except OSError as error:
            raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(f"{self.path}: another run is at work") from None
            except OSError as error:
                raise StoreError(f"{path}: cannot be locked: {error.strerror}") from error
            yield

    # --- feeds ---

    def register(self, feeds: Sequence[FeedConfig]) -> None:
        """Make `feeds` the configured ones.

        A feed whose configured URL has changed is polled as if it were new, and keeps its items.
        One that is not in `feeds` is marked as removed until it is configured again.
        """
        with self._write() as connection:
            rows = connection.execute("SELECT name, configured_url, position FROM feeds")
            left = {name: (url, position) for name, url, position in rows}
            for position, feed in enumerate(feeds):
                old_url, old_position = left.pop(feed.name, (None, None))
                if feed.url != old_url:
                    _reset_feed(connection, feed)
                if position != old_position:
                    _place_feed(connection, feed.name, position)
            for name, (_, old_position) in left.items():
                if old_position is not None:
                    _place_feed(connection, name, None)

    def states(self) -> tuple[FeedState, ...]:
        """Of the configured feeds, in the configuration's order."""
        query = "SELECT state FROM feeds WHERE position IS NOT NULL ORDER BY position"
        with self._read() as connection:
            return tuple(loads(FeedState, text) for (text,) in connection.execute(query))

    def state(self, name: str) -> FeedState:
        """Raises StoreError for a feed that never was configured."""
        with self._read() as connection:
            row = _first(connection, "SELECT state FROM feeds WHERE name = ?", name)
            if row is None:
                raise self._no_feed(name)
            return loads(FeedState, row[0])

    def save_state(self, state: FeedState) -> None:
        with self._write() as connection:
            self._save_state(connection, state)

    def feed(self, name: str) -> Feed | None:
        """The feed's own description, without items; None before the first good poll."""
        query = "SELECT feed FROM feeds WHERE name = ? AND feed IS NOT NULL"
        with self._read() as connection:
            row = _first(connection, query, name)
            return None if row is None else loads(Feed, row[0])

    # --- items ---

    def save_poll(
        self,
        state: FeedState,
        feed: Feed,
        changed: Sequence[StoredItem],
        listed: Sequence[str],
    ) -> None:
        """All that one good poll brought, or nothing of it.

        `changed` are the new and changed items; `listed` the row keys of the publisher's
        document in its order, from which the positions of all items of the feed follow.
        """
        name = state.name
        rows = item_table.rows(name, changed)
        description = dumps(replace(feed, items=()))
        with self._write() as connection:
            self._save_state(connection, state)
            connection.execute("UPDATE feeds SET feed = ? WHERE name = ?", (description, name))
            item_table.save(connection, rows)
            item_table.place(connection, name, listed)

    def save_items(self, name: str, items: Sequence[StoredItem]) -> None:
        """Write `items` as they are; an item that was there keeps its `first_seen`."""
        rows = item_table.rows(name, items)
        with self._write() as connection:
            item_table.save(connection, rows)

    def known(self, name: str) -> tuple[Known, ...]:
        """What identifies each item that the feed ever had."""
        with self._read() as connection:
            return item_table.known(connection, name)

    def digests(self, name: str) -> dict[str, str]:
        """Row key -> `item_digest` of the publisher's item.

        Pruned items are left out: they are to be cleaned again when they come back.
        """
        with self._read() as connection:
            return item_table.digests(connection, name)

    def items(self, name: str, limit: int | None = None) -> tuple[StoredItem, ...]:
        """As they go out: the listed ones by position, then the rest, newest first; none pruned."""
        with self._read() as connection:
            return item_table.select(connection, name, limit=limit)

    def item(self, name: str, key: str) -> StoredItem | None:
        """None when the feed never had it, or it is pruned."""
        with self._read() as connection:
            return item_table.one(connection, name, key)

    def wanted(self, name: str, limit: int) -> tuple[StoredItem, ...]:
        """Items whose page is still to be fetched, as they go out."""
        with self._read() as connection:
            return item_table.select(connection, name, wanted=True, limit=limit)

    def prune(self, name: str, keep: int) -> None:
        """Forget texts, page and verdicts of the unlisted items beyond the first `keep` items.

        Row key, guid, link, title and date stay for good, so that an item that comes back
        is still the same.
        """
        with self._write() as connection:
            item_table.prune(connection, name, keep)

    # --- boilerplate ---

    def recurrence(self, host: str, story: str, keys: Sequence[str]) -> dict[str, int]:
        """Block key -> in how many OTHER stories of `host` it was seen; only those above 0."""
        with self._read() as connection:
            return memory.recurrence(connection, host, story, keys)

    def remember(self, host: str, story: str, keys: Sequence[str]) -> None:
        """`story` of `host` has blocks with these keys; saying it again changes nothing.

        Of each host the newest `memory.MAX_STORIES` stories are kept.
        """
        with self._write() as connection:
            memory.remember(connection, host, story, keys)

    def forget(self, host: str, story: str) -> None:
        """`story` of `host` is no more: another of its versions is."""
        with self._write() as connection:
            memory.forget(connection, host, story)

    # --- outputs ---

    def save_output(self, name: str, body: bytes, now: datetime) -> bool:
        """Whether `body` differs from what was there; the same bytes keep their date."""
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        with self._write() as connection:
            if _first(connection, "SELECT etag FROM outputs WHERE feed = ?", name) == (etag,):
                return False
            connection.execute(
                "INSERT OR REPLACE INTO outputs (feed, body, etag, last_modified)"
                " VALUES (?, ?, ?, ?)",
                (name, body, etag, timestamp(now.replace(microsecond=0))),
            )
            return True

    def output(self, name: str) -> Output | None:
        query = "SELECT body, etag, last_modified FROM outputs WHERE feed = ?"
        with self._read() as connection:
            row = _first(connection, query, name)
            return None if row is None else Output(row[0], row[1], datetime.fromisoformat(row[2]))

    def output_status(self, name: str) -> Literal["ok", "removed", "unknown"]:
        """ok: configured; removed: it once was; unknown: it never was."""
        query = "SELECT position IS NOT NULL FROM feeds WHERE name = ?"
        with self._read() as connection:
            row = _first(connection, query, name)
        if row is None:
            return "unknown"
        return "ok" if row[0] else "removed"

    # --- inside ---

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._mutex, translated(self.path):
            yield self._connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._read() as connection, transaction(connection):
            yield connection

    def _save_state(self, connection: sqlite3.Connection, state: FeedState) -> None:
        query = "UPDATE feeds SET state = ? WHERE name = ?"
        if connection.execute(query, (dumps(state), state.name)).rowcount == 0:
            raise self._no_feed(state.name)

    def _no_feed(self, name: str) -> StoreError:
        return StoreError(f"{self.path}: has no feed {name!r}")


def _first(connection: sqlite3.Connection, query: str, name: str) -> tuple[Any, ...] | None:
    row: tuple[Any, ...] | None = connection.execute(query, storable(name)).fetchone()
    return row


def _reset_feed(connection: sqlite3.Connection, feed: FeedConfig) -> None:
    connection.execute(
        "INSERT INTO feeds (name, configured_url, state) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE"
        " SET configured_url = excluded.configured_url, state = excluded.state",
        (feed.name, feed.url, dumps(FeedState(feed.name, feed.url))),
    )


def _place_feed(connection: sqlite3.Connection, name: str, position: int | None) -> None:
    connection.execute("UPDATE feeds SET position = ? WHERE name = ?", (position, name))
