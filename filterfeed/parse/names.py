"""What the elements of RSS, Atom, CDF and their extensions are called, and what they hold."""

from __future__ import annotations

import re
from functools import lru_cache

from filterfeed import markup
from filterfeed.markup import Element

Name = tuple[str, str]
"""Kind of namespace, and local name in lower case."""

# RSS, Atom and CDF themselves are "core"; the rest of the web is "foreign".
_KINDS = {
    "": "core",
    "www.w3.org/2005/atom": "core",
    "purl.org/atom/ns": "core",
    "purl.org/rss/1.0": "core",
    "purl.org/net/rss1.1": "core",
    "my.netscape.com/rdf/simple/0.9": "core",
    "channel.netscape.com/rdf/simple/0.9": "core",
    "backend.userland.com/rss2": "core",
    "www.w3.org/1999/02/22-rdf-syntax-ns": "core",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/rss/1.0/modules/syndication": "sy",
    "search.yahoo.com/mrss": "media",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    # Text of the page, or instructions to XML processors: nothing to hand on as an extension.
    "www.w3.org/1999/xhtml": "markup",
    "www.w3.org/2000/svg": "markup",
    "www.w3.org/1998/math/mathml": "markup",
    "www.w3.org/2001/xinclude": "markup",
    "www.w3.org/1999/xsl/transform": "markup",
}
ATOM_NAMESPACES = {"http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"}
ITEMS = {"item", "entry"}

# What feedparser is asked about, and the name by which it knows it.
ITEM_FIELDS: dict[Name, str] = {
    **{("core", name): name for name in ("title", "category", "keywords", "comments")},
    **{("core", name): name for name in ("pubdate", "published", "issued", "updated", "modified")},
    ("core", "created"): "created",
    ("dc", "title"): "dctitle",
    ("dc", "subject"): "category",
    ("dc", "date"): "created",
    ("dcterms", "issued"): "issued",
    ("dcterms", "created"): "created",
    ("dcterms", "modified"): "modified",
}
FEED_FIELDS: dict[Name, str] = {
    **{("core", name): name for name in ("title", "description", "subtitle", "tagline")},
    **{("core", name): name for name in ("language", "copyright", "rights", "image", "logo")},
    **{("core", name): name for name in ("icon", "pubdate", "lastbuilddate", "updated")},
    **{("core", name): name for name in ("modified", "abstract", "info")},
    ("dc", "title"): "dctitle",
    ("dc", "description"): "description",
    ("dc", "language"): "language",
    ("dc", "rights"): "rights",
    ("dc", "date"): "updated",
}

AUTHORS = {("core", "author"), ("dc", "creator"), ("dc", "author"), ("itunes", "author")}
SUMMARIES: tuple[Name, ...] = (
    ("core", "description"),
    ("core", "summary"),
    ("core", "abstract"),
    ("dc", "description"),
    ("itunes", "summary"),
)
"""Short texts of an item, the first that is not empty counts."""
_CONTENTS = {
    ("content", "encoded"),
    ("core", "body"),
    ("core", "fullitem"),
    ("markup", "body"),
}
# How publishers call an element of their own that holds the full text.
_FULL_TEXT = re.compile(
    r"full[-_]?(?:text|content|article|story)|article[-_]?(?:body|text|content)"
    r"|story[-_]?(?:body|text)|news[-_]?text|content"
)


def name_of(element: Element, home: str) -> Name:
    """`home` is the feed's own namespace: whatever it is, what is in it is "core"."""
    namespace, local = markup.name(element)
    if not local:
        return "", ""
    return ("core" if namespace == home else _kind(namespace)), local.lower()


def attribute(element: Element, wanted: str) -> str:
    """An attribute by its name in any case; "" if there is none."""
    names = (name for name in element.keys() if name.lower() == wanted)  # noqa: SIM118
    return element.get(next(names, wanted), "")


@lru_cache(maxsize=1000)
def _kind(namespace: str) -> str:
    known = re.sub(r"^https?://|[/#]+$", "", namespace.strip().lower())
    return _KINDS.get(known, "foreign")


def is_content(name: Name) -> bool:
    """Does an element of that name hold the full text of an item?"""
    kind, local = name
    return name in _CONTENTS or (
        kind not in {"media", "itunes"} and bool(_FULL_TEXT.fullmatch(local))
    )


def is_extension(name: Name) -> bool:
    """Is it an element that the rest of this package makes nothing of?"""
    kind, _ = name
    carried = name in ITEM_FIELDS or name in AUTHORS or name in SUMMARIES or is_content(name)
    return bool(kind) and kind not in {"core", "markup", "sy"} and not carried
