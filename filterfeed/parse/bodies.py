"""The texts of one item: which of its elements are the summary and the content, as HTML."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from filterfeed import markup
from filterfeed.markup import Element
from filterfeed.parse import values
from filterfeed.parse.links import xml_base
from filterfeed.parse.names import ATOM_NAMESPACES, SUMMARIES, Name, is_content

_HTML_TYPES = {"", "html", "xhtml", "text", "text/html", "text/plain", "application/xhtml+xml"}


def summary_and_content(named: Sequence[tuple[Element, Name]], url: str) -> tuple[str, str]:
    """The texts of an item from its children; `url` is that of the document.

    The content is the longest of content:encoded, Atom's content and what publishers invented;
    it is "" where there is much more in the summary, so that a husk of a content hides nothing.
    """
    summaries = [_body(child, url) for kind in SUMMARIES for child, name in named if name == kind]
    summaries = [text for text in summaries if text] or [_media_description(named)]
    contents = [_paragraphs(_body(child, url)) for child, name in named if is_content(name)]
    if sum(name == SUMMARIES[0] for _, name in named) > 1:
        contents += summaries[1:]
    summary, content = summaries[0], max(contents, key=values.visible_length, default="")
    if summary and values.visible_length(content) * 2 < values.visible_length(summary):
        content = ""
    return summary, content


def _media_description(named: Sequence[tuple[Element, Name]]) -> str:
    """YouTube and its like describe a video only there."""
    for child, (kind, _) in named:
        if kind == "media":
            for element in child.iter(f"{{{markup.name(child)[0]}}}description"):
                return values.text_to_html(element.text or "")
    return ""


def _body(element: Element, url: str) -> str:
    text = values.unwrapped(_html(element))
    base = xml_base(element, url)
    return values.absolute_urls(text, base) if base else text


def _html(element: Element) -> str:
    if len(element):
        return _inline(element)
    text = element.text or ""
    if markup.name(element)[0] not in ATOM_NAMESPACES:
        return text
    kind = element.get("type", "").strip().lower()
    if kind not in _HTML_TYPES and not kind.startswith("text/"):
        return ""
    if element.get("mode") == "base64":
        text = _base64(text)
    return values.text_to_html(text) if _is_plain(kind, text) else text


def _is_plain(kind: str, text: str) -> bool:
    """Atom's default is plain text, but who forgets the type often means HTML."""
    return kind in {"text", "text/plain"} or (kind == "" and not values.looks_like_html(text))


def _inline(element: Element) -> str:
    """Markup that is part of the XML; the <div> that Atom wraps around it is not of the text."""
    wrapper = element[0]
    alone = len(element) == 1 and not ((element.text or "") + (wrapper.tail or "")).strip()
    is_wrapper = alone and markup.name(wrapper)[1] == "div" and not wrapper.attrib
    return markup.inner_html(wrapper if is_wrapper else element)


def _base64(text: str) -> str:
    try:
        return markup.legal(base64.b64decode(text).decode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return text


def _paragraphs(text: str) -> str:
    """A full text without any tags: its blank lines are all that divides it."""
    return text if "<" in text else values.text_to_html(values.references(text))
