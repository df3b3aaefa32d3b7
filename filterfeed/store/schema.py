"""The tables, how they came to be, and opening them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filterfeed.errors import StoreError
from filterfeed.store.values import Damaged

# Marks the file as ours, so that another program's database is never written to.
APPLICATION_ID = 0x46464545
BUSY_SECONDS = 15.0

# One entry for each schema version: the statements that lead to it from the one before.
# Entries are only ever added. The big columns are in a table of their own, so that what is
# asked for at every poll stays on few pages; an item without a row there has been pruned.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE feeds (
            name TEXT PRIMARY KEY,
            configured_url TEXT NOT NULL,
            position INTEGER,          -- in the configuration; NULL: no longer configured
            state TEXT NOT NULL,       -- FeedState as JSON
            feed TEXT                  -- Feed without items as JSON; NULL: never polled well
        )""",
        """CREATE TABLE outputs (
            feed TEXT PRIMARY KEY REFERENCES feeds (name),
            body BLOB NOT NULL,
            etag TEXT NOT NULL,
            last_modified TEXT NOT NULL
        )""",
        """CREATE TABLE items (
            id INTEGER PRIMARY KEY,
            feed TEXT NOT NULL REFERENCES feeds (name),
            key TEXT NOT NULL,
            guid TEXT NOT NULL,
            own_guid INTEGER NOT NULL,
            link TEXT NOT NULL,
            title TEXT NOT NULL,
            published TEXT,
            digest TEXT NOT NULL,      -- of the publisher's item
            position INTEGER NOT NULL, -- in the publisher's last document; -1: not listed
            page_attempts INTEGER NOT NULL,
            page_wanted INTEGER NOT NULL,
            page_error TEXT NOT NULL,
            model_id TEXT NOT NULL,
            first_seen TEXT NOT NULL,
            changed TEXT NOT NULL,
            UNIQUE (feed, key)
        )""",
        """CREATE TABLE texts (
            item INTEGER PRIMARY KEY REFERENCES items (id),
            story BLOB NOT NULL,       -- (Item, CleanItem), packed
            page BLOB                  -- Page, packed
        )""",
        """CREATE TABLE stories (
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL,
            story TEXT NOT NULL,
            UNIQUE (host, story)
        )""",
        """CREATE TABLE blocks (
            host TEXT NOT NULL,
            key TEXT NOT NULL,
            story INTEGER NOT NULL,    -- stories.id
            PRIMARY KEY (host, key, story)
        ) WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE originals (
            id INTEGER PRIMARY KEY,
            uid TEXT NOT NULL UNIQUE,
            publisher TEXT NOT NULL,
            content BLOB NOT NULL      -- Original, packed
        )""",
        """CREATE TABLE labels (
            id INTEGER PRIMARY KEY,
            original INTEGER NOT NULL REFERENCES originals (id),
            text TEXT NOT NULL,
            key TEXT NOT NULL,
            label TEXT NOT NULL,
            labelled TEXT NOT NULL,    -- when
            UNIQUE (original, text)
        )""",
    ),
)

_REASONS = {
    sqlite3.SQLITE_NOTADB: "is not a filterfeed database",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup, or move it away to start anew",
    sqlite3.SQLITE_READONLY: "cannot be written",
    sqlite3.SQLITE_PERM: "cannot be written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full",
    sqlite3.SQLITE_BUSY: "is locked by another program",
}


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Whatever SQLite or a stored value complains about becomes a StoreError that names `path`."""
    try:
        yield
    except Damaged as error:
        raise StoreError(f"{path}: {_REASONS[sqlite3.SQLITE_CORRUPT]} ({error})") from error
    except (sqlite3.Error, sqlite3.Warning) as error:
        # The low byte is the primary code; the others say where it happened.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise StoreError(f"{path}: {_REASONS.get(code, error)}") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing of what is written inside."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def connect(path: str) -> sqlite3.Connection:
    """The database at `path`, made or migrated to the newest schema. Raises StoreError."""
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror}") from error
    with translated(path):
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    with transaction(connection):
        _migrate(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    # With a WAL, a crash of the machine may undo the last transactions, but breaks none.
    connection.execute("PRAGMA synchronous = NORMAL")


def _migrate(connection: sqlite3.Connection, path: str) -> None:
    version = _pragma(connection, "user_version")
    if version == 0:
        _claim(connection, path)
    elif _pragma(connection, "application_id") != APPLICATION_ID:
        raise StoreError(f"{path}: is another program's database")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path}: was written by a newer filterfeed"
            f" (schema {version}, this one knows {len(MIGRATIONS)})"
        )
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    if version < len(MIGRATIONS):
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _claim(connection: sqlite3.Connection, path: str) -> None:
    if connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise StoreError(f"{path}: is another program's database")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
