"""The home of lxml: bytes and text into trees and back, safely. No knowledge of feeds or blocks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from html import escape

from lxml import etree
from lxml import html as lxml_html

Element = etree._Element

# Not allowed in XML 1.0, escaped or not; lone surrogates cannot be encoded at all.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
MAX_DEPTH = 200
_MAX_ATTRIBUTES = 50
_BREAK = "\x00"  # never in legal text
_INLINE = frozenset(
    (  # noqa: SIM905
        "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd mark q s samp"
        " small span strike strong sub sup time tt u var wbr"
    ).split()
)


def legal(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids."""
    return _ILLEGAL.sub("", text)


def parse_html(text: str) -> Element | None:
    """The root `html` element of any HTML text, however broken; None when there is none in it."""
    text = _XML_DECLARATION.sub("", legal(text))
    if not text.strip():
        return None
    parser = lxml_html.HTMLParser(
        encoding="utf-8", remove_pis=True, remove_comments=True, no_network=True, huge_tree=False
    )
    try:
        return lxml_html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def text_lines(html: str) -> list[str]:
    """The words of each paragraph-like stretch of some HTML, white space collapsed, in order."""
    root = parse_html(html)
    lines = "".join(_pieces(root)).split(_BREAK) if root is not None else []
    return [words for line in lines if (words := " ".join(line.split()))]


def _pieces(root: Element) -> Iterator[str]:
    """Its text, with a break wherever an element other than an inline one begins or ends."""
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag not in _INLINE:
            yield _BREAK
        yield (element.text if event == "start" else element.tail) or ""


def parse_xml(data: bytes, *, recover: bool = False) -> Element | None:
    """The root of an XML text, without entities, DTDs or network; None when it cannot be read."""
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=recover,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        return etree.fromstring(data, parser=parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def new(tag: str, nsmap: Mapping[str, str] | None = None) -> Element:
    """A new root element."""
    return etree.Element(tag, nsmap=dict(nsmap) if nsmap else None)


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """A new last child of `parent` with legal text."""
    child = etree.SubElement(parent, tag, {k: legal(v) for k, v in attributes.items()})
    if text:
        child.text = legal(text)
    return child


def hoist_namespaces(root: Element, keep: Collection[str]) -> None:
    """Declare the namespaces of all descendants on `root`, where their prefixes allow it.

    The first meaning of a prefix and the first prefix of a namespace win; prefixes in `keep` stay
    declared even when unused.
    """
    for child in root:
        etree.cleanup_namespaces(child)
    prefixes: dict[str, str] = {}
    for element in root.iter("{*}*"):
        for prefix, namespace in element.nsmap.items():
            if prefix and namespace not in prefixes.values():
                prefixes.setdefault(prefix, namespace)
    etree.cleanup_namespaces(root, top_nsmap=prefixes, keep_ns_prefixes=list(keep))


def to_html(element: Element, *, tail: bool = False) -> str:
    return etree.tostring(element, method="html", encoding="unicode", with_tail=tail)


def to_string(element: Element) -> str:
    """`element` as self-contained XML: with the namespaces that it uses, and no others."""
    own = deepcopy(element)
    own.tail = None
    etree.cleanup_namespaces(own)
    return etree.tostring(own, encoding="unicode")


def name(element: Element) -> tuple[str, str]:
    """Namespace and local name; ("", "") of comments and the like."""
    if not isinstance(element.tag, str):
        return "", ""
    namespace, _, local = element.tag.rpartition("}")
    return namespace[1:], local


def inner_html(element: Element) -> str:
    """The HTML inside an XML element: XHTML, or HTML that its publisher did not escape."""
    plain = _without_namespaces(element)
    children = (to_html(child, tail=True) for child in plain)
    return escape(plain.text or "", quote=False) + "".join(children)


def _without_namespaces(element: Element) -> Element:
    plain = etree.Element(name(element)[1] or "span")
    plain.text, plain.tail = element.text, element.tail
    for key, value in element.items():
        if not str(key).startswith("{"):
            plain.set(key, value)
    plain.extend([_without_namespaces(child) for child in element])
    return plain


def to_xml(element: Element) -> bytes:
    """UTF-8 bytes with an XML declaration, indented by two spaces, ending in a line feed."""
    etree.indent(element, space="  ")
    body: bytes = etree.tostring(element, encoding="utf-8", xml_declaration=True)
    return body + b"\n"
