"""What a page says of its own story to machines: `articleBody` in JSON-LD (schema.org). Pure.

A hint and no more: publishers put teasers there, or the story as it was before its last update.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from filterfeed.shingles import Words, runs, words
from filterfeed.types import Block, Probabilities

# No pattern looks beyond the next "<": a broken page may have thousands that nothing closes.
_START = re.compile(r"<script\b([^<>]*)>", re.IGNORECASE)
_END = re.compile(r"</script", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_STORY = 50
"""Words from which a text can be a story's."""
_RUN = 4
_INSIDE, _OUTSIDE = 0.8, 0.2
"""Shares of a block's runs of words from which, and up to which, the text has it, or has it not."""
_SHIFT = 2.0
"""What the hint adds to the log-odds that a block is the story's, or takes away."""
_SURE = 0.9
"""How likely a block is the story's in which a complete text must have it."""


def article_body(html: str) -> str:
    """The longest `articleBody` in a page's JSON-LD; "" when there is none as long as a story."""
    if '"articleBody"' not in html:
        return ""
    found = (text for script in _scripts(html) for text in _bodies(_parsed(script)))
    longest = max((_TAG.sub(" ", text) for text in found), key=len, default="")
    return longest if len(longest.split()) >= _STORY else ""


def hinted(
    blocks: Sequence[Block], scores: Sequence[Probabilities], text: str
) -> tuple[Probabilities, ...]:
    """`scores` with what the publisher's own `text` of the story says of each block.

    What it has is likelier the story's. What it has not is less likely, if it is complete.
    """
    known = set(runs(words(text), _RUN))
    shares = [_share(words(block.text), known) for block in blocks]
    complete = _is_complete(blocks, scores, shares)
    return tuple(
        _shifted(score, _shift(share, complete))
        for score, share in zip(scores, shares, strict=True)
    )


def _scripts(html: str) -> Iterator[str]:
    """What is in each closed script of JSON-LD."""
    for part in _END.split(html)[:-1]:
        for start in _START.finditer(part):
            if "application/ld+json" in start[1].lower():
                yield part[start.end() :]
                break


def _parsed(script: str) -> Any:
    try:
        return json.loads(script, strict=False)
    except (ValueError, RecursionError):  # broken, as much of what is in pages
        return None


def _bodies(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(body := value.get("articleBody"), str):
            yield body
        value = value.get("@graph")
    if isinstance(value, list):
        for own in value:
            yield from _bodies(own)


def _share(own: Words, known: set[Words]) -> float | None:
    """Of a block's runs of words those that are known; None when it is too short to tell."""
    mine = list(runs(own, _RUN))
    return sum(run in known for run in mine) / len(mine) if mine else None


def _is_complete(
    blocks: Sequence[Block], scores: Sequence[Probabilities], shares: Sequence[float | None]
) -> bool:
    """Whether a text has nearly all of what is surely the story's."""
    sure = [
        (len(block.text), share >= _INSIDE)
        for block, score, share in zip(blocks, scores, shares, strict=True)
        if share is not None and score[0] >= _SURE
    ]
    there = sum(length for length, inside in sure if inside)
    return there > _INSIDE * sum(length for length, _ in sure)


def _shift(share: float | None, complete: bool) -> float:
    if share is None:
        return 0.0
    if share >= _INSIDE:
        return _SHIFT
    return -_SHIFT if complete and share <= _OUTSIDE else 0.0


def _shifted(score: Probabilities, shift: float) -> Probabilities:
    if not shift:
        return score
    odds = math.exp(-shift) * (1 - score[0])
    return rescaled(score, score[0] / max(1e-9, score[0] + odds))


def rescaled(score: Probabilities, article: float) -> Probabilities:
    """With another probability of `article`; those of the others keep their proportions."""
    rest = (1 - article) / max(1e-9, 1 - score[0])
    return (article, score[1] * rest, score[2] * rest, score[3] * rest)
