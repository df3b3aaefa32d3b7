"""What the model sees of blocks as numbers: how long they are, of what, and where they stand. Pure.

Changing anything here needs retraining.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from filterfeed.model.context import Array, Integers
from filterfeed.model.features import tokens
from filterfeed.types import Block

MEASURES = (
    "length",
    "log_length",
    "link_share",
    "position",
    "from_end",
    "capitals",
    "digits",
    "ends_sentence",
    "heading",
    "list_item",
    "table_row",
    "in_title",
    "page",
)
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_LONG = 300
"""Characters from which a block is no headline."""
_OTHER, _SPACE, _CAPITAL, _DIGIT = range(4)
"""What a character is."""
_BETWEEN = "\n"
"""White space, between texts that are looked at together."""


def measures(blocks: Sequence[Block], page: bool, title: str) -> Array:
    """A row of MEASURES for each block of one document; a page's own headline is its title."""
    rows = np.zeros((len(blocks), len(MEASURES)), dtype=np.float32)
    if not blocks:
        return rows
    texts = [block.text for block in blocks]
    lengths = np.array(list(map(len, texts)))
    position = np.arange(len(blocks)) / max(1, len(blocks) - 1)
    words, capitals, digits = _counts(texts, lengths)
    columns = (
        np.minimum(lengths, 1000) / 1000,
        np.frexp(lengths)[1] / 10,
        [block.link_share for block in blocks],
        position,
        1 - position,
        capitals / np.maximum(1, words),
        digits / np.maximum(1, lengths),
        [text[-1:] in '.!?。”"’)' for text in texts],
        [block.tag in _HEADINGS for block in blocks],
        [block.tag == "li" for block in blocks],
        [block.tag == "tr" for block in blocks],
        _in_title(texts, (page and _headline(blocks)) or title),
        page,
    )
    for number, column in enumerate(columns):
        rows[:, number] = column
    return rows


def _headline(blocks: Sequence[Block]) -> str:
    """The text of the only h1, or ""."""
    first = [block.text for block in blocks if block.tag == "h1"]
    return first[0] if len(first) == 1 else ""


def _in_title(texts: Sequence[str], title: str) -> list[float]:
    """The share of the title's words that each text has."""
    wanted = set(tokens(title))
    if not wanted:
        return [0.0] * len(texts)
    return [
        len(wanted.intersection(tokens(text))) / len(wanted) if len(text) < _LONG else 0.0
        for text in texts
    ]


def _counts(texts: Sequence[str], lengths: Integers) -> Integers:
    """(3, texts): words, those of them that begin with a capital, and digits."""
    kinds = _kinds(_BETWEEN.join(["", *texts, ""]))
    before, own = kinds[:-1], kinds[1:]
    begins = (own != _SPACE) & (before == _SPACE)
    marks = np.stack([begins, begins & (own == _CAPITAL), own == _DIGIT])
    starts = (lengths + 1).cumsum() - (lengths + 1)
    return np.add.reduceat(marks, starts, axis=1, dtype=np.int64)


def _kinds(text: str) -> NDArray[np.uint8]:
    """Of each character: a table tells, into which those beyond ASCII come as they occur."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    table = np.zeros(max(len(_OF_ASCII), int(codes.max()) + 1), np.uint8)
    table[codes] = 1
    occurring = len(_OF_ASCII) + np.flatnonzero(table[len(_OF_ASCII) :])
    table[occurring] = [_kind(chr(code)) for code in occurring.tolist()]
    table[: len(_OF_ASCII)] = _OF_ASCII
    return table[codes]


def _kind(character: str) -> int:
    if character.isspace():
        return _SPACE
    if character.isupper():
        return _CAPITAL
    return _DIGIT if character.isdecimal() else _OTHER


_OF_ASCII = np.array([_kind(chr(code)) for code in range(128)], np.uint8)
