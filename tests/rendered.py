"""Items to render, and what readers make of the result, for tests."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import feedparser

from filterfeed.render import Channel, render_rss
from filterfeed.types import CleanItem, Feed, Item

SELF = "https://reader.example/feeds/wire.xml"
SOURCE = "https://wire.example/rss?section=markets"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'


def channel(feed: Feed | None = None, **changes: Any) -> Channel:
    values: dict[str, Any] = {
        "feed": feed or Feed(title="The Wire", link="https://wire.example/"),
        "title": "",
        "self_url": SELF,
        "source_url": SOURCE,
        "updated": NOON,
        "ttl_seconds": 1800,
    }
    return Channel(**values | changes)


def clean(html: str = "<p>Shares rose.</p>", **fields: Any) -> CleanItem:
    values: dict[str, Any] = {"guid": "w-1", "link": "https://wire.example/1", "title": "Shares"}
    return CleanItem(Item(**values | fields), html, "body", "only the body")


def render(*items: CleanItem, **changes: Any) -> str:
    return render_rss(channel(**changes), items).decode()


def read(body: bytes | str) -> Any:
    """feedparser's reading, which must find nothing to complain about."""
    result = feedparser.parse(io.BytesIO(body.encode() if isinstance(body, str) else body))
    assert not result.bozo, result.bozo_exception
    return result


def entry(item: CleanItem) -> Any:
    return read(render(item)).entries[0]
