"""Document -> Feed with Items: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, CDF, JSON Feed.

    bytes -> text (decode) -> JSON Feed (jsonfeed)
                           -> well-formed XML (repair, only where it is not)
                           -> taken apart (tree, bodies, names) -> feedparser (xmlfeed)

Whatever the bytes are, the work is bounded and linear in their number, and ends with a Feed or a
ParseError. HTML in items arrives whole: sanitising is the last step of cleaning, not of parsing.
"""

from __future__ import annotations

import re

from filterfeed import markup, urls
from filterfeed.errors import ParseError
from filterfeed.markup import Element
from filterfeed.parse import decode, jsonfeed, tree, values, xmlfeed
from filterfeed.parse.repair import repair
from filterfeed.types import Document, Feed

__all__ = ["is_page", "parse", "sniff_text"]

MAX_BYTES = 32 * 1024 * 1024
_MAX_TAGS = 1_000_000

_QUOTED = r"\"[^\"]*\"|'[^']*'"
_SUBSET = rf"\[(?:<!--.*?-->|<\?.*?\?>|{_QUOTED}|[^\]\"'])*+\]"
_PROLOG = re.compile(
    rf"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:{_QUOTED}|{_SUBSET}|[^<>\[\]\"'])*+>)*+",
    re.DOTALL | re.IGNORECASE,
)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_FEED_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|rdf|feed|channel)(?=[\s/>])", re.IGNORECASE)
_FEED_ROOTS = {"rss", "rdf", "feed", "channel"}
# What a PHP warning or a proxy's greeting in front of a feed begins with.
_JUNK = {"b", "br", "div", "font", "p", "pre", "script", "span", "style"}
_FEED_LINK = re.compile(
    r"<link\s[^<>]*type\s*=\s*[\"']?application/(?:rss|atom)\+xml[^<>]*>", re.IGNORECASE
)
_HREF = re.compile(r"\shref\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)


def parse(document: Document) -> Feed:
    """The feed in a document. Raises ParseError, which says what the document is instead."""
    try:
        return _parse(document)
    except jsonfeed.NotJsonFeed as error:
        raise ParseError(document.url, str(error)) from error


def sniff_text(document: Document) -> str:
    """The text of an HTML page, whatever its charset."""
    return decode.to_text(document.body, document.content_type, decode.HTML_ENCODING)


def is_page(document: Document) -> bool:
    """Whether a document may be a page: a link may lead to a PDF file, a picture or a recording."""
    kind = document.content_type.partition(";")[0].strip().lower()
    is_text = not kind or kind.startswith("text/") or kind.endswith(("html", "xml"))
    return is_text and not document.body.startswith(b"%PDF")


def _parse(document: Document) -> Feed:
    if len(document.body) > MAX_BYTES:
        size = f"{len(document.body) / 1024 / 1024:.0f} MiB"
        raise ParseError(document.url, f"{size} are too much for a feed")
    text = decode.to_text(document.body, document.content_type, decode.XML_ENCODING)
    text = text.lstrip("\ufeff \t\r\n")
    if not text:
        raise ParseError(document.url, "empty document")
    # Relative to it, "#1" is not to take along the token in its query.
    base = urls.public(document.final_url)
    if text[0] in "{[":
        return jsonfeed.read(text, base)
    text = text[_root(text, document) :]
    return _read_xml(text, document, base)


def _read_xml(text: str, document: Document, base: str) -> Feed:
    try:
        root = _tree(text)
        if tree.is_feed(root):
            return xmlfeed.read(root, base)
    # feedparser has no exceptions of its own: whatever it stumbles over comes out as it is.
    except Exception as error:
        message = f"not a feed that can be read ({type(error).__name__})"
        raise ParseError(document.url, message) from error
    raise ParseError(document.url, _no_feed(markup.name(root)[1]))


def _tree(text: str) -> Element:
    """The tree of a text that begins with its root. Declared entities are gone with the prolog."""
    small = text.count("<") <= _MAX_TAGS
    root = markup.parse_xml(text.encode()) if small else None
    if root is None:
        root = markup.parse_xml(repair(text).encode(), recover=True)
    if root is None:
        raise ValueError("no element")
    return root


def _root(text: str, document: Document) -> int:
    """Where the root element of a feed begins; what comes before it is of no use."""
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    root = _ROOT.match(text, start)
    name = root[1] if root else ""
    if name.lower() in _FEED_ROOTS:
        return start
    feed = _FEED_ROOT.search(text, start)
    if feed and (not name or name.lower() in _JUNK):
        return feed.start()
    raise ParseError(document.url, _what_instead(name, text, document.final_url))


def _what_instead(root: str, text: str, url: str) -> str:
    if root.lower() in _JUNK | {"html", "head", "body"} or "<html" in text[:1000].lower():
        return "this is an HTML page, not a feed" + _feed_hint(text, url)
    if root:
        return _no_feed(root)
    return "neither XML nor JSON, not a feed"


def _no_feed(root: str) -> str:
    return f'XML with the root element "{root[:60]}", not a feed'


def _feed_hint(text: str, url: str) -> str:
    """Pages name their feed in a link: the address that was probably meant."""
    link = _FEED_LINK.search(text)
    href = _HREF.search(link[0]) if link else None
    feed = values.absolute(values.references(href[1]), url) if href else ""
    return f"; its feed is {feed[:500]}" if feed else ""
