"""The cues of many blocks at once: what `features` says of each, as rows of weights.

Words are numbers here, and so are pairs and edges: their kind, their words and the text that they
are of, side by side in the bits of one integer. A sort then finds what a text has twice, and one
search all that the model knows. Cue by cue, as strings, that takes several times as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, count, repeat
from typing import NamedTuple

import numpy as np

from filterfeed.model.context import Integers

Words = Sequence[str]
_TEXT_BITS, _WORD_BITS = 10, 25
"""Enough for the words of any model, and for all that so many texts have besides."""
MOST_TEXTS = 1 << _TEXT_BITS
"""That can be read together."""
_ANYWHERE, _START, _END, _FIRST, _NAME = range(5)
"""Kinds of cues: a word or pair in a text, the text's first two, its last two, its first one; and
what is known by its name only."""
_MARKS = (0, 1, 1, 2)
"""How many characters before its words say of which kind a cue is."""
_NO_WORD = 0
"""The number of "", in place of a second word where there is only one."""
_UNKNOWN = -1


class Read(NamedTuple):
    """The cues of some texts or places."""

    rows: Integers
    """Of weights: those of the cues that are known, in no order."""
    owners: Integers
    """The number of the text or place that each is of."""
    counts: Integers
    """Of each text or place: how many cues it has, known or not."""


class Lexicon:
    """The cues of a vocabulary, which has a row of weights for each."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        kinds = list(map(_kind, vocabulary))
        pairs = zip(vocabulary.items(), kinds, strict=True)
        self._names = {cue: row for (cue, row), kind in pairs if kind == _NAME}
        cues = zip(vocabulary, kinds, strict=True)
        words = _in_two([cue[_MARKS[kind] :] for cue, kind in cues if kind != _NAME])
        self._numbers = dict(zip(dict.fromkeys(["", *words]), count(), strict=False))
        numbers = np.array(list(map(self._numbers.__getitem__, words)), np.int64)
        kind, row = np.array(kinds, np.int64), np.fromiter(vocabulary.values(), np.int64)
        codes = _joined(kind[kind != _NAME], numbers[::2], numbers[1::2])
        order = np.argsort(codes)
        # The last one is found by what is greater than all that is known.
        self._codes = np.append(codes[order], np.iinfo(np.int64).max)
        self._rows = row[kind != _NAME][order]

    def names(self, cues: Sequence[Sequence[str]]) -> Read:
        """The `form_cues` of texts or the `place_cues` of places."""
        counts = np.fromiter(map(len, cues), np.int64, len(cues))
        found = map(self._names.get, chain.from_iterable(cues), repeat(_UNKNOWN))
        rows = np.fromiter(found, np.int64, int(counts.sum()))
        known = rows != _UNKNOWN
        return Read(rows[known], np.arange(len(cues)).repeat(counts)[known], counts)

    def words(self, texts: Sequence[Words]) -> Read:
        """The `word_cues` of at most MOST_TEXTS texts, each given as its `tokens`."""
        coded = self._coded(texts)
        coded.sort()
        is_new = np.ones(len(coded), bool)
        np.not_equal(coded[1:], coded[:-1], out=is_new[1:])
        distinct = coded[is_new]
        codes, owners = distinct >> _TEXT_BITS, distinct & (MOST_TEXTS - 1)
        places = self._codes.searchsorted(codes)
        known = self._codes[places] == codes
        counts = np.bincount(owners, minlength=len(texts))
        return Read(self._rows[places[known]], owners[known], counts)

    def _coded(self, texts: Sequence[Words]) -> Integers:
        """All cues of all texts, some of them twice; in its lowest bits each has its text."""
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        owners = np.arange(len(texts)).repeat(lengths)
        words = self._numbered(list(chain.from_iterable(texts)))
        paired = np.flatnonzero(owners[1:] == owners[:-1])
        worded = np.flatnonzero(lengths)
        last = lengths.cumsum()[worded] - 1
        first = last - lengths[worded] + 1
        # The edges of a single word are that word.
        second = np.where(first < last, words[np.minimum(first + 1, last)], _NO_WORD)
        last_one = words[np.maximum(last - 1, first)]
        last_other = np.where(first < last, words[last], _NO_WORD)
        parts = (
            (_ANYWHERE, words, _NO_WORD, owners),
            (_ANYWHERE, words[paired], words[paired + 1], owners[paired]),
            (_START, words[first], second, worded),
            (_END, last_one, last_other, worded),
            (_FIRST, words[first], _NO_WORD, worded),
        )
        return np.concatenate(
            [_joined(kind, one, other) << _TEXT_BITS | owner for kind, one, other, owner in parts]
        )

    def _numbered(self, words: Sequence[str]) -> Integers:
        """The words' numbers; those that no cue has get some, too, to be told apart."""
        found = map(self._numbers.get, words, repeat(_NO_WORD))
        numbers = np.fromiter(found, np.int64, len(words))
        unknown = np.flatnonzero(numbers == _NO_WORD)
        strange = list(map(words.__getitem__, unknown.tolist()))
        own = dict(zip(dict.fromkeys(strange), count(len(self._numbers)), strict=False))
        numbers[unknown] = list(map(own.__getitem__, strange))
        return numbers


def _joined(kind: Integers | int, one: Integers, other: Integers | int) -> Integers:
    """The codes of cues."""
    return (kind << _WORD_BITS | one) << _WORD_BITS | other


def _kind(cue: str) -> int:
    """Of a cue as `features` names it."""
    mark = cue[:1]
    if mark in "=#</.":
        return _NAME
    if mark == "^":
        return _FIRST if cue[1:2] == "^" else _START
    # Else it is a word, or a pair with it: "$ 0".
    return _END if mark == "$" and cue[1:2].strip() else _ANYWHERE


def _in_two(cues: Sequence[str]) -> list[str]:
    """First and second word of each in turn, "" where there is no second one."""
    return " ".join([cue if " " in cue else f"{cue} " for cue in cues]).split(" ") if cues else []
