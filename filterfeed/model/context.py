"""What the second stage sees of a block: its own scores, its neighbours' and its document's.

All arrays have a row for each block of one document, in reading order. Pure.
Changing anything here needs retraining.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from filterfeed.types import LABELS, Block

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]
_K = len(LABELS)
_NEIGHBOURS = (-3, -2, -1, 1, 2, 3)
_WINDOWS = (5, 15)
_STORY_WINDOWS = (6,)
_WEIGHT_CAP = 400
"""Characters beyond which a longer block weighs no more in a mean."""
_CONVINCING = 120
"""Characters from which a block can be convincing as the story's."""


def probabilities(scores: Array) -> Array:
    """Softmax of each row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def logit(chances: Array) -> Array:
    """Log-odds."""
    sure = np.clip(chances, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(sure / (1 - sure)))


def chances_and_story(scores: Array) -> tuple[Array, Array]:
    """(blocks, labels) and (blocks, 1): the first stage's scores as probabilities."""
    story = np.asarray(1 / (1 + np.exp(-scores[:, _K:])), dtype=np.float32)
    return probabilities(scores[:, :_K]), story


def weights_of(blocks: Sequence[Block]) -> Array:
    """What each block weighs in a mean: its characters, as far as they count."""
    lengths = np.array([len(block.text) for block in blocks], dtype=np.float32)
    return np.asarray(np.minimum(lengths, _WEIGHT_CAP))


def context(blocks: Sequence[Block], scores: Array, measures: Array) -> Array:
    """(blocks, features): `scores` are the first stage's (blocks, labels and story)."""
    chances, story = chances_and_story(scores)
    weights = weights_of(blocks)
    weighted = chances * weights[:, None]
    columns = [
        scores,
        chances,
        measures,
        *_neighbours(chances),
        *_neighbours(story),
        *windows(weighted, weights, _WINDOWS),
        *windows(story * weights[:, None], weights, _STORY_WINDOWS),
        *_document(weighted, weights),
        *_story_around(chances, weights),
        *_shape_around(blocks, weights),
        _same_place(blocks, weighted, weights),
    ]
    return np.concatenate(columns, axis=1, dtype=np.float32)


def _neighbours(chances: Array) -> list[Array]:
    reach = max(_NEIGHBOURS)
    edge = np.zeros((reach, chances.shape[1]), dtype=chances.dtype)
    padded = np.concatenate([edge, chances, edge])
    return [padded[reach + step : reach + step + len(chances)] for step in _NEIGHBOURS]


def windows(weighted: Array, weights: Array, reaches: Sequence[int]) -> list[Array]:
    """Mean chances over the blocks within some steps."""
    sums = np.zeros((len(weighted) + 1, weighted.shape[1]), dtype=weighted.dtype)
    np.cumsum(weighted, axis=0, out=sums[1:])
    totals = np.concatenate([[0.0], np.cumsum(weights)])
    here = np.arange(len(weights))
    means = []
    for reach in reaches:
        low, high = np.maximum(0, here - reach), np.minimum(len(here), here + reach + 1)
        means.append((sums[high] - sums[low]) / np.maximum(1, totals[high] - totals[low])[:, None])
    return means


def _document(weighted: Array, weights: Array) -> list[Array]:
    """The document's mean chances, its size, and the share of its story that is before a block."""
    rows = len(weights)
    mean = weighted.sum(axis=0, keepdims=True) / max(1.0, float(weights.sum()))
    story = weighted[:, 0]
    before = (np.cumsum(story) - story) / max(1e-6, float(story.sum()))
    size = np.full((rows, 1), min(rows, 100) / 100)
    return [np.repeat(mean, rows, axis=0), before[:, None], size]


def _story_around(chances: Array, weights: Array) -> list[Array]:
    """The most convincing story block up to here, and from here on."""
    convincing = chances[:, 0] * np.minimum(1, weights / _CONVINCING)
    before = np.maximum.accumulate(convincing)
    after = np.maximum.accumulate(convincing[::-1])[::-1]
    return [before[:, None], after[:, None]]


def _shape_around(blocks: Sequence[Block], weights: Array) -> list[Array]:
    """Lengths of the blocks beside, and whether they stand in the same element."""
    lengths = np.concatenate([[0.0], np.log1p(weights) / 6, [0.0]])
    same = [a.path == b.path and a.tag == b.tag for a, b in pairwise(blocks)]
    joined = np.array([0.0, *same, 0.0])
    return [lengths[:-2, None], lengths[2:, None], joined[:-1, None], joined[1:, None]]


def _same_place(blocks: Sequence[Block], weighted: Array, weights: Array) -> Array:
    """Mean chances of the blocks at the same kind of place, and how many they are."""
    places: dict[tuple[str, ...], int] = {}
    own = [places.setdefault(b.path[-3:] or (b.tag,), len(places)) for b in blocks]
    out = np.zeros((len(places), _K + 1), dtype=np.float32)
    np.add.at(out[:, :_K], own, weighted)
    out[:, :_K] /= np.maximum(1, np.bincount(own, weights))[:, None]
    out[:, _K] = np.minimum(np.bincount(own), 20) / 20
    return out[own]
