"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from filterfeed import markup
from filterfeed.parse import dates, values
from filterfeed.parse.tree import MAX_ITEMS
from filterfeed.types import Category, Enclosure, Feed, Item, Person

_MEDIA = "http://search.yahoo.com/mrss/"
Object = dict[str, Any]


class NotJsonFeed(ValueError):
    """JSON that is no feed; the text says what is wrong with it."""


def read(text: str, url: str) -> Feed:
    """The feed in a JSON text that came from `url`; raises NotJsonFeed."""
    document = _load(text)
    site = values.absolute(_text(document, "home_page_url"), url)
    base = site or url
    items = (_item(item, base) for item in _objects(document, "items")[:MAX_ITEMS])
    return Feed(
        title=values.line(_text(document, "title")),
        link=site,
        description=values.line(_text(document, "description")),
        language=_text(document, "language").strip(),
        image=values.absolute(_text(document, "icon") or _text(document, "favicon"), base),
        items=tuple(items),
    )


def _load(text: str) -> Object:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotJsonFeed("broken JSON, not a feed") from error
    if not isinstance(document, dict) or not _is_feed(document):
        raise NotJsonFeed("this is JSON, but not a JSON Feed")
    return document


def _is_feed(document: Object) -> bool:
    if "jsonfeed.org/version/" in _text(document, "version"):
        return True
    named = "home_page_url" in document or "feed_url" in document
    return named and isinstance(document.get("items"), list)


def _item(item: Object, base: str) -> Item:
    link = values.absolute(_text(item, "url"), base)
    link = link or values.absolute(_text(item, "external_url"), base)
    content = _text(item, "content_html") or values.text_to_html(_text(item, "content_text"))
    return Item(
        guid=_text(item, "id").strip(),
        link=link,
        title=values.line(_text(item, "title")),
        summary=values.text_to_html(_text(item, "summary")),
        content=values.unwrapped(content),
        authors=tuple(_authors(item, base)),
        published=dates.date(_text(item, "date_published")),
        updated=dates.date(_text(item, "date_modified")),
        categories=tuple(Category(tag) for tag in _tags(item)),
        enclosures=tuple(_enclosures(item, base)),
        extensions=tuple(_picture(item, base)),
    )


def _text(value: Object, key: str) -> str:
    """A string, or a number where a string was meant (ids, sizes); "" for anything else."""
    text = value.get(key)
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        text = str(text)
    return markup.legal(text) if isinstance(text, str) else ""


def _objects(value: Object, key: str) -> Sequence[Object]:
    found = value.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _authors(item: Object, base: str) -> Iterator[Person]:
    # 1.0 has one author, 1.1 a list of them.
    authors = _objects(item, "authors") or _objects({"authors": [item.get("author")]}, "authors")
    for author in authors:
        person = Person(
            name=values.line(_text(author, "name")), url=values.absolute(_text(author, "url"), base)
        )
        if person != Person():
            yield person


def _tags(item: Object) -> list[str]:
    tags = item.get("tags")
    lines = (values.line(markup.legal(tag)) for tag in tags or () if isinstance(tag, str))
    return list(dict.fromkeys(tag for tag in lines if tag)) if isinstance(tags, list) else []


def _enclosures(item: Object, base: str) -> Iterator[Enclosure]:
    for attachment in _objects(item, "attachments"):
        url = values.absolute(_text(attachment, "url"), base)
        if url:
            length = _text(attachment, "size_in_bytes")
            yield Enclosure(url, _text(attachment, "mime_type"), length)


def _picture(item: Object, base: str) -> Iterator[str]:
    """RSS has no element of its own for it: as Media RSS."""
    url = values.absolute(_text(item, "image") or _text(item, "banner_image"), base)
    if url:
        picture = markup.new(f"{{{_MEDIA}}}thumbnail", {"media": _MEDIA})
        picture.set("url", url)
        yield markup.to_string(picture)
