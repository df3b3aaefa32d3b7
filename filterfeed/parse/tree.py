"""The tree of an RSS, Atom or CDF document, taken apart.

What must arrive whole (ids, texts, foreign elements) is read from the tree itself. The rest goes
to feedparser as a small document in one plain dialect: feedparser takes a photograph's caption for
an item's text, resolves ids as if they were links, re-encodes what it reads, and its time grows
with whatever it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from filterfeed import markup, urls
from filterfeed.markup import Element
from filterfeed.parse import values
from filterfeed.parse.bodies import summary_and_content
from filterfeed.parse.links import enclosures, link_of, xml_base
from filterfeed.parse.names import (
    FEED_FIELDS,
    ITEM_FIELDS,
    ITEMS,
    Name,
    attribute,
    is_extension,
    name_of,
)
from filterfeed.parse.people import authors
from filterfeed.parse.repair import UNDECLARED
from filterfeed.types import Enclosure, Person

MAX_ITEMS = 2000
"""Items beyond these are cut off: the oldest, as feeds are ordered."""
_MAX_ELEMENTS = 40_000  # in the document for feedparser, which reads as many in a second
_MAX_CHILDREN = 200  # of an item
_MAX_FIELD = 5000  # characters of a title, link, category or attribute
_MAX_EXTENSIONS = 50
_MAX_EXTENSION = 16 * 1024

_ATTRIBUTES = {"type", "mode", "term", "scheme", "label", "domain", "lastmod"}
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


@dataclass(frozen=True, slots=True)
class RawItem:
    """What is read from the tree of one item."""

    base: str
    """The URL that its relative links are joined to."""
    guid: str
    link: str
    summary: str
    content: str
    authors: tuple[Person, ...]
    enclosures: tuple[Enclosure, ...]
    extensions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RawFeed:
    document: bytes
    """For feedparser; it has one entry for each of `items`."""
    atom: bool
    link: str
    """The publisher's site, absolute, or ""."""
    base: str
    """What relative links of the feed are joined to."""
    extensions: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    """Names (ttl, hour, day, updateperiod, updatefrequency) with their values."""
    items: tuple[RawItem, ...]


def is_feed(root: Element) -> bool:
    """RDF is used for much else: only a channel or items make a feed of it."""
    home, local = markup.name(root)
    first = next(_elements(root, home, {"channel", *ITEMS}), None)
    return local.lower() != "rdf" or first is not None


def take_apart(root: Element, url: str) -> RawFeed:
    """Reads the tree of a document that came from `url`."""
    home, local = markup.name(root)
    atom = local.lower() == "feed"
    channel = root if atom else next(_elements(root, home, {"channel"}), root)
    # RSS 1.0 has the feed's picture beside the channel.
    named = chain(_named(channel, home), () if channel is root else _named(root, home))
    children = list(islice((p for p in named if p[1][1] not in ITEMS), 2 * _MAX_CHILDREN))
    document = markup.new("feed" if atom else "rss")
    head = document if atom else markup.add(document, "channel", "", **_attributes(channel))
    for child, name in children:
        _copy(head, child, FEED_FIELDS.get(name, ""))
    link = _if_link(link_of(channel, children, xml_base(channel, url) or url))
    base = link or url
    extensions = _extensions((pair for pair in children if pair[1] not in FEED_FIELDS), base)
    items = tuple(_items(root, head, home, base, url))
    return RawFeed(
        document=markup.to_string(document).encode(),
        atom=atom,
        link=link,
        base=base,
        extensions=extensions,
        settings=_settings(children),
        items=items,
    )


def _items(root: Element, head: Element, home: str, base: str, url: str) -> Iterator[RawItem]:
    budget = _MAX_ELEMENTS
    for element in islice(_elements(root, home, ITEMS), MAX_ITEMS):
        entry = markup.add(head, "item", "", **_attributes(element))
        children = list(islice(_named(element, home), _MAX_CHILDREN))
        budget -= sum(_copy(entry, child, ITEM_FIELDS.get(name, "")) for child, name in children)
        if budget < 0:
            head.remove(entry)
            return
        yield _item(element, children, xml_base(element, url) or base, url)


def _item(element: Element, children: list[tuple[Element, Name]], base: str, url: str) -> RawItem:
    guid, permalink = _guid(element, children)
    summary, content = summary_and_content(children, url)
    return RawItem(
        base=base,
        guid=guid,
        link=link_of(element, children, base) or permalink,
        summary=summary,
        content=content,
        authors=authors(children, base),
        enclosures=enclosures(children, base),
        extensions=_extensions(children, base),
    )


def _elements(root: Element, home: str, names: set[str]) -> Iterator[Element]:
    for element in root.iter():
        if markup.name(element)[1].lower() in names and name_of(element, home)[0] == "core":
            yield element


def _named(parent: Element, home: str) -> Iterator[tuple[Element, Name]]:
    return ((child, name_of(child, home)) for child in parent)


def _guid(element: Element, children: Iterable[tuple[Element, Name]]) -> tuple[str, str]:
    """The id verbatim, and the same where it is also a link."""
    for wanted in (("core", "guid"), ("core", "id")):
        for child, name in children:
            guid = _text(child).strip() if name == wanted else ""
            if guid:
                says_no = attribute(child, "ispermalink").lower() == "false"
                return guid, "" if says_no else _if_link(guid)
    about = element.get(_ABOUT, "").strip()
    return about, _if_link(about)


def _if_link(guid: str) -> str:
    return guid if urls.is_web(guid) else ""


def _copy(parent: Element, element: Element, name: str) -> int:
    """Copies an element under `name` for feedparser, if it has one; tells how many that made."""
    if not name:
        return 0
    copy = markup.add(parent, name, "", **_attributes(element))
    if name == "image":  # what it says is in elements of its own
        url = next((child for child in element if markup.name(child)[1].lower() == "url"), element)
        markup.add(copy, "url", (url.text or "")[:_MAX_FIELD])
        return 2
    if len(element):
        copy.text = markup.inner_html(element)[:_MAX_FIELD]
        copy.set("type", "html")
    else:
        copy.text = (element.text or "")[:_MAX_FIELD]
    return 1


def _text(element: Element) -> str:
    return "".join(map(str, element.itertext()))


def _attributes(element: Element) -> dict[str, str]:
    """Of use to feedparser, and short; lxml's `items()` would be quadratic in their number."""
    named = ((key.lower(), key) for key in element.keys())  # noqa: SIM118
    found = ((low, element.get(key, "")) for low, key in named if low in _ATTRIBUTES)
    return {key: value for key, value in found if len(value) <= _MAX_FIELD}


def _extensions(children: Iterable[tuple[Element, Name]], base: str) -> tuple[str, ...]:
    found = (_extension(child, base) for child, name in children if is_extension(name))
    return tuple(islice((text for text in found if text), _MAX_EXTENSIONS))


def _extension(element: Element, base: str) -> str:
    """The element as XML with absolute links; "" where it is too long to be handed on."""
    if markup.name(element)[0].startswith(UNDECLARED):
        return ""
    for inner in element.iter():
        for key in ("url", "href"):
            url = inner.get(key)
            if url:
                inner.set(key, values.absolute(url, base))
    text = markup.to_string(element)
    return text if len(text) <= _MAX_EXTENSION else ""


def _settings(children: Iterable[tuple[Element, Name]]) -> tuple[tuple[str, str], ...]:
    found = []
    for child, (kind, local) in children:
        if local in {"skiphours", "skipdays"}:
            found += [(markup.name(inner)[1].lower(), _text(inner).strip()) for inner in child]
        elif (kind, local) == ("core", "ttl") or kind == "sy":
            found.append((local, _text(child).strip()))
    return tuple(found)
