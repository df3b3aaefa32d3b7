"""What others say of a page's story: its publisher to machines, or another extractor. Pure.

The publisher's is `articleBody` in JSON-LD (schema.org). A hint and no more: there are teasers
there, and stories as they were before their last update.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from filterfeed.shingles import Words, length, runs, words
from filterfeed.types import Block, Probabilities

# No pattern looks beyond the next "<": a broken page may have thousands that nothing closes.
_START = re.compile(r"<script\b([^<>]*)>", re.IGNORECASE)
_END = re.compile(r"</script", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_STORY = 50
"""Words from which a text can be a story's."""
_HEADLINE = "h1"
_RUN = 4
_INSIDE = 0.8
"""Share of a block's runs of words from which the text has it."""
_SURE = 0.9
"""How likely a block is the story's that a complete text must have."""


class Witness(NamedTuple):
    """How far somebody's text of the story is believed."""

    name: str
    raise_by: float
    """What is added to the log-odds that a block is the story's where the text has it."""
    lower_by: float
    """What is taken away where it has it not, and is complete."""
    outside: float
    """Share of a block's runs of words up to which the text has it not."""
    complete: float
    """Share of what is surely the story's that a complete text has."""
    paragraphs: bool
    """Whether each line is a paragraph: then a block of a few words is there, or not, as a line."""


PUBLISHER = Witness("JSON-LD", 2.0, 2.0, outside=0.2, complete=0.8, paragraphs=False)
EXTRACTOR = Witness("trafilatura", 0.0, 3.8, outside=0.4, complete=0.7, paragraphs=True)
"""For pages of which the model knows few words. It keeps advertising that stands in the story, so
what it has says nothing. Chosen on pages of the corpus in other languages than English, by models
that had not learnt from them; by how much it lowers, by the shipped one, which has from some."""


def article_body(html: str) -> str:
    """The longest `articleBody` in a page's JSON-LD; "" when there is none as long as a story."""
    if '"articleBody"' not in html:
        return ""
    found = (text for script in _scripts(html) for text in _bodies(_parsed(script)))
    longest = max((_TAG.sub(" ", text) for text in found), key=len, default="")
    return longest if length(longest) >= _STORY else ""


def hinted(
    blocks: Sequence[Block], scores: Sequence[Probabilities], text: str, witness: Witness
) -> tuple[Probabilities, ...]:
    """`scores` with what somebody's `text` of the story says of each block.

    What it has is likelier the story's. What it has not is less likely, if it is complete; but for
    the headline, which is in no such text.
    """
    known = set(runs(words(text), _RUN))
    lines = {words(line) for line in text.splitlines()} if witness.paragraphs else None
    shares = [
        None if block.tag == _HEADLINE else _share(words(block.text), known, lines)
        for block in blocks
    ]
    complete = _share_of_sure(blocks, scores, shares) > witness.complete
    return tuple(
        _shifted(score, _shift(share, complete, witness))
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


def _share(own: Words, known: set[Words], lines: set[Words] | None) -> float | None:
    """Of a block's runs of words those that are known; None when it is too short to tell.

    Where `lines` are given it is there, or not, as one of them when it is that short.
    """
    if mine := list(runs(own, _RUN)):
        return sum(run in known for run in mine) / len(mine)
    return float(own in lines) if own and lines is not None else None


def _share_of_sure(
    blocks: Sequence[Block], scores: Sequence[Probabilities], shares: Sequence[float | None]
) -> float:
    """How much of what is surely the story's a text has; 0 where nothing is."""
    sure = [
        (len(block.text), share >= _INSIDE)
        for block, score, share in zip(blocks, scores, shares, strict=True)
        if share is not None and score[0] >= _SURE
    ]
    there = sum(size for size, inside in sure if inside)
    return there / max(1, sum(size for size, _ in sure))


def _shift(share: float | None, complete: bool, witness: Witness) -> float:
    if share is None:
        return 0.0
    if share >= _INSIDE:
        return witness.raise_by
    return -witness.lower_by if complete and share <= witness.outside else 0.0


def _shifted(score: Probabilities, shift: float) -> Probabilities:
    if not shift:
        return score
    odds = math.exp(-shift) * (1 - score[0])
    return rescaled(score, score[0] / max(1e-9, score[0] + odds))


def rescaled(score: Probabilities, article: float) -> Probabilities:
    """With another probability of `article`; those of the others keep their proportions."""
    rest = (1 - article) / max(1e-9, 1 - score[0])
    return (article, score[1] * rest, score[2] * rest, score[3] * rest)
