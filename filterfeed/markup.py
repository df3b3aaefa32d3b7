"""The home of lxml: bytes and text into trees and back, safely. No knowledge of feeds or blocks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from html import escape

from lxml import etree

Element = etree._Element

# Not allowed in XML 1.0, escaped or not; lone surrogates cannot be encoded at all.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ILLEGAL_BYTES = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20)])
_NONCHARACTERS_BEGIN = "\ufffe".encode()[0]
_XML_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
_BREAK = "\x00"  # never in legal text
_INLINE = frozenset(
    (  # noqa: SIM905
        "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd mark q s samp"
        " small span strike strong sub sup time tt u var wbr"
    ).split()
)
_BOXES = frozenset(
    (  # noqa: SIM905
        "article aside blockquote center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6"
        " header li main nav ol p pre section table tbody td tfoot th thead tr ul"
    ).split()
)
_TAG = re.compile(rb"</?([a-zA-Z][\w-]*)(?:\s[^<>]*)?/?>")
_TOO_DEEP = etree.ErrorTypes.ERR_RESOURCE_LIMIT


def legal(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids."""
    return _ILLEGAL.sub("", text)


def parse_html(text: str) -> Element | None:
    """The root `html` element of any HTML text, however broken; None when there is none in it."""
    data = _XML_DECLARATION.sub(b"", _legal_bytes(text))
    if not data or data.isspace():
        return None
    parser = _html_parser()
    root = _parsed(data, parser)
    problem = parser.error_log.last_error
    if problem and problem.type == _TOO_DEEP:
        return _parsed(_TAG.sub(_flat, data), parser)
    return root


def _parsed(data: bytes, parser: etree.HTMLParser) -> Element | None:
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None


def _flat(tag: re.Match[bytes]) -> bytes:
    """What is left of a tag where hundreds are never closed: libxml2 loses all that is in them."""
    name = tag[1].decode().lower()
    if name in _BOXES or "-" in name:
        return b"<p>"
    return b"" if name in _INLINE and name != "a" else tag[0]


def _html_parser() -> etree.HTMLParser:
    """One for each text: it keeps the errors of the last one, and threads may parse at once."""
    return etree.HTMLParser(
        encoding="utf-8",
        remove_pis=True,
        remove_comments=True,
        no_network=True,
        huge_tree=False,
        collect_ids=False,
    )


def _legal_bytes(text: str) -> bytes:
    """`legal(text)` in UTF-8, in a fifth of the time: mostly there is nothing to be left out."""
    data = text.encode("utf-8", "ignore")
    if any(map(data.__contains__, _ILLEGAL_BYTES)):
        data = data.translate(None, _ILLEGAL_BYTES)
    if _NONCHARACTERS_BEGIN in data:
        data = data.replace("\ufffe".encode(), b"").replace("\uffff".encode(), b"")
    return data


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
