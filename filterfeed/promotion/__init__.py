"""Items that are nothing but an advertisement, decided from all that they show. Pure.

No single sign is enough, since a wrong one costs a whole story. What its publisher calls the item
(`markers`), how thick the phrases that sell are in its text (`pitch`) and what the model says of
its blocks have to agree. The model alone cannot tell: it takes short summaries and lists of links
for advertising, and a well-written advertisement for a story.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from filterfeed.promotion.markers import Marker, marks_of
from filterfeed.promotion.pitch import addressing, selling
from filterfeed.shingles import length
from filterfeed.types import Item, Verdict

__all__ = ["Promotion", "recognised"]

_FEW, _ENOUGH = 20, 40
"""Words below which nothing is sure, of a marked text and of one that nothing marks: a summary of
a line or two has no telling style."""
_NO_STORY, _DOUBTFUL, _SO_SO = 0.3, 0.5, 0.8
"""Mean probability of `article` up to which the model finds no story in a text, doubts that it is
one, and is not convinced of it."""
_RECURS = 2
"""Other stories in which a block is seen whose words are not this item's own."""
_RELEASE = re.compile(r"[A-Z][\w .,'’-]{2,60}[/(]\s?[A-Z][\w ]{2,30}[/)]\s*[-–—]")
"""The dateline of a press release, which is a story though somebody has paid for it."""
_EPISODE = re.compile(
    r"\b(?:podcasts?|(?:this|today['’]s) episode|diese(?:r|n)? folge|ep\. ?\d+)\b", re.IGNORECASE
)
"""Notes of a podcast name its sponsors, and are not theirs."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """Why an item is taken for an advertisement as a whole."""

    reason: str
    sure: bool
    """False: only its publisher's word says so; its text may as well be a story."""


@dataclass(frozen=True, slots=True)
class _Pitch:
    """What a text needs at least to be called one; stories have one of these, not all."""

    phrases: int
    kinds: int
    phrases_in_100: float
    addressing_in_100: float = 0.0


# Of 2,950 real items and stories that nothing marks, 25 reach the first, and of these two the
# second, which are advertisements; none reaches the third. 28 real paid posts that read like
# stories have no more than half of what the first asks for.
_IF_PLAIN = _Pitch(phrases=2, kinds=1, phrases_in_100=1.4, addressing_in_100=1.5)
_IF_MARKED = _Pitch(phrases=3, kinds=2, phrases_in_100=4)
_IF_UNMARKED = _Pitch(phrases=4, kinds=3, phrases_in_100=6)


def recognised(
    item: Item, verdicts: Sequence[Verdict], recurrence: Mapping[str, int]
) -> Promotion | None:
    """What says that `item`, whose text is in `verdicts`, is an advertisement; None if it is not.

    `recurrence` says in how many other stories of the same publisher a block's key was seen.
    """
    found = marks_of(item, [verdict.block.text for verdict in verdicts if verdict.block.text])
    if not found:
        return _unmarked(_Text(item.title, verdicts, recurrence))
    first = max(found, key=lambda marker: marker.plain)
    # Advertisements come again under other titles, and stay what they are.
    return _marked(first, _Text(item.title, verdicts, {} if first.plain else recurrence))


def _marked(first: Marker, text: _Text) -> Promotion | None:
    said, plain = f"{first.where} says {first.words!r}", first.plain
    if text.words >= _FEW and not text.only_seems_so:
        trusted = plain or text.article <= _SO_SO
        if (trusted and text.has(_IF_MARKED)) or (plain and text.has(_IF_PLAIN)):
            return Promotion(f"{said}; {text.said}", True)
        if plain and text.article <= _NO_STORY:
            return Promotion(f"{said}; the model finds no story", True)
    return Promotion(f"{said}; the text does not", False) if plain else None


def _unmarked(text: _Text) -> Promotion | None:
    """The title has to sell, too: a story's may stand over nothing but its publisher's offers."""
    if text.article > _DOUBTFUL or text.words < _ENOUGH or not selling(text.title):
        return None
    least = _IF_MARKED if text.article <= _NO_STORY else _IF_UNMARKED
    if text.only_seems_so or not text.has(least):
        return None
    return Promotion(f"the title sells; {text.said}", True)


class _Text:
    """An item's own words: without furniture and what its publisher appends to others, too."""

    def __init__(
        self, title: str, verdicts: Sequence[Verdict], recurrence: Mapping[str, int]
    ) -> None:
        self.title = title
        self._own = [
            verdict
            for verdict in verdicts
            if verdict.block.text
            and verdict.label not in ("legal", "chrome")
            and recurrence.get(verdict.block.key, 0) < _RECURS
        ]
        self._texts = [verdict.block.text for verdict in self._own]

    @cached_property
    def words(self) -> int:
        return sum(map(length, self._texts))

    @cached_property
    def article(self) -> float:
        """The mean probability, by length, that it is a story."""
        total = sum(map(len, self._texts))
        pairs = zip(self._own, self._texts, strict=True)
        return sum(own.probabilities[0] * len(text) for own, text in pairs) / max(1, total)

    @cached_property
    def _phrases(self) -> Counter[str]:
        return sum(map(selling, self._texts), Counter[str]())

    def has(self, least: _Pitch) -> bool:
        count, hundreds = self._phrases.total(), self.words / 100
        return (
            count >= max(least.phrases, least.phrases_in_100 * hundreds)
            and len(self._phrases) >= least.kinds
            and sum(map(addressing, self._texts)) >= least.addressing_in_100 * hundreds
        )

    @property
    def said(self) -> str:
        return f"{self._phrases.total()} phrases that sell in {self.words} words"

    @property
    def only_seems_so(self) -> bool:
        """Whether it is a press release, or the notes of a podcast."""
        return any(_EPISODE.search(text) for text in (self.title, *self._texts)) or any(
            _RELEASE.match(text) for text in self._texts[:4]
        )
