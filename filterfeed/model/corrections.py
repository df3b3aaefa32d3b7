"""What a user's labels add to a model: an offset for blocks that are like the labelled ones. Pure.

A Gaussian process over the blocks' cues, fitted to what the model gets wrong (Rasmussen and
Williams, "Gaussian Processes for Machine Learning", 2006, chapter 3): the posterior mean is a sum
over the labelled blocks, each weighted by its likeness. Where nothing is alike the offset is zero,
so that nothing that the model knows is forgotten.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from filterfeed.model.context import Array, probabilities
from filterfeed.model.features import distinct_cues
from filterfeed.types import LABELS, Block

_SHARPNESS = 1.5
"""Power of the cosine: what is half alike is corrected by a third."""
_VARIANCE = 36.0
"""Of the offset before any label is seen, in squared log-odds: it can turn a sure model round."""
_LEAST = 1e-3
"""A probability to which an offset can still be added."""


@dataclass(frozen=True)
class Corrections:
    cues: dict[str, int]
    """Cue of a labelled block -> its number."""
    rarities: Array
    """(cues,): inverse document frequencies among the user's blocks."""
    entries: Array
    """(entries, 3): cue, labelled block, weight of the cue in the block's unit vector."""
    coefficients: Array
    """(labelled blocks, labels)."""

    def corrected(self, blocks: Sequence[Block], chances: Array) -> Array:
        """(blocks, labels): the model's `chances` with what the labels add."""
        return probabilities(_logs(chances) + _like(self, blocks) @ self.coefficients)

    @cached_property
    def postings(self) -> list[tuple[Any, Array]]:
        """For each cue the labelled blocks that have it, and its weights there."""
        found: list[tuple[list[int], list[float]]] = [([], []) for _ in self.cues]
        for cue, block, weight in self.entries.tolist():
            found[int(cue)][0].append(int(block))
            found[int(cue)][1].append(weight)
        return [(np.array(rows), np.array(weights, np.float32)) for rows, weights in found]

    def parts(self) -> dict[str, Any]:
        """Plain data for a model file."""
        return {
            "cues": "\n".join(self.cues),
            "rarities": self.rarities,
            "entries": self.entries,
            "coefficients": self.coefficients,
        }

    @classmethod
    def of(cls, parts: dict[str, Any]) -> Corrections:
        cues = {cue: number for number, cue in enumerate(parts["cues"].split("\n"))}
        return cls(cues, parts["rarities"], parts["entries"], parts["coefficients"])


@dataclass(frozen=True, slots=True)
class Lesson:
    """Blocks of one document, some of them labelled, and what the model says of them."""

    blocks: Sequence[Block]
    labels: Sequence[int]
    """Numbers of LABELS, or -1."""
    chances: Array
    """(blocks, labels)."""


def learn(lessons: Sequence[Lesson]) -> Corrections:
    """The corrections by which the model agrees with the labels. Deterministic."""
    shown = _distinct(lessons)
    seen = Counter(cue for one in lessons for block in one.blocks for cue in distinct_cues(block))
    total = sum(len(one.blocks) for one in lessons)
    names = dict.fromkeys(cue for block, _, _ in shown for cue in distinct_cues(block))
    cues = {cue: number for number, cue in enumerate(names)}
    rarities = np.array([math.log((total + 1) / seen[cue]) for cue in cues], dtype=np.float32)
    entries = [
        (cue, number, weight)
        for number, (block, _, _) in enumerate(shown)
        for cue, weight in _unit(block, cues, rarities)
    ]
    empty = np.zeros((len(shown), len(LABELS)), dtype=np.float32)
    bare = Corrections(cues, rarities, np.array(entries, dtype=np.float32), empty)
    likeness = _like(bare, [block for block, _, _ in shown])
    labels = np.array([label for _, label, _ in shown])
    before = _logs(np.array([chances for _, _, chances in shown], dtype=np.float32))
    coefficients = _coefficients(likeness, labels, before)
    return Corrections(cues, rarities, bare.entries, coefficients)


def _distinct(lessons: Sequence[Lesson]) -> list[tuple[Block, int, Array]]:
    """Each labelled block once: a disclaimer that recurs is one lesson."""
    found: dict[tuple[str, tuple[str, ...], int], tuple[Block, int, Array]] = {}
    for one in lessons:
        for block, label, chances in zip(one.blocks, one.labels, one.chances, strict=True):
            if label >= 0 and block.text:
                found.setdefault((block.key, block.path[-2:], label), (block, label, chances))
    return list(found.values())


def _unit(block: Block, cues: dict[str, int], rarities: Array) -> list[tuple[int, float]]:
    """The block's cues that are known, with their weights in its vector of length 1."""
    own = distinct_cues(block)
    known = [cues[cue] for cue in own if cue in cues]
    weights = rarities[known]
    # What no labelled block has is as rare as can be.
    strange = (len(own) - len(known)) * float(rarities.max(initial=0.0)) ** 2
    length = math.sqrt(float((weights**2).sum()) + strange)
    return [(cue, float(weight) / length) for cue, weight in zip(known, weights, strict=True)]


def _like(known: Corrections, blocks: Sequence[Block]) -> Array:
    """How alike blocks are to the labelled ones: (blocks, labelled blocks), 0 to 1."""
    out = np.zeros((len(blocks), len(known.coefficients)), dtype=np.float32)
    for number, block in enumerate(blocks):
        for cue, weight in _unit(block, known.cues, known.rarities):
            rows, weights = known.postings[cue]
            out[number, rows] += weight * weights
    return np.asarray(out**_SHARPNESS, dtype=np.float32)


def _logs(chances: Array) -> Array:
    return np.asarray(np.log(np.clip(chances, _LEAST, 1)), dtype=np.float32)


def _coefficients(likeness: Array, labels: NDArray[np.int64], before: Array) -> Array:
    """Of the posterior mode: log-loss of the labels plus the process's prior, minimised."""
    shape = before.shape
    truth = np.zeros(shape)
    truth[np.arange(len(labels)), labels] = 1

    def loss(flat: Any) -> tuple[float, Any]:
        own = flat.reshape(shape)
        offsets = likeness @ own
        scores = before + offsets
        scores = scores - scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        value = -(truth * logs).sum() + (own * offsets).sum() / (2 * _VARIANCE)
        slope = likeness.T @ (np.exp(logs) - truth) + offsets / _VARIANCE
        return float(value), slope.ravel()

    found = minimize(loss, np.zeros(before.size), jac=True, method="L-BFGS-B")
    return np.asarray(found.x.reshape(shape), dtype=np.float32)
