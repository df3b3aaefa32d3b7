"""What the model sees of a block: cues (tokens with names) and measures (numbers). Pure.

Changing anything here needs retraining.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from filterfeed.types import Block

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d[\d.,:]*|[$€£¥%©®™@|»›→▲▼►•…?!]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DIGIT = re.compile(r"\d")
_HEAD, _TAIL = 90, 30
"""Of a long block, so many tokens from its start and its end are read."""
_STEPS = 6
"""Elements of the path whose class and id words are cues, from the block upward."""
_NEAR = 2
"""Elements whose words are cues of their own, apart from those further up."""
_FEW = 6
"""Words of a block up to which it is a cue as a whole."""

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


@lru_cache(maxsize=512)
def tokens(text: str) -> tuple[str, ...]:
    """The words and telling signs of a text, lower-case, numbers by their shape."""
    found = _TOKEN.findall(text.lower())
    if _CJK.search(text):
        found = [part for token in found for part in _parts(token)]
    if len(found) > _HEAD + _TAIL:
        found = found[:_HEAD] + found[-_TAIL:]
    return tuple(_shape(token) if token[0].isdigit() else token for token in found)


def distinct_cues(block: Block) -> list[str]:
    """Names of what the block holds, each once: words, word pairs, its edges, its place."""
    return [*text_cues(block.text, block.tag), *place_cues(block.path)]


def text_cues(text: str, tag: str) -> list[str]:
    """Cues that do not depend on the place in the page; none of them is a `place_cues`."""
    words = tokens(text)
    found = [*words, *map(" ".join, pairwise(words))]
    if words:
        found += ("^" + " ".join(words[:2]), "$" + " ".join(words[-2:]), "^^" + words[0])
    if len(words) <= _FEW:
        found.append("=" + " ".join(words))
    found += (f"#{min(len(words), 40) // 3}", "<" + tag)
    return list(dict.fromkeys(found))


def readable(cue: str) -> str:
    """A cue as a person may read it: words, or a name in the page with a dot before it.

    "" for shapes and lengths, which say nothing to anybody.
    """
    if cue[0] in "#/<" or cue.lstrip(".").startswith("<"):
        return ""
    return "." + cue.lstrip(".") if cue[0] == "." else cue.lstrip("^$=").strip()


def _shape(number: str) -> str:
    return "0" * min(4, sum(map(str.isdigit, number)))


@lru_cache(maxsize=1024)
def place_cues(path: tuple[str, ...]) -> tuple[str, ...]:
    """Cues of a block's place: the elements around it, and the words of their classes and ids."""
    found = ["/" + "/".join(step.split(" ", 1)[0] for step in path[-3:])]
    for depth, step in enumerate(reversed(path[-_STEPS:])):
        tag, *names = step.split(" ")
        near = "." if depth < _NEAR else ".."
        if tag not in ("div", "p", "span"):
            found.append(f"{near}<{tag}")
        found += (near + name for name in names)
    return tuple(dict.fromkeys(found))


def _parts(token: str) -> list[str]:
    return _pairs(token) if _CJK.match(token) else [token]


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
        sum([word[0].isupper() for word in words]) / max(1, len(words)),
        len(_DIGIT.findall(text)) / max(1, length),
        float(text[-1:] in '.!?。”"’)'),
        float(block.tag in ("h1", "h2", "h3", "h4", "h5", "h6")),
        float(block.tag == "li"),
        float(block.tag == "tr"),
        len(inside & title) / max(1, len(title)),
        float(page),
    )
