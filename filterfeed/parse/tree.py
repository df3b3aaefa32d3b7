"""The tree of an RSS, Atom or CDF document, taken apart.

What must arrive whole (ids, texts, foreign elements) is read from the tree itself. The rest goes
to feedparser as a small document in one plain dialect: feedparser takes a photograph's caption for
an item's text, resolves ids as if they were links, re-encodes what it reads, and its time grows
with whatever it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from filterfeed import markup
from filterfeed.markup import Element

MAX_ITEMS = 2000
"""Items beyond these (the oldest, as feeds are ordered) are cut off."""
_MAX_ELEMENTS = 60_000  # in the document for feedparser, which reads some 50,000 in a second
_MAX_CHILDREN = 200  # of one item
_MAX_EXTENSIONS = 50
_MAX_EXTENSION = 16 * 1024

_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ATOM = {"www.w3.org/2005/atom", "purl.org/atom/ns"}
_KINDS = {
    "": "core",
    "www.w3.org/2005/atom": "core",
    "purl.org/atom/ns": "core",
    "purl.org/rss/1.0": "core",
    "purl.org/net/rss1.1": "core",
    "my.netscape.com/rdf/simple/0.9": "core",
    "channel.netscape.com/rdf/simple/0.9": "core",
    "www.w3.org/1999/02/22-rdf-syntax-ns": "core",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/rss/1.0/modules/syndication": "sy",
    "search.yahoo.com/mrss": "media",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    # Of no use to a reader in an item, or dangerous where XML is processed further.
    "www.w3.org/1999/xhtml": "markup",
    "www.w3.org/2000/svg": "markup",
    "www.w3.org/1998/math/mathml": "markup",
    "www.w3.org/2001/xinclude": "markup",
    "www.w3.org/1999/xsl/transform": "markup",
}
Name = tuple[str, str]

# What feedparser is asked about, and under which name of its own it knows it.
_ITEM_FIELDS: dict[Name, str] = {
    **{("core", name): name for name in ("title", "link", "author", "category", "keywords")},
    **{("core", name): name for name in ("pubdate", "published", "issued", "updated", "modified")},
    **{("core", name): name for name in ("created", "enclosure", "comments")},
    ("dc", "title"): "title",
    ("dc", "creator"): "author",
    ("dc", "author"): "author",
    ("itunes", "author"): "author",
    ("dc", "subject"): "category",
    ("dc", "date"): "created",
    ("dcterms", "issued"): "issued",
    ("dcterms", "created"): "created",
    ("dcterms", "modified"): "modified",
}
_FEED_FIELDS: dict[Name, str] = {
    **{("core", name): name for name in ("title", "link", "description", "subtitle", "tagline")},
    **{("core", name): name for name in ("language", "copyright", "rights", "image", "logo")},
    **{("core", name): name for name in ("icon", "pubdate", "lastbuilddate", "updated")},
    **{("core", name): name for name in ("modified", "abstract", "info")},
    ("dc", "title"): "title",
    ("dc", "description"): "description",
    ("dc", "language"): "language",
    ("dc", "rights"): "rights",
    ("dc", "date"): "updated",
}
_ATTRIBUTES = {"rel", "href", "type", "length", "term", "scheme", "label", "domain", "url"}
_ATTRIBUTES |= {"mode", "lastmod"}

# Texts of an item, the most telling name first.
_SUMMARIES: tuple[Name, ...] = (
    ("core", "description"),
    ("core", "summary"),
    ("core", "abstract"),
    ("dc", "description"),
    ("itunes", "summary"),
)
_CONTENTS = {
    ("content", "encoded"),
    ("core", "content"),
    ("core", "body"),
    ("core", "fullitem"),
    ("markup", "body"),
}
# How publishers call elements of their own that hold the full text.
_FULL_TEXT = re.compile(
    r"full[-_]?(?:text|content|article|story)|article[-_]?(?:body|text|content)"
    r"|story[-_]?(?:body|text)|news[-_]?text|content"
)


@dataclass(frozen=True, slots=True)
class RawItem:
    """What is read from the tree of one item; `base` is what its relative links are joined to."""

    base: str
    guid: str
    permalink: str
    """The guid when it says that it is the address of the story, or ""."""
    summary: str
    content: str
    extensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RawFeed:
    document: bytes
    """For feedparser; it has one entry for each of `items`."""
    atom: bool
    base: str
    items: tuple[RawItem, ...]
    extensions: tuple[str, ...]
    settings: dict[str, list[str]] = field(default_factory=dict)
    """Text of ttl, hour, day, updateperiod and updatefrequency."""


def take_apart(root: Element, url: str) -> RawFeed:
    """Reads the tree of a document that came from `url`; the tree is used up by it."""
    atom = markup.name(root)[1].lower() == "feed"
    channel = next((e for e in root.iter() if _local(e) == "channel"), root)
    base = _base(channel, url)
    document = markup.new("feed" if atom else "rss")
    head = document if atom else markup.add(document, "channel", **_attributes(channel))
    children = [child for child in channel if _local(child) not in {"item", "entry"}]
    for child, name in _named(children[: 5 * _MAX_CHILDREN]):
        if name in _FEED_FIELDS:
            _copy(head, child, _FEED_FIELDS[name])
    raw_items = tuple(_items(root, head, base))
    return RawFeed(
        document=markup.to_string(document).encode(),
        atom=atom,
        base=base,
        items=raw_items,
        extensions=_extensions(children, _FEED_FIELDS, base),
        settings=_settings(children),
    )


def _items(root: Element, head: Element, base: str) -> Iterator[RawItem]:
    budget = _MAX_ELEMENTS
    elements = [e for e in root.iter() if _local(e) in {"item", "entry"} and _kind(e) == "core"]
    for element in elements[:MAX_ITEMS]:
        entry = markup.add(head, "item", **_attributes(element))
        children = list(element)[:_MAX_CHILDREN]
        for child, name in _named(children, element):
            if name in _ITEM_FIELDS:
                budget -= _copy(entry, child, _ITEM_FIELDS[name])
        if budget < 0:
            head.remove(entry)
            return
        yield _item(element, children, base)
