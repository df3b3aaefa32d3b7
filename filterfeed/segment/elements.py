"""What an element of a page is: part of a line, a box, hidden, a row of data. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from filterfeed.markup import Element

SKIP = frozenset(
    (  # noqa: SIM905
        "script style noscript template svg math iframe object embed applet canvas head select"
        " option textarea input button audio video track map area"
    ).split()
)
INLINE = frozenset(
    (  # noqa: SIM905
        "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small"
        " span strike strong sub sup time tt u var wbr label nobr"
    ).split()
)
_NOT_IN_ROWS = frozenset(["table", "ul", "ol", "h1", "h2", "h3", "form"])
_ROW_LIMIT = 600
"""Characters beyond which a table's row is rather a box of the page's layout."""
_ICON = 8
"""Characters of an icon at most."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NAME = re.compile(r"[a-z]+")

Kind = Literal["skipped", "br", "img", "inline", "box"]
_ALONE: dict[str, Kind] = {"br": "br", "img": "img"}


def step(element: Element) -> str:
    """An element of a path: its tag, the words of its class and id, and whether it is hidden.

    Hidden text is no reason to lose it: pages show their story by script, from a hidden box.
    """
    get = element.get
    return _step(str(element.tag), get("class"), get("id"), get("style"), get("hidden"))


@lru_cache(maxsize=4096)
def _step(
    tag: str, classes: str | None, id_: str | None, style: str | None, hidden: str | None
) -> str:
    names = _NAME.findall(f"{classes or ''} {id_ or ''}".lower())
    if hidden is not None or (style and _HIDDEN.search(style)):
        names.append("!hidden")
    return " ".join([tag, *names])


@lru_cache(maxsize=1024)
def kind(tag: object) -> Kind:
    """What an element's tag says of it; comments and the like have none."""
    if not isinstance(tag, str) or tag in SKIP:
        return "skipped"
    if tag in INLINE or "-" in tag:
        return "inline"
    return _ALONE.get(tag, "box")


def is_inline(element: Element) -> bool:
    """Whether an element is part of a line of text: a box in it, or an empty line, ends one.

    Elements with a dash are a site's own; with a few letters in them they are an icon or emoji.
    """
    tag = element.tag
    if kind(tag) != "inline":
        return False
    if len(element) == 0:
        return "-" not in tag or len(element.text or "") <= _ICON
    if "-" in tag:
        return False
    breaks = 0
    for below in element.iterdescendants():
        if below.tag == "br":
            breaks += 1
        elif below.tag not in INLINE:
            return False
    return breaks < 2


def is_skipped(element: Element) -> bool:
    """Whether nothing in an element is text for readers.

    A button that nobody closed has the rest of the page in it, which is no reason to lose that.
    """
    tag = element.tag
    if kind(tag) != "skipped":
        return False
    return not (tag == "button" and element.find(".//p") is not None)


def is_box(element: Element) -> bool:
    tag = element.tag
    return isinstance(tag, str) and tag not in INLINE and not is_skipped(element) and tag != "br"


def is_data(table: Element) -> bool:
    """Whether a table holds data in rows, rather than boxes of a page's layout."""
    rows = [row for row in table.iter("tr") if len(row)]
    good = sum(_is_data_row(row) for row in rows)
    return bool(rows) and good * 2 > len(rows) and not any(True for _ in table.iterfind(".//table"))


def _is_data_row(row: Element) -> bool:
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    if len(cells) < 2 or any(len(cell.findall(".//p")) > 1 for cell in cells):
        return False
    if any(below.tag in _NOT_IN_ROWS for below in row.iterdescendants()):
        return False
    return sum(map(len, row.itertext())) <= _ROW_LIMIT
