"""Labels of texts that another segmentation cut, for the blocks that ours cuts. Pure.

Texts are matched by their words: whole, or by the shingles (runs of words) that they share.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from filterfeed.segment import key
from filterfeed.segment.sentences import ends, split
from filterfeed.shingles import Words, runs, spaced, words
from filterfeed.types import LABELS, Block

_SHINGLE = 4
_ENOUGH = 0.5
"""Share of a block's shingles that must be in labelled text."""
_INSIDE, _OUTSIDE = 0.8, 0.1
"""Shares from which, and up to which, a block is part of a story's text, and is not."""


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
    known = [set(runs(text, size)) for size in range(1, _SHINGLE + 1)]
    paragraphs = {words(line) for line in story.splitlines()}
    return tuple(_in_story(words(block.text), known, paragraphs) for block in blocks)


def _in_story(own: Words, known: Sequence[set[Words]], paragraphs: set[Words]) -> bool | None:
    if not own:
        return None
    if own in paragraphs:
        return True
    size = min(_SHINGLE, len(own))
    mine = list(runs(own, size))
    share = sum(run in known[size - 1] for run in mine) / len(mine)
    if share <= _OUTSIDE:
        return False
    # A few words prove nothing: they are in many a story by chance.
    return True if share >= _INSIDE and len(own) >= _SHINGLE else None


def _shingles(own: Words) -> Iterator[Words]:
    return runs(own, _SHINGLE)


def is_in(blocks: Sequence[Block], text: str) -> bool:
    """Whether a labelled text is in one of the blocks, be it a part of one; or has one in it."""
    whole = spaced(words(text))
    own = [spaced(words(block.text)) for block in blocks if block.text]
    return any(whole in one for one in own) or any(transfer(blocks, [(text, LABELS[0])]))


def parted(blocks: Sequence[Block], texts: Iterable[str]) -> tuple[Block, ...]:
    """`blocks`, but in two those of which one of `texts` is the start or the end.

    Cut is between sentences only, as `model.glued` does. A text that is a whole block cuts
    no other.
    """
    wanted = {key(text) for text in texts} - {block.key for block in blocks}
    found = [part for block in blocks for part in _parts(block, wanted)]
    return tuple(replace(block, index=number) for number, block in enumerate(found))


def _parts(block: Block, wanted: Set[str]) -> tuple[Block, ...]:
    for place in ends(block) if wanted else ():
        parts = split(block, [place])
        if any(part.key in wanted for part in parts):
            return parts
    return (block,)


def is_label(label: str) -> bool:
    """False for "", and for a corpus's "mixed"."""
    return label in LABELS
