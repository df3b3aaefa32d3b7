"""The links of a feed or item, absolute: to the thing itself, and to files that come with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from filterfeed.markup import Element
from filterfeed.parse import values
from filterfeed.parse.names import Name, attribute
from filterfeed.types import Enclosure

_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
# There are two or three of them around an element, at most; more would only cost time.
_MAX_BASES = 5
_LONGEST_BASE = 1000


def xml_base(element: Element, url: str) -> str:
    """The URL that xml:base tells to join relative ones to; "" where it tells none."""
    around = islice(element.iterancestors(), _MAX_BASES)
    bases = [each.get(_XML_BASE) for each in (element, *around)]
    joined = ""
    for base in reversed([base for base in bases if base and len(base) < _LONGEST_BASE]):
        joined = values.absolute(base, joined or url)
    return joined


def link_of(element: Element, named: Sequence[tuple[Element, Name]], base: str) -> str:
    """Where the thing itself is: its first link to it, HTML before other types; "" if none."""
    links = [child for child, name in named if name == ("core", "link") and _rel(child) == ""]
    links.sort(key=lambda link: "html" not in (link.get("type") or "html"))
    # CDF has it in an attribute of the item.
    urls = [*((link.get("href") or link.text or "") for link in links), attribute(element, "href")]
    return next(filter(None, (values.absolute(url, base) for url in urls)), "")


def enclosures(named: Iterable[tuple[Element, Name]], base: str) -> tuple[Enclosure, ...]:
    """Files that come with an item, each once."""
    found = (_enclosure(child, name, base) for child, name in named)
    return tuple(dict.fromkeys(file for file in found if file and file.url))


def _enclosure(element: Element, name: Name, base: str) -> Enclosure | None:
    is_link = name == ("core", "link") and _rel(element) == "enclosure"
    if not is_link and name != ("core", "enclosure"):
        return None
    url = attribute(element, "href") or attribute(element, "url") or element.text or ""
    return Enclosure(
        url=values.absolute(url, base),
        type=attribute(element, "type").strip(),
        length=attribute(element, "length").strip(),
    )


def _rel(link: Element) -> str:
    """ "" for the default, which is also called "alternate"."""
    rel = attribute(link, "rel").strip().lower()
    return "" if rel == "alternate" else rel
