"""RSS, Atom and CDF, through feedparser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import feedparser

from filterfeed.markup import Element
from filterfeed.parse import dates, values
from filterfeed.parse.tree import RawItem, take_apart
from filterfeed.types import Category, Feed, Item

Fields = dict[str, Any]
"""What feedparser says of a feed or entry. Only `dict.get` of it: its own `get` knows aliases."""

_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000}
_PERIODS |= {"yearly": 31536000}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def read(root: Element, url: str) -> Feed:
    """The feed in the tree of an RSS, Atom or CDF document that came from `url`."""
    raw = take_apart(root, url)
    result = feedparser.parse(
        io.BytesIO(raw.document), sanitize_html=False, resolve_relative_uris=False
    )
    fields: Fields = result["feed"]
    items = (
        _item(entry, raw_item, raw.atom)
        for entry, raw_item in zip(result["entries"], raw.items, strict=True)
    )
    return Feed(
        title=_title(fields, raw.atom),
        link=raw.link,
        description=_plain(fields, "subtitle", raw.atom) or _plain(fields, "info", raw.atom),
        language=values.line(_text(fields, "language")),
        copyright=_plain(fields, "rights", raw.atom),
        image=_image(fields, raw.base),
        updated=_date(fields, "updated") or _date(fields, "published"),
        ttl=_ttl(dict(raw.settings)),
        skip_hours=_skip_hours(raw.settings),
        skip_days=_skip_days(raw.settings),
        extensions=raw.extensions,
        items=tuple(items),
    )


def _item(entry: Fields, raw: RawItem, atom: bool) -> Item:
    published = _date(entry, "published") or _date(entry, "created")
    return Item(
        guid=raw.guid,
        link=raw.link,
        title=_title(entry, atom),
        summary=raw.summary,
        content=raw.content,
        authors=raw.authors,
        published=published,
        updated=_date(entry, "updated"),
        categories=tuple(dict.fromkeys(_categories(_list(entry, "tags")))),
        enclosures=raw.enclosures,
        comments=values.absolute(_text(entry, "comments"), raw.base),
        extensions=raw.extensions,
    )


def _text(fields: Fields, key: str) -> str:
    value = dict.get(fields, key)
    return value if isinstance(value, str) else ""


def _list(fields: Fields, key: str) -> Sequence[Fields]:
    value = dict.get(fields, key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _title(fields: Fields, atom: bool) -> str:
    return _plain(fields, "title", atom) or _plain(fields, "dctitle", atom)


def _plain(fields: Fields, key: str, atom: bool) -> str:
    """Atom says whether a title is HTML; RSS leaves it to the reader to find out."""
    detail = dict.get(fields, key + "_detail")
    kind = _text(detail, "type") if isinstance(detail, dict) else ""
    return values.plain(_text(fields, key), is_html=not atom or kind != "text/plain")


def _image(fields: Fields, base: str) -> str:
    image = dict.get(fields, "image")
    url = _text(image, "href") if isinstance(image, dict) else ""
    return values.absolute(url or _text(fields, "logo") or _text(fields, "icon"), base)


def _date(fields: Fields, key: str) -> datetime | None:
    return dates.date(_text(fields, key), dict.get(fields, key + "_parsed"))


def _categories(tags: Iterable[Fields]) -> Iterable[Category]:
    for tag in tags:
        term = values.plain(_text(tag, "term") or _text(tag, "label"), is_html=True)
        if term:
            yield Category(term, _text(tag, "scheme").strip())


def _ttl(settings: dict[str, str]) -> int | None:
    """Seconds: `ttl` in minutes, else a period and how often in it the feed changes."""
    minutes = _number(settings.get("ttl", ""))
    if minutes:
        return minutes * 60
    period = _PERIODS.get(settings.get("updateperiod", "").lower())
    frequency = _number(settings.get("updatefrequency", "1")) or 1
    return max(1, period // frequency) if period else None


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,7}", text) else 0


def _skip_hours(settings: Iterable[tuple[str, str]]) -> frozenset[int]:
    hours = (text for name, text in settings if name == "hour")
    # RSS 0.91 counts from 1 to 24.
    return frozenset(int(hour) % 24 for hour in hours if re.fullmatch(r"[01]?\d|2[0-4]", hour))


def _skip_days(settings: Iterable[tuple[str, str]]) -> frozenset[str]:
    days = {text.capitalize() for name, text in settings if name == "day"}
    return frozenset(days.intersection(_DAYS))
