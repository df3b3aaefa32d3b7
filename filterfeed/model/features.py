"""What the model sees of a block: cues (tokens with names) and measures (numbers). Pure.

Changing anything here needs retraining.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from filterfeed.types import Block

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d[\d.,:]*|[$€£¥%©®™@|»›→▲▼►•…?!]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HEAD, _TAIL = 90, 30
"""Of a long block, so many tokens from its start and its end are read."""
_STEPS = 6
"""Elements of the path whose class and id words are cues, from the block upward."""

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


def tokens(text: str) -> list[str]:
    """The words and telling signs of a text, lower-case, numbers by their shape."""
    found = []
    for token in _TOKEN.findall(text):
        if token[0].isdigit():
            found.append("0" * min(4, sum(c.isdigit() for c in token)))
        elif _CJK.match(token):
            found.extend(_pairs(token))
        else:
            found.append(token.lower())
    if len(found) > _HEAD + _TAIL:
        return found[:_HEAD] + found[-_TAIL:]
    return found


def cues(block: Block) -> Iterator[str]:
    """Names of what the block holds: words, word pairs, its edges, and its place in the page."""
    words = tokens(block.text)
    yield from words
    yield from map(" ".join, pairwise(words))
    if words:
        yield "^" + " ".join(words[:2])
        yield "$" + " ".join(words[-2:])
        yield "^^" + words[0]
    if len(words) <= 6:
        yield "=" + " ".join(words)
    yield f"#{min(len(words), 40) // 3}"
    yield f"<{block.tag}"
    yield from _place(block.path)


def distinct_cues(block: Block) -> list[str]:
    """Each cue once, in their order."""
    return list(dict.fromkeys(cues(block)))


def _place(path: tuple[str, ...]) -> Iterator[str]:
    nearest = path[-_STEPS:]
    yield "/" + "/".join(step.split(" ", 1)[0] for step in path[-3:])
    for depth, step in enumerate(reversed(nearest)):
        tag, *names = step.split(" ")
        near = "." if depth < 2 else ".."
        if tag not in ("div", "p", "span"):
            yield f"{near}<{tag}"
        for name in names:
            yield near + name


def _pairs(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(len(text) - 1)] or [text]


def without_places(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks of a body: what little structure a feed leaves says nothing of their kind."""
    return tuple(replace(block, path=()) for block in blocks)


def measures(blocks: Sequence[Block], page: bool, title: str) -> list[tuple[float, ...]]:
    """A row of MEASURES for each block of one document."""
    wanted = set(tokens(title))
    total = max(1, len(blocks) - 1)
    return [_row(block, number / total, page, wanted) for number, block in enumerate(blocks)]


def _row(block: Block, position: float, page: bool, title: set[str]) -> tuple[float, ...]:
    text = block.text
    length = len(text)
    words = text.split()
    inside = set(tokens(text)) if title and length < 300 else set()
    return (
        min(length, 1000) / 1000,
        length.bit_length() / 10,
        block.link_share,
        position,
        1 - position,
        sum(word[:1].isupper() for word in words) / max(1, len(words)),
        sum(char.isdigit() for char in text) / max(1, length),
        float(text[-1:] in '.!?。”"’)'),
        float(block.tag in ("h1", "h2", "h3", "h4", "h5", "h6")),
        float(block.tag == "li"),
        float(block.tag == "tr"),
        len(inside & title) / max(1, len(title)),
        float(page),
    )
