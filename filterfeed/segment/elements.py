"""What an element of a page is: part of a line, a box, hidden, a row of data. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

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


def step(element: Element) -> str:
    """An element of a path: its tag, the words of its class and id, and whether it is hidden.

    Hidden text is no reason to lose it: pages show their story by script, from a hidden box.
    """
    named = f"{element.tag} {element.get('class') or ''} {element.get('id') or ''}"
    return _names(named) + " !hidden" if _is_hidden(element) else _names(named)


@lru_cache(maxsize=4096)
def _names(named: str) -> str:
    tag, rest = named.split(" ", 1)
    return " ".join([tag, *_NAME.findall(rest.lower())])


def _is_hidden(element: Element) -> bool:
    return "hidden" in element.attrib or bool(_HIDDEN.search(element.get("style") or ""))


def is_inline(element: Element) -> bool:
    """Whether an element is part of a line of text: a box in it, or an empty line, ends one.

    Elements with a dash are a site's own; with a few letters in them they are an icon or emoji.
    """
    tag = element.tag
    if not isinstance(tag, str):
        return False
    if "-" in tag:
        return len(element) == 0 and len(element.text or "") <= _ICON
    if tag not in INLINE:
        return False
    below = [own.tag for own in element.iterdescendants()]
    return below.count("br") < 2 and all(own in INLINE or own == "br" for own in below)


def is_skipped(element: Element) -> bool:
    """Whether nothing in an element is text for readers.

    A button that nobody closed has the rest of the page in it, which is no reason to lose that.
    """
    tag = element.tag
    return tag in SKIP and not (tag == "button" and element.find(".//p") is not None)


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
