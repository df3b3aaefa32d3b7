"""Any text that means to be XML, made well-formed, in one pass over it.

Feeds are written by templates: a bare "&", "&nbsp;", an unclosed <br>, an undeclared prefix or a
cut-off end are common. An XML parser refuses them and an HTML parser takes one item for part of
another, so the mistakes are mended here before any parser sees them. Whatever comes out is bounded
in size, elements, depth and attributes, and the work is linear in the input.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape

from filterfeed.markup import legal
from filterfeed.parse.values import references

MAX_TEXT = 8 * 1024 * 1024
"""Characters of a broken feed that are read; its first items are its newest."""
UNDECLARED = "urn:undeclared:"
"""Beginning of the namespaces of prefixes that the feed does not declare and nobody knows."""

_MAX_TOKENS = 500_000
_MAX_ATTRIBUTES = 50
_MAX_DEPTH = 200
_ITEMS = {"item", "entry"}
# HTML elements without an end tag (those whose names feeds use otherwise are left out).
_VOID = {"area", "br", "col", "embed", "hr", "img", "input", "param", "track", "wbr"}
_KNOWN_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}

_NAME = r"[A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_.-]*)?"
# Each alternative ends where it began or eats what it read, so that nothing is read twice.
_TOKEN = re.compile(
    rf"""
    <!\[CDATA\[ (?P<cdata>.*?) (?:\]\]>|\Z)
    | <!--.*?(?:-->|\Z)
    | <[!?][^<>]*>
    | </(?P<end>{_NAME})[^<>]*>
    | <(?P<start>{_NAME})(?P<attributes>(?:[^<>"']++|"[^"<]*"|'[^'<]*'|["'])*+)>
    | (?P<text><?[^<]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    rf"""(?<![^\s"'])({_NAME})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""",
)
_DECLARATION = re.compile(r"xmlns:([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*[\"']([^\"'<>]+)")


def repair(text: str) -> str:
    """Well-formed XML of `text`, which begins with the root's start tag."""
    return _Repair(text[:MAX_TEXT]).result()


class _Repair:
    """One pass over a text: the elements that are open, and what has been written."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.namespaces = dict(reversed(_DECLARATION.findall(text)))
        self.open: list[str] = []
        self.count: Counter[str] = Counter()
        self.out: list[str] = []
        self.prefixes: set[str] = set()
        self.root = ""

    def result(self) -> str:
        handlers: dict[str | None, Callable[[re.Match[str]], None]] = {
            "cdata": lambda token: self.write(escape(token["cdata"])),
            "text": lambda token: self.write(escape(references(token["text"]))),
            "end": lambda token: self.end(token["end"].lower()),
            "attributes": lambda token: self.start(token["start"], token["attributes"]),
            None: lambda token: None,
        }
        for number, token in enumerate(_TOKEN.finditer(self.text)):
            handlers[token.lastgroup](token)
            if number > _MAX_TOKENS or (self.root and not self.open):
                break
        self.close_down_to(0)
        return self.root_tag() + legal("".join(self.out))

    def write(self, text: str) -> None:
        if self.open:
            self.out.append(text)

    def start(self, name: str, attributes: str) -> None:
        low = name.lower()
        if low in _ITEMS and self.count[low]:
            self.end(low)
        if len(self.open) >= _MAX_DEPTH:
            return
        self.prefixes.add(name.partition(":")[0] if ":" in name else "")
        closed = low in _VOID or attributes.rstrip().endswith("/")
        tag = f"{name}{''.join(self.attributes(attributes))}"
        if not self.root:
            self.root = tag
        else:
            self.out.append(f"<{tag}/>" if closed else f"<{tag}>")
        if not closed or not self.open:
            self.open.append(name)
            self.count[low] += 1

    def end(self, low: str) -> None:
        """Closes the nearest open element of that name and all inside it; a stray end tag goes."""
        if not self.count[low]:
            return
        depth = len(self.open) - 1
        while self.open[depth].lower() != low:
            depth -= 1
        self.close_down_to(depth)

    def close_down_to(self, depth: int) -> None:
        while len(self.open) > depth:
            name = self.open.pop()
            self.count[name.lower()] -= 1
            self.out.append(f"</{name}>")

    def attributes(self, text: str) -> Iterator[str]:
        seen = set()
        for match in _ATTRIBUTE.finditer(text):
            name = match[1]
            prefix = name.partition(":")[0] if ":" in name else ""
            # Namespaces are all declared at the root, see root_tag.
            known = prefix in self.namespaces or prefix in {"", "xml"}
            if name in seen or prefix == "xmlns" or not known:
                continue
            seen.add(name)
            self.prefixes.add(prefix)
            value = next(group for group in match.groups()[1:] if group is not None)
            yield f' {name}="{escape(references(value))}"'
            if len(seen) == _MAX_ATTRIBUTES:
                return

    def root_tag(self) -> str:
        """The root's start tag with a declaration of each prefix that is in use."""
        declarations = (
            f' xmlns:{prefix}="{escape(references(self.uri(prefix)))}"'
            for prefix in sorted(self.prefixes - {"", "xml"})
        )
        return f"<{self.root}{''.join(declarations)}>"

    def uri(self, prefix: str) -> str:
        known = self.namespaces.get(prefix) or _KNOWN_PREFIXES.get(prefix.lower())
        return known or UNDECLARED + prefix
