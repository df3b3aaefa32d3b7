"""Blocks that are story and something else glued together, cut in two between sentences.

A pitch or a disclosure stands at the start or at the end of such a block, and the rest reads as
story. To find one, the words of sentences are weighed by the first stage; only in blocks whose
first or last words speak against a story, one in sixty. The second stage decides: it sees the two
parts by themselves, since amidst a story all looks like story, and then among their neighbours.

The thresholds are for stories first. They were chosen on the labelled documents, by models that did
not know the publishers, and fitted to the shipped one's weights. `python -m benchmarks.glued`
measures a new model.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain, islice, repeat
from operator import add
from typing import NamedTuple, TypeVar

from filterfeed.model import Model, cue_scale
from filterfeed.model.features import tokens
from filterfeed.segment.sentences import ends, split, texts
from filterfeed.types import Block, Probabilities

_TAGS = frozenset(["p", "li", "dd"])
"""Of blocks that are cut: no rows of tables, no headings, no captions."""
_SHORTEST = 60
"""Characters of a block that is cut."""
_MORE = re.compile(r"[.!?…»>|。！？][\"'”’)\]]*\s*[^\W_a-z]")
"""What there is in a text of several sentences."""

# By words alone: weights are log-odds against the story.
_EDGE = 20
"""Words at the start, and at the end, by which a block is noticed."""
_HINT = 10.0
"""What the ones must weigh more than the others."""
_CONTRAST = 0.7
"""How much of the others' weight counts against the ones'."""
_STRANGE = 5.0
"""Least weight of a part that is not the story's."""
_STORY = 2.0
"""Greatest weight of the story's part."""
_LEFT = 20
"""Cues that the story's part must have: those of some eight words."""
_BORDER = 10
"""Words of the strange part that are next to the story: where the end of a sentence went unseen,
they are the story's."""
_BORDERING = 0.45
"""Their least weight, in the mean."""
_FOREIGN = 7.0
"""Least weight of the strange part's words that the story has nowhere."""

# By the second stage: probabilities of not being the story's.
_SURE, _SURE_IF_DOUBTFUL = 0.93, 0.9
"""Of the strange part, when there is nothing but the two; less is enough of a block that may
go as a whole: then a cut keeps words of the story, rather than takes some away."""
_LIKELY = 0.6
"""Of the same among its neighbours."""
_AROUND = 20
"""Blocks before and after that are its neighbours: in a long document not all need be looked at."""
_DOUBT, _DOUBT_IF_DOUBTFUL = 0.2, 0.4
"""Of the story's part in either case, at most."""
_DOUBTFUL = 0.7
"""Probability of being the story's below which a whole block may go."""

_T = TypeVar("_T")


class _Cut(NamedTuple):
    """A block that may be glued, in two."""

    story: Block
    strange: Block
    """What is not the story's; `part` says whether it stands first."""

    def in_order(self, pair: Sequence[_T]) -> Sequence[_T]:
        """What is known of the two, story first, as they stand; or the other way round."""
        return pair if self.strange.part == 2 else pair[::-1]

    def holds(self, pair: Sequence[Probabilities], sure: float, doubt: float) -> bool:
        """Whether by their probabilities, story first, the parts are what they are taken for."""
        story, strange = pair
        return 1 - strange[0] >= sure and 1 - story[0] <= doubt


def score(
    model: Model, blocks: Sequence[Block], as_: str, title: str = ""
) -> tuple[tuple[Block, ...], tuple[Probabilities, ...]]:
    """As `Model.score`, but with its two parts in place of each block that surely is glued."""
    cuts = dict(_cuts(model, blocks))
    if not cuts:
        return tuple(blocks), model.score(blocks, as_, title)
    whole = model.score(blocks, as_, title)
    found, scores = list(blocks), list(whole)
    told: Counter[str] = Counter()
    for number, cut in reversed(cuts.items()):
        # Without their places, which are one: amidst a story all looks like story. And what is no
        # story mostly follows one: so the parts are judged, whichever stands first.
        alone = model.score(cut, "body", title)
        is_doubtful = whole[number][0] < _DOUBTFUL
        enough = (_SURE_IF_DOUBTFUL, _DOUBT_IF_DOUBTFUL) if is_doubtful else (_SURE, _DOUBT)
        if not cut.holds(alone, *enough):
            continue
        told = told or _told(blocks, whole)
        own = _told(blocks[number : number + 1], whole[number : number + 1])
        if not _is_foreign(model, cut, told, own):
            continue
        first = min(number, _AROUND)
        around = model.score(_around(blocks, number, cut), as_, title)
        if cut.holds(cut.in_order(around[first : first + 2]), _LIKELY, _DOUBT):
            found[number : number + 1] = cut.in_order(cut)
            scores[number : number + 1] = cut.in_order(alone)
    return tuple(_renumbered(found)), tuple(scores)


def _renumbered(blocks: Sequence[Block]) -> Iterator[Block]:
    for number, block in enumerate(blocks):
        yield block if block.index == number else replace(block, index=number)


def _around(blocks: Sequence[Block], number: int, cut: _Cut) -> list[Block]:
    """The parts of a block between those that stand around it."""
    before = blocks[max(0, number - _AROUND) : number]
    return [*before, *cut.in_order(cut), *blocks[number + 1 : number + 1 + _AROUND]]


def _told(blocks: Sequence[Block], scores: Sequence[Probabilities]) -> Counter[str]:
    """In how many of the blocks that may be the story's each word is."""
    pairs = zip(blocks, scores, strict=True)
    story = (block for block, score in pairs if score[0] > _DOUBT)
    return Counter(word for block in story for word in set(tokens(block.text)))


def _is_foreign(model: Model, cut: _Cut, told: Counter[str], own: Counter[str]) -> bool:
    """Whether a part speaks of what the story does not: there are stories about newsletters.

    `told` is of the whole story, `own` of the block that is cut.
    """
    strange = set(tokens(cut.strange.text)) - set(tokens(cut.story.text))
    words = [word for word in strange if told[word] == own[word]]
    return sum(max(0.0, model.leads.get(word, 0.0)) for word in words) >= _FOREIGN


def _cuts(model: Model, blocks: Sequence[Block]) -> Iterator[tuple[int, _Cut]]:
    """The numbers of blocks that are glued by their words alone, and where."""
    noticed = [number for number, block in enumerate(blocks) if _is_noticed(model, block)]
    if not noticed:
        return
    places = [ends(blocks[number]) for number in noticed]
    sentences = [texts(blocks[number], own) for number, own in zip(noticed, places, strict=True)]
    weighed = iter(_weighed(model, list(chain.from_iterable(sentences))))
    for number, cuttable, own in zip(noticed, places, sentences, strict=True):
        choices = list(_choices(model, own, list(islice(weighed, len(own)))))
        if choices:
            _, best, first = max(choices)
            yield number, _cut(blocks[number], cuttable[best], first)


def _cut(block: Block, place: int, strange_first: bool) -> _Cut:
    one, other = split(block, (place,))
    one, other = replace(one, part=1), replace(other, part=2)
    return _Cut(other, one) if strange_first else _Cut(one, other)


def _is_noticed(model: Model, block: Block) -> bool:
    text = block.text
    if len(text) < _SHORTEST or block.tag not in _TAGS or not _MORE.search(text):
        return False
    words = tokens(text)
    first, last = _weight(model, words[:_EDGE]), _weight(model, words[-_EDGE:])
    return max(first, last) - _CONTRAST * min(first, last) >= _HINT


def _choices(
    model: Model, sentences: Sequence[str], own: Sequence[_Weighed]
) -> Iterator[tuple[float, int, bool]]:
    """Each cut that may be one: how good it is, its number, whether the story follows it.

    `own` says what each of the sentences weighs.
    """
    heads = list(accumulate(own, _Weighed.joined))
    tails = list(accumulate(reversed(own), _Weighed.joined))[::-1]
    for number, (head, tail) in enumerate(zip(heads, tails[1:], strict=False)):
        for strange, story, first in ((head, tail, True), (tail, head, False)):
            if story.cues >= _LEFT and strange.odds >= _STRANGE and story.odds <= _STORY:
                sentence = tokens(sentences[number if first else number + 1])
                border = sentence[-_BORDER:] if first else sentence[:_BORDER]
                if _weight(model, border) >= _BORDERING * len(border):
                    yield strange.odds - _CONTRAST * story.odds, number, first


def _weight(model: Model, words: Sequence[str]) -> float:
    """Of words by themselves, in log-odds against the story."""
    return sum(map(model.leads.get, words, repeat(0.0)))


class _Weighed(NamedTuple):
    """What the words of a text weigh."""

    weights: tuple[float, ...]
    """The first stage's, by label, summed."""
    cues: int

    def joined(self, other: _Weighed) -> _Weighed:
        weights = tuple(map(add, self.weights, other.weights))
        return _Weighed(weights, self.cues + other.cues)

    @property
    def odds(self) -> float:
        """Log-odds against the story."""
        article, *others, story = self.weights
        return cue_scale(self.cues) * (max(others) - article - story)


def _weighed(model: Model, sentences: Sequence[str]) -> list[_Weighed]:
    """Each sentence as a paragraph by itself."""
    sums, counts = model.weighed([tokens(text) for text in sentences], ["p"] * len(sentences))
    return list(map(_Weighed, map(tuple, sums.tolist()), counts.tolist()))
