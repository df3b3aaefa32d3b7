"""Databases and what is in them, for tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from filterfeed.store import Store, StoredItem
from filterfeed.types import (
    Block,
    CleanItem,
    FeedConfig,
    Item,
    Known,
    Page,
    Verdict,
)

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
A = FeedConfig("a", "https://a.example/feed")
B = FeedConfig("b", "https://b.example/feed")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "filterfeed.sqlite")


@pytest.fixture
def store(path: str) -> Iterator[Store]:
    with Store(path) as store:
        store.register([A, B])
        yield store


def stored(key: str, **changes: Any) -> StoredItem:
    item = Item(guid=key, link=f"https://a.example/{key}", title=f"T {key}", published=NOW)
    verdict = Verdict(Block(0, "Buy", "<p>Buy</p>", "p"), "ad", (0, 1, 0, 0), "drop", "model")
    plain = StoredItem(
        key=key,
        guid=key,
        own_guid=True,
        item=item,
        page=Page(item.link, f"<p>Page of {key}"),
        clean=CleanItem(item, f"<p>{key}", "page", "longer", (verdict,)),
        first_seen=NOW,
        changed=NOW,
    )
    return replace(plain, **changes)


def keys(items: Sequence[StoredItem | Known]) -> list[str]:
    return [item.key for item in items]


CHILD = """
import sys, resource, signal
from dataclasses import replace
from filterfeed.errors import *
from filterfeed.store import Store
from filterfeed.runs import *
from filterfeed.types import *
sys.path.insert(0, {tests!r})
from stores import A, NOW, stored
store = Store({path!r})
"""


def child(path: str, code: str) -> subprocess.Popen[str]:
    """A Python process that has opened the store at `path` and runs `code`."""
    head = CHILD.format(path=path, tests=str(Path(__file__).parent))
    return subprocess.Popen([sys.executable, "-c", head + code], stdout=subprocess.PIPE, text=True)
