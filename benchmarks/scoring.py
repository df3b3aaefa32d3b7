"""How much of a gold text an extracted text has, and how much else.

By the measure of the public article extraction benchmark of Zyte (Scrapinghub): runs of four words
("shingles"), counted with their repetitions; each page weighs the same; F1 is that of the mean
precision and the mean recall. Words are lower-case here, and characters in scripts without spaces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

from filterfeed.shingles import words

_SHINGLE = 4


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 1; of one page, or the means of many."""

    precision: float
    recall: float
    f1: float


def by_shingles(text: str, gold: str) -> Score:
    """By runs of four words (whole texts that are shorter)."""
    return _score(_shingles(text), _shingles(gold))


def by_words(text: str, gold: str) -> Score:
    """By single words, wherever they stand."""
    return _score(words(text), words(gold))


def overall(scores: Sequence[Score]) -> Score:
    """Mean precision (of pages with any text), mean recall, and the F1 of these two."""
    precision = mean([own.precision for own in scores if own.precision >= 0] or [0.0])
    recall = mean([own.recall for own in scores] or [0.0])
    return Score(precision, recall, _f1(precision, recall))


def _score(found: Iterable[Hashable], gold: Iterable[Hashable]) -> Score:
    mine, wanted = Counter(found), Counter(gold)
    common = (mine & wanted).total()
    # Of a page without any text there is no precision: overall() leaves it out.
    precision = common / mine.total() if mine else -1.0
    recall = common / wanted.total() if wanted else 1.0
    return Score(precision, recall, _f1(max(0.0, precision), recall))


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _shingles(text: str) -> list[tuple[str, ...]]:
    own = words(text)
    last = max(1, len(own) - _SHINGLE + 1)
    return [own[start : start + _SHINGLE] for start in range(last) if own]
