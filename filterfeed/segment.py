"""HTML into Blocks: the paragraph-like pieces of a page or body, in reading order. Pure.

One walk over the tree. Text and inline elements gather in a run; the run ends, and becomes a
block, where a block element begins or ends and at two line breaks in a row. A table of data gives
a block for each row, a table that only lays things out is taken for the boxes that it is.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urljoin

from filterfeed import markup
from filterfeed.markup import Element
from filterfeed.types import Block

_SKIP = frozenset(
    (  # noqa: SIM905
        "script style noscript template svg math iframe object embed applet canvas head select"
        " option textarea input button audio video track map area"
    ).split()
)
_INLINE = frozenset(
    (  # noqa: SIM905
        "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small"
        " span strike strong sub sup time tt u var wbr label nobr"
    ).split()
)
_FRAME = frozenset(["ul", "ol", "dl", "blockquote", "table", "figure"])
_OWN_TAG = frozenset(
    ["h1", "h2", "h3", "h4", "h5", "h6", "li", "dt", "dd", "pre", "figcaption", "tr"]
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(r"[a-z]+")
_LAZY = ("data-src", "data-original", "data-lazy-src")


def segment(html: str, base_url: str = "") -> tuple[Block, ...]:
    """The blocks of any HTML text; none when it holds no text and no picture."""
    root = markup.parse_html(html)
    if root is None:
        return ()
    body = root.find("body")
    walk = _Walk(base_url)
    walk.box(root if body is None else body, (), ())
    return tuple(walk.blocks)


def key(text: str) -> str:
    """A hash of the words of `text`, whatever their case, punctuation and numbers."""
    words = " ".join("0" if word.isdigit() else word for word in _WORD.findall(text.lower()))
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=8).hexdigest()


@dataclass(slots=True)
class _Run:
    """Inline content that is not yet a block."""

    html: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    linked: int = 0
    breaks: int = 0


class _Walk:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.blocks: list[Block] = []
        self._run = _Run()
        self._frames = 0

    def box(
        self, element: Element, path: tuple[str, ...], frame: tuple[tuple[str, int], ...]
    ) -> None:
        """Walk a block element: its runs become blocks, its boxes are walked in turn."""
        tag = str(element.tag)
        path = (*path, _step(element))
        if tag in _FRAME:
            self._frames += 1
            frame = (*frame, (tag, self._frames))
        own = tag if tag in _OWN_TAG else "p"
        self._text(element.text)
        for child in element:
            self._child(child, own, path, frame)
            self._text(child.tail)
        self._flush(own, path, frame)

    def _child(
        self,
        child: Element,
        own: str,
        path: tuple[str, ...],
        frame: tuple[tuple[str, int], ...],
    ) -> None:
        tag = child.tag
        if not isinstance(tag, str) or tag in _SKIP:
            return
        if tag == "br":
            self._break(own, path, frame)
        elif tag == "img":
            self._picture(child, own, path, frame)
        elif tag in _INLINE and all(below.tag in _INLINE for below in child.iterdescendants()):
            self._inline(child, linked=tag == "a")
        else:
            self._flush(own, path, frame)
            if tag == "tr" and _is_data_row(child):
                self._row(child, path, frame)
            elif len(path) < markup.MAX_DEPTH:
                self.box(child, path, frame)

    def _text(self, text: str | None, linked: bool = False) -> None:
        if text:
            self._run.text.append(text)
            self._run.html.append(escape(text, quote=False))
            if text.strip():
                self._run.breaks = 0
                self._run.linked += len(text.strip()) if linked else 0

    def _inline(self, element: Element, linked: bool) -> None:
        attributes = ""
        if element.tag == "a" and (href := element.get("href")):
            attributes = f' href="{escape(self._absolute(href))}"'
        self._run.html.append(f"<{element.tag}{attributes}>")
        self._text(element.text, linked)
        for child in element:
            self._inline(child, linked or child.tag == "a")
            self._text(child.tail, linked)
        self._run.html.append(f"</{element.tag}>")

    def _break(self, own: str, path: tuple[str, ...], frame: tuple[tuple[str, int], ...]) -> None:
        self._run.breaks += 1
        if self._run.breaks > 1:
            self._flush(own, path, frame)
        else:
            self._run.html.append("<br>")
            self._run.text.append("\n")

    def _row(self, row: Element, path: tuple[str, ...], frame: tuple[tuple[str, int], ...]) -> None:
        for cell in row:
            if cell.tag in ("td", "th"):
                self._run.html.append(f"<{cell.tag}>")
                self._text(cell.text)
                for child in cell:
                    if child.tag in _INLINE:
                        self._inline(child, linked=child.tag == "a")
                    self._text(child.tail)
                self._run.html.append(f"</{cell.tag}>")
                self._run.text.append(" ")
        self._flush("tr", (*path, "tr"), frame)

    def _picture(
        self,
        image: Element,
        own: str,
        path: tuple[str, ...],
        frame: tuple[tuple[str, int], ...],
    ) -> None:
        lazy = next((image.get(name) for name in _LAZY if image.get(name)), None)
        source = lazy or image.get("src") or ""
        if not source or source.startswith("data:"):
            return
        self._flush(own, path, frame)
        url, alt = self._absolute(source), image.get("alt") or ""
        html = f'<img src="{escape(url)}" alt="{escape(alt)}">'
        self._add("", html, "img", (*path, "img"), frame, 0.0, key(url))

    def _flush(self, tag: str, path: tuple[str, ...], frame: tuple[tuple[str, int], ...]) -> None:
        run, self._run = self._run, _Run()
        text = _SPACE.sub(" ", "".join(run.text)).strip()
        if not text:
            return
        inner = "".join(run.html).removesuffix("<br>").strip()
        share = min(1.0, run.linked / len(text))
        self._add(text, f"<{tag}>{inner}</{tag}>", tag, path, frame, share, key(text))

    def _add(  # noqa: PLR0913, PLR0917
        self,
        text: str,
        html: str,
        tag: str,
        path: tuple[str, ...],
        frame: tuple[tuple[str, int], ...],
        link_share: float,
        key_: str,
    ) -> None:
        index = len(self.blocks)
        self.blocks.append(Block(index, text, html, tag, path, frame, link_share, key_))

    def _absolute(self, url: str) -> str:
        try:
            return urljoin(self.base_url, url.strip())
        except ValueError:
            return url


def _step(element: Element) -> str:
    """An element of a path: its tag, the words of its class and id, and whether it is hidden.

    Hidden text is no reason to lose it: pages show their story by script, from a hidden box.
    """
    named = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
    hidden = ["!hidden"] if _is_hidden(element) else []
    return " ".join([str(element.tag), *_TOKEN.findall(named), *hidden])


def _is_hidden(element: Element) -> bool:
    return "hidden" in element.attrib or bool(_HIDDEN.search(element.get("style") or ""))


def _is_data_row(row: Element) -> bool:
    """Whether a row holds short cells side by side, rather than boxes of a page's layout."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    return len(cells) > 1 and all(
        below.tag in _INLINE or below.tag == "br"
        for cell in cells
        for below in cell.iterdescendants()
    )
