"""The publisher's own elements, as far as they can go out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from filterfeed import markup, urls
from filterfeed.markup import Element
from filterfeed.render import values
from filterfeed.render.names import ATOM, CONTENT, DC, MEDIA, MEDIA_TEXT, SYNDICATION, WFW, XHTML

# Common misspellings, which every reader takes for the right ones.
_MISSPELT = {
    "http://search.yahoo.com/mrss": MEDIA,
    "https://search.yahoo.com/mrss/": MEDIA,
    "https://purl.org/dc/elements/1.1/": DC,
}
_OUR_TERMS = {"creator", "date", "description", "language", "rights", "subject", "title"}


def own_elements(fragments: Sequence[str]) -> Iterator[Element]:
    """Elements of foreign namespaces, without those that are empty or say again what we say."""
    for fragment in fragments:
        element = markup.parse_xml(markup.legal(fragment).encode())
        if element is not None and _is_foreign(element):
            _correct(element)
            if not _is_ours(element) and _says_something(element):
                yield element


def _is_foreign(element: Element) -> bool:
    """Not if anything in it has no namespace: that would be RSS's own, or an entity reference."""
    return all(markup.name(node)[0] for node in element.iter())


def _correct(element: Element) -> None:
    """Spells namespaces and addresses right, and takes out the story as it was before cleaning."""
    for node in list(element.iter()):
        namespace, local = markup.name(node)
        if namespace in _MISSPELT:
            node.tag = f"{{{_MISSPELT[namespace]}}}{local}"
        for key in ("url", "href"):
            if address := node.get(key):
                node.set(key, values.uri(address))
        parent = node.getparent()
        if parent is not None and _is_text(node):
            parent.remove(node)


def _is_text(element: Element) -> bool:
    return markup.name(element)[0] in {CONTENT, XHTML} or element.tag == MEDIA_TEXT


def _is_ours(element: Element) -> bool:
    namespace, local = markup.name(element)
    core = namespace in {ATOM, SYNDICATION} or (namespace == DC and local in _OUR_TERMS)
    return core or _is_text(element)


def _says_something(element: Element) -> bool:
    if element.tag.startswith(f"{{{WFW}}}"):
        return urls.is_web(element.text or "")  # the address of an item's comments
    said = (text for node in element.iter() for text in (node.text, *node.attrib.values()))
    return any(text and text.strip() for text in said)
