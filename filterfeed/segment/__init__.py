"""HTML into Blocks: the paragraph-like pieces of a page or body, in reading order. Pure.

One walk over the tree. Text and inline elements gather in a run; the run ends, and becomes a
block, where a block element begins or ends and at two line breaks in a row. A table of data gives
a block for each row, a table that only lays things out is taken for the boxes that it is.
"""

from __future__ import annotations

import hashlib
import re
from html import escape
from typing import NamedTuple
from urllib.parse import quote, urljoin

from filterfeed import markup
from filterfeed.markup import Element
from filterfeed.segment.elements import is_box, is_data, is_inline, is_skipped, kind, step
from filterfeed.types import Block

_FRAMES = frozenset(["ul", "ol", "dl", "blockquote", "figure"])
_ENTRIES = frozenset(["li", "dt", "dd"])
_OWN_TAGS = _ENTRIES | {"h1", "h2", "h3", "h4", "h5", "h6", "pre", "figcaption", "caption"}
_WITHIN = {"figcaption": "figure", "caption": "table", "dt": "dl", "dd": "dl"}
"""The frame outside of which an element is but a paragraph."""
_SPECIAL = _OWN_TAGS | _FRAMES | {"table", "a"}
"""Boxes that are more than one more element of a path."""
_ENTRY_OF = {"ul": "li", "ol": "li", "dl": "dd"}
_GLYPH = re.compile(r"\b(?:emoji|wp-smiley)\b")
_LAZY = ("data-src", "data-original", "data-lazy-src")
_WORD = re.compile(r"\w+")
_ONLY_WORDS = re.sub(rb"[^0-9a-z_]", b" ", bytes(range(256)).lower())
"""A table that makes letters small ones, and spaces of what is in no word of ASCII."""
# What RFC 3986 allows in a URL, and "%", since a URL may be quoted already.
_URL_SAFE = "%:/?#@!$&'()*+,;=-._~"
_FINISHED = re.compile(r"https?://[\w%:/?#@!$&'()*+,;=.~-]+", re.ASCII)
"""An absolute URL with nothing to quote: most are, and joining and quoting take their time."""
_ORIGIN = re.compile(r"https?://[\w.:-]+(?=[/?#]|$)", re.ASCII)
_FROM_ROOT = re.compile(r"/(?!/)[\w%:/?#@!$&'()*+,;=.~-]*", re.ASCII)
"""A path from the root with nothing to quote, and, without "/.", nothing to resolve."""


def segment(html: str, base_url: str = "") -> tuple[Block, ...]:
    """The blocks of any HTML text, their links absolute; none without text and pictures."""
    root = markup.parse_html(html)
    if root is None:
        return ()
    body = root.find("body")
    walk = _Walk(base_url)
    walk.box(root if body is None else body, _Place())
    return tuple(walk.blocks)


def key(text: str) -> str:
    """A hash of the words of `text`, whatever their case, punctuation and numbers."""
    words = _ascii_words(text) if text.isascii() else _words(text)
    return hashlib.blake2b(words, digest_size=8).hexdigest()


def _words(text: str) -> bytes:
    found = _WORD.findall(text.lower())
    words = ["0" if word.isdecimal() else word for word in found]
    return " ".join(words).encode("utf-8", "replace")


def _ascii_words(text: str) -> bytes:
    """The same of ASCII, in a third of the time."""
    found = text.encode().translate(_ONLY_WORDS).split()
    return b" ".join([b"0" if word.isdigit() else word for word in found])


Frame = tuple[tuple[str, int], ...]


class _Place(NamedTuple):
    """Where in the tree a run is: what its block will be."""

    tag: str = "p"
    path: tuple[str, ...] = ()
    frame: Frame = ()
    link: str = ""
    """The address of the link that the whole place is in, or ""."""


class _Run:
    """Inline content that is not yet a block."""

    __slots__ = ("breaks", "html", "linked", "text", "words")

    def __init__(self) -> None:
        self.html: list[str] = []
        self.text: list[str] = []
        self.clear()

    def clear(self) -> None:
        self.html.clear()
        self.text.clear()
        self.words = 0
        """Pieces of text that are not blank."""
        self.linked = 0
        """Characters inside links."""
        self.breaks = 0
        """Line breaks since the last words."""

    def add(self, text: str, linked: bool = False) -> None:
        if text and not text.isspace():
            self.breaks = 0
            self.words += 1
            if linked:
                self.linked += len(text.strip())
        elif not self.html:
            return  # what a block begins with is stripped
        self.text.append(text)
        # Mostly there is nothing to escape.
        special = "&" in text or "<" in text or ">" in text
        self.html.append(escape(text, quote=False) if special else text)

    def line_break(self) -> None:
        self.html.append("<br>")
        self.text.append("\n")


class _Walk:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._origin = _origin(base_url)
        self.blocks: list[Block] = []
        self._run = _Run()
        self._frames = 0

    def box(self, element: Element, outer: _Place) -> None:
        """Walk a block element: its runs become blocks, its boxes are walked in turn."""
        place, run = self._inside(element, outer), self._run
        if text := element.text:
            run.add(text)
        for child in element:
            self._child(child, place)
            if text := child.tail:
                run.add(text)
        if run.html:
            self._flush(place)

    def _inside(self, element: Element, outer: _Place) -> _Place:
        tag = str(element.tag)
        path = (*outer.path, step(element))
        if tag not in _SPECIAL:
            return _Place("p", path, outer.frame, outer.link)
        own = tag if tag in _OWN_TAGS and _is_at_home(tag, outer) else "p"
        if tag in _FRAMES or (tag == "table" and is_data(element)):
            return _Place("p", path, self._framed(self._entered(outer.frame), tag), outer.link)
        if own in _ENTRIES and any(map(is_box, element)):
            return _Place("p", path, self._framed(outer.frame, tag), outer.link)
        link = element.get("href") or "" if tag == "a" else outer.link
        return _Place(own, path, outer.frame, link)

    def _framed(self, frame: Frame, tag: str) -> Frame:
        self._frames += 1
        return (*frame, (tag, self._frames))

    def _entered(self, frame: Frame) -> Frame:
        """`frame`, with an entry of its own in it where it is a list, which holds nothing else."""
        entry = _ENTRY_OF.get(frame[-1][0]) if frame else None
        return self._framed(frame, entry) if entry else frame

    def _child(self, child: Element, place: _Place) -> None:
        tag = child.tag
        own = kind(tag)
        if own == "inline" and is_inline(child):
            self._inline(child, linked=tag == "a")
        elif own == "br":
            self._break(place)
        elif own == "img":
            self._picture(child, place)
        elif own != "skipped" or not is_skipped(child):
            if self._run.html:
                self._flush(place)
            if tag == "tr" and place.frame and place.frame[-1][0] == "table":
                self._row(child, place)
            else:
                self.box(child, place)

    def _inline(self, element: Element, linked: bool) -> None:
        """Add an element to the run, without its tags where there are no words in it."""
        tag, run = element.tag, self._run
        start, words = len(run.html), run.words
        run.html.append("")
        if text := element.text:
            run.add(text, linked)
        for child in element:
            own = child.tag
            if own == "br":
                run.line_break()
            else:
                self._inline(child, linked or own == "a")
            if text := child.tail:
                run.add(text, linked)
        if run.words == words or "-" in tag:
            del run.html[start]
            return
        href = element.get("href") if tag == "a" else None
        run.html[start] = f'<a href="{escape(self._absolute(href))}">' if href else f"<{tag}>"
        run.html.append(f"</{tag}>")

    def _break(self, place: _Place) -> None:
        self._run.breaks += 1
        if self._run.breaks > 1:
            self._flush(place)
        else:
            self._run.line_break()

    def _row(self, row: Element, place: _Place) -> None:
        """A row of a table of data, as one block."""
        for cell in row:
            if cell.tag in ("td", "th"):
                self._run.html.append(f"<{cell.tag}>")
                self._cell(cell)
                self._run.html.append(f"</{cell.tag}>")
                self._run.text.append(" ")
        self._flush(place._replace(tag="tr", path=(*place.path, "tr")))

    def _cell(self, element: Element) -> None:
        run = self._run
        run.add(element.text or "")
        for child in element:
            if is_inline(child):
                self._inline(child, linked=child.tag == "a")
            elif not is_skipped(child):
                run.add(" ")
                self._cell(child)
                run.add(" ")
            run.add(child.tail or "")

    def _picture(self, image: Element, place: _Place) -> None:
        source = next((own for name in (*_LAZY, "src") if (own := image.get(name))), "")
        alt = image.get("alt") or ""
        if _GLYPH.search(image.get("class") or ""):
            self._run.add(alt)
        elif source.startswith("data:"):
            return  # to make it absolute takes milliseconds, for nothing
        elif source and (url := self._absolute(source)).startswith(("http:", "https:")):
            self._flush(place)
            size = "".join(
                f' {name}="{escape(value)}"'
                for name in ("width", "height")
                if (value := image.get(name))
            )
            html = self._linked(f'<img src="{escape(url)}" alt="{escape(alt)}"{size}>', place)
            self._add("", html, place._replace(tag="img", path=(*place.path, "img")), 0.0, url)

    def _flush(self, place: _Place) -> None:
        run = self._run
        if run.words:
            tag, link = place.tag, place.link
            text = " ".join("".join(run.text).split())
            inner = "".join(run.html).removesuffix("<br>").strip()
            share = 1.0 if link else min(1.0, run.linked / len(text))
            html = f"<{tag}>{self._linked(inner, place) if link else inner}</{tag}>"
            self._add(text, html, place, share, text)
        run.clear()

    def _linked(self, html: str, place: _Place) -> str:
        """`html` inside the link that its whole place is in."""
        if not place.link:
            return html
        return f'<a href="{escape(self._absolute(place.link))}">{html}</a>'

    def _add(self, text: str, html: str, place: _Place, link_share: float, keyed: str) -> None:
        tag, path, frame, _ = place
        if tag not in _ENTRIES:
            frame = self._entered(frame)
        index = len(self.blocks)
        self.blocks.append(Block(index, text, html, tag, path, frame, link_share, key(keyed)))

    def _absolute(self, url: str) -> str:
        if _FINISHED.fullmatch(url):
            return url
        if self._origin and _FROM_ROOT.fullmatch(url) and "/." not in url:
            return self._origin + url
        try:
            return quote(urljoin(self.base_url, url.strip()), safe=_URL_SAFE)
        except ValueError:
            return ""


def _origin(url: str) -> str:
    """Scheme and host of an address with nothing to quote in them, or ""."""
    found = _ORIGIN.match(url)
    return found.group() if found else ""


def _is_at_home(tag: str, outer: _Place) -> bool:
    """Whether an element stands in the frame that it needs."""
    around = outer.frame[-1][0] if outer.frame else ""
    return around in ("ul", "ol") if tag == "li" else around == _WITHIN.get(tag, around)
