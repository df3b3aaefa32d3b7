"""Labels of texts that another segmentation cut, for the blocks that ours cuts. Pure.

Texts are matched by their words: whole, or by the shingles (runs of words) that they share, as in
Broder, "On the resemblance and containment of documents" (1997).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from filterfeed.types import LABELS, Block

_WORD = re.compile(r"\w+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SHINGLE = 4
_ENOUGH = 0.5
"""Share of a block's shingles that must be in labelled text."""
_INSIDE, _OUTSIDE = 0.8, 0.1
"""Shares from which, and up to which, a block is part of a story's text, and is not."""

Words = tuple[str, ...]


def words(text: str) -> Words:
    """Lower-case words; scripts without spaces a character each."""
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        found.extend(word) if _CJK.search(word) else found.append(word)
    return tuple(found)


def transfer(blocks: Sequence[Block], gold: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The label of each block by labelled texts, "" where these do not tell."""
    whole: dict[Words, Counter[str]] = defaultdict(Counter)
    shingled: dict[Words, Counter[str]] = defaultdict(Counter)
    for text, label in gold:
        own = words(text)
        whole[own][label] += 1
        for shingle in _shingles(own):
            shingled[shingle][label] += 1
    return tuple(_label(words(block.text), whole, shingled) for block in blocks)


def _label(
    own: Words, whole: dict[Words, Counter[str]], shingled: dict[Words, Counter[str]]
) -> str:
    if own in whole:
        return whole[own].most_common(1)[0][0]
    found = [shingled[shingle] for shingle in _shingles(own) if shingle in shingled]
    if not found or len(found) < _ENOUGH * (len(own) - _SHINGLE + 1):
        return ""
    return sum(found, Counter[str]()).most_common(1)[0][0]


def in_story(blocks: Sequence[Block], story: str) -> tuple[bool | None, ...]:
    """Whether each block is part of the text of a story; None where that is unclear."""
    text = words(story)
    runs = [set(_runs(text, size)) for size in range(1, _SHINGLE + 1)]
    paragraphs = {words(line) for line in story.splitlines()}
    return tuple(_in_story(words(block.text), runs, paragraphs) for block in blocks)


def _in_story(own: Words, runs: Sequence[set[Words]], paragraphs: set[Words]) -> bool | None:
    if not own:
        return None
    if own in paragraphs:
        return True
    size = min(_SHINGLE, len(own))
    mine = list(_runs(own, size))
    share = sum(run in runs[size - 1] for run in mine) / len(mine)
    if share <= _OUTSIDE:
        return False
    # A few words prove nothing: they are in many a story by chance.
    return True if share >= _INSIDE and len(own) >= _SHINGLE else None


def _shingles(own: Words) -> Iterator[Words]:
    return _runs(own, _SHINGLE)


def _runs(own: Words, size: int) -> Iterator[Words]:
    return (own[start : start + size] for start in range(len(own) - size + 1))


def is_label(label: str) -> bool:
    """False for "", and for a corpus's "mixed"."""
    return label in LABELS
