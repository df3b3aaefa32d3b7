"""The second stage's trees, laid out flat: every split of every tree is tried at once. Pure.

scikit-learn walks trees one by one, which suits thousands of rows; a document has some hundred.
Here each split knows which leaves are out of reach where it is not met, as bits, and a row's leaf
is the first that no split has ruled out (Lucchese et al., "QuickScorer", 2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from filterfeed.model.context import Array

_MOST_LEAVES = 63
"""Of one tree: a bit for each, though the last one is never out of reach."""
_ROWS = 1024
"""That are looked at together: each takes 20 kB, and there are pages of a million blocks."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Arrays over (splits, trees); a tree with fewer splits has some that are always met."""

    features: NDArray[np.intp]
    thresholds: Array
    """A split is met by values up to its threshold."""
    lost: NDArray[Any]
    """The leaves, first one in the lowest bit, that are out of reach where it is not met."""
    values: NDArray[np.float64]
    """(labels, trees of one label, leaves)."""
    baseline: NDArray[np.float64]
    """(labels,)."""

    def chances(self, rows: Array) -> Array:
        """(blocks, labels) for (blocks, features): what scikit-learn's `predict_proba` says."""
        parts = [self._chances(rows[at : at + _ROWS]) for at in range(0, len(rows), _ROWS)]
        return np.concatenate(parts)

    def _chances(self, rows: Array) -> Array:
        columns = np.ascontiguousarray(rows.T)
        missed = columns.take(self.features, axis=0) > self.thresholds[:, :, None]
        lost = np.bitwise_or.reduce(missed * self.lost[:, :, None], axis=0)
        leaves = np.bitwise_count(lost & ~(lost + 1))  # as many as are lost before the first
        labels, trees, most = self.values.shape
        starts = np.arange(labels * trees)[:, None] * most
        values = self.values.take(starts + leaves).reshape(labels, trees, -1)
        raised = np.exp(values.sum(axis=1).T + self.baseline)
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def flat(trees: Any) -> Forest:
    """The forest of a fitted HistGradientBoostingClassifier of numbers, none of them missing.

    It has no public way to its splits, hence the bounds on scikit-learn in `pyproject.toml`.
    """
    by_label = list(zip(*trees._predictors, strict=True))
    flats = [_flat(tree.nodes) for own in by_label for tree in own]
    most = max(len(own.values) for own in flats)
    if most > _MOST_LEAVES:
        raise ValueError(f"a tree has {most} leaves; at most {_MOST_LEAVES} can be told apart")
    shape = (most - 1, len(flats))
    features, thresholds = np.zeros(shape, np.intp), np.full(shape, np.inf, np.float32)
    lost, values = (
        np.zeros(shape, np.min_scalar_type(1 << (most - 1))),
        np.zeros((len(flats), most)),
    )
    for number, own in enumerate(flats):
        values[number, : len(own.values)] = own.values
        for row, split in enumerate(own.splits):
            features[row, number], thresholds[row, number], lost[row, number] = split
    shaped = values.reshape(len(by_label), -1, most)
    return Forest(features, thresholds, lost, shaped, trees._baseline_prediction.ravel())


class _Split(NamedTuple):
    feature: int
    threshold: np.float32
    lost: int


class _Tree(NamedTuple):
    splits: list[_Split]
    values: list[float]
    """Of the leaves, from left to right."""


def _flat(nodes: NDArray[Any]) -> _Tree:
    splits: list[_Split] = []
    values: list[float] = []

    def walk(node: Any) -> None:
        if node["is_leaf"]:
            values.append(float(node["value"]))
            return
        before = len(values)
        walk(nodes[node["left"]])
        lost = (1 << len(values)) - (1 << before)
        splits.append(_Split(int(node["feature_idx"]), _rounded(node["num_threshold"]), lost))
        walk(nodes[node["right"]])

    walk(nodes[0])
    return _Tree(splits, values)


def _rounded(threshold: float) -> np.float32:
    """The greatest single that is no greater: to singles it is the same threshold."""
    near = np.float32(threshold)
    return near if near <= threshold else np.nextafter(near, np.float32(-np.inf))
