"""Feeds as publishers write them, and as `parse` reads them, for tests."""

from __future__ import annotations

import json

from filterfeed.parse import parse
from filterfeed.types import Document, Feed, Item

URL = "https://feeds.example/news/feed.xml"


def read(body: str | bytes, content_type: str = "", url: str = URL) -> Feed:
    data = body.encode() if isinstance(body, str) else body
    return parse(Document(url=url, final_url=url, status=200, body=data, content_type=content_type))


def rss(
    items: str = "", channel: str = "<link>https://site.example/</link>", attributes: str = ""
) -> str:
    start = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {attributes}><channel>'
    return f"{start}<title>News</title>{channel}{items}</channel></rss>"


NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:t="https://tickers.example/1.0"'
)


def item(fields: str, channel: str = "<link>https://site.example/</link>") -> Item:
    """The only item of an RSS feed."""
    (only,) = read(rss(f"<item>{fields}</item>", channel, NAMESPACES)).items
    return only


def atom(entry: str, feed: str = "", attributes: str = "") -> str:
    start = f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>News</title>'
    return f"{start}{feed}<entry>{entry}</entry></feed>"


def entry(fields: str, attributes: str = "") -> Item:
    """The only entry of an Atom feed."""
    (only,) = read(atom(fields, attributes=attributes)).items
    return only


def json_feed(**fields: object) -> str:
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "News", "items": [], **fields})
