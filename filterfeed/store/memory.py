"""The boilerplate memory: which blocks were seen in which stories of which host."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from filterfeed.store.values import storable

# Stories of one host whose blocks are remembered. Boilerplate shows within a few; older
# stories only tell what the publisher used to append.
MAX_STORIES = 500

_ID = "SELECT id FROM stories WHERE host = ? AND story = ?"
_RECURRENCE = f"""
    SELECT key, count(*) FROM blocks
    WHERE host = ? AND key IN (SELECT value FROM json_each(?)) AND story IS NOT ({_ID})
    GROUP BY key
"""
_REMEMBER_BLOCK = """
    INSERT OR IGNORE INTO blocks (host, story, key)
    SELECT host, id, ? FROM stories WHERE host = ? AND story = ?
"""
_TOO_OLD = "SELECT id FROM stories WHERE host = ? ORDER BY id DESC LIMIT 1 OFFSET ?"


def recurrence(
    connection: sqlite3.Connection, host: str, story: str, keys: Sequence[str]
) -> dict[str, int]:
    """In how many stories of `host` other than `story` each key was seen, if in any."""
    own = storable(host, story)
    asked = json.dumps(storable(*keys))
    return dict(connection.execute(_RECURRENCE, (own[0], asked, *own)))


def remember(connection: sqlite3.Connection, host: str, story: str, keys: Sequence[str]) -> None:
    own = storable(host, story)
    connection.execute("INSERT OR IGNORE INTO stories (host, story) VALUES (?, ?)", own)
    connection.executemany(_REMEMBER_BLOCK, [(key, *own) for key in storable(*keys)])
    _forget_oldest(connection, own[0])


def forget(connection: sqlite3.Connection, host: str, story: str) -> None:
    own = storable(host, story)
    connection.execute(f"DELETE FROM blocks WHERE host = ? AND story = ({_ID})", (own[0], *own))
    connection.execute("DELETE FROM stories WHERE host = ? AND story = ?", own)


def _forget_oldest(connection: sqlite3.Connection, host: str) -> None:
    """Drop the stories of `host` that came before the newest MAX_STORIES."""
    too_old = connection.execute(_TOO_OLD, (host, MAX_STORIES)).fetchone()
    if too_old:
        connection.execute("DELETE FROM blocks WHERE host = ? AND story <= ?", (host, *too_old))
        connection.execute("DELETE FROM stories WHERE host = ? AND id <= ?", (host, *too_old))
