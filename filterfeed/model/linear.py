"""The first stage: logistic regression over the cues and measures of single blocks."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from filterfeed.errors import SourceError
from filterfeed.model import cue_scale
from filterfeed.model.context import Array
from filterfeed.model.features import distinct_cues
from filterfeed.model.measures import measures
from filterfeed.types import Block

_HEAVIEST = 40_000
"""Cues that a linear model keeps: five times as many are no better, and slower to look up."""
_ROUNDS = 50


Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks of one document, with the number of each one's label in LABELS, or -1.

    Of a weak document 0 says that a block is the story's, 1 that it is anything else.
    """

    group: str
    """Documents of one group (a publisher) are never on both sides of a fold."""
    page: bool
    title: str
    blocks: tuple[Block, ...]
    labels: tuple[int, ...]


class Numbering:
    """Numbers for cues, in the order in which they are met; blocks that recur are read once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._read: dict[tuple[str, str, tuple[str, ...]], Numbers] = {}

    def cues(self, block: Block) -> Numbers:
        own = (block.text, block.tag, block.path)
        if own not in self._read:
            numbers = self._numbers
            found = [numbers.setdefault(cue, len(numbers)) for cue in distinct_cues(block)]
            self._read[own] = np.array(found, dtype=np.int32)
        return self._read[own]

    def names(self, numbers: Sequence[int]) -> list[str]:
        """The cues that have these numbers."""
        names = list(self._numbers)
        return [names[number] for number in numbers]


class Rows:
    """A document in numbers."""

    def __init__(self, document: Document, numbering: Numbering) -> None:
        self.group, self.page, self.blocks = document.group, document.page, document.blocks
        self.labels = np.array(document.labels, dtype=np.int64)
        self.labelled = np.flatnonzero(self.labels >= 0)
        cues = [numbering.cues(block) for block in document.blocks]
        self.cues = np.concatenate(cues)
        self.counts = np.array([len(own) for own in cues], dtype=np.int64)
        self.measures = measures(document.blocks, document.page, document.title)

    def of_labelled(self) -> Numbers:
        """The cues of the labelled blocks."""
        return self.cues[np.repeat(self.labels >= 0, self.counts)]


@dataclass(frozen=True, slots=True)
class Linear:
    kept: NDArray[np.int64]
    """Numbers of the cues that count, in the order of the columns."""
    estimator: Any

    @classmethod
    def fit(
        cls, documents: Sequence[Rows], *, min_seen: int, strength: float, names: Sequence[str]
    ) -> Linear:
        """Of the labelled blocks. Cues that occur in fewer than `min_seen` of them do not count;
        `strength` is the inverse one of the regularisation, `names` are those of the labels.

        Raises SourceError when no block has one of these labels.
        """
        seen = np.bincount(np.concatenate([own.of_labelled() for own in documents]))
        kept = np.flatnonzero(seen >= min_seen)
        table = sparse.vstack([_table(kept, own)[own.labelled] for own in documents]).tocsr()
        labels = np.concatenate([own.labels[own.labelled] for own in documents])
        if lacking := [name for number, name in enumerate(names) if number not in labels]:
            raise SourceError(
                f"too few labelled documents: a part of them has no {lacking[0]} block"
            )
        rarity = _rarity(seen[kept], len(labels))
        scales = np.concatenate([rarity, np.ones(table.shape[1] - len(kept))])
        estimator = LogisticRegression(C=strength, max_iter=_ROUNDS, tol=1e-3)
        with warnings.catch_warnings():
            # It is stopped early on purpose: what more rounds change cannot be measured.
            warnings.simplefilter("ignore", ConvergenceWarning)
            estimator.fit(table @ sparse.diags(scales), labels)
        estimator.coef_ *= scales
        return cls(kept, estimator)._lightened()

    def _lightened(self) -> Linear:
        """With the cues that weigh most, and all measures."""
        cues = len(self.kept)
        weights = np.abs(self.estimator.coef_[:, :cues]).max(axis=0)
        heaviest = np.sort(np.argsort(-weights, kind="stable")[:_HEAVIEST])
        columns = [*heaviest, *range(cues, self.estimator.coef_.shape[1])]
        self.estimator.coef_ = self.estimator.coef_[:, columns]
        self.estimator.n_features_in_ = len(columns)
        return Linear(self.kept[heaviest], self.estimator)

    def scores(self, document: Rows) -> Array:
        """(blocks, labels); (blocks, 1) for a model of two labels: that of the second."""
        scores = self.estimator.decision_function(_table(self.kept, document))
        return np.asarray(scores.astype(np.float32).reshape(len(document.blocks), -1))

    def weights(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Of the cues, of the measures (both with a column for each label), and the intercept."""
        cues = len(self.kept)
        coefficients = self.estimator.coef_.T
        return coefficients[:cues], coefficients[cues:], self.estimator.intercept_


def _rarity(seen: NDArray[np.int64], blocks: int) -> NDArray[np.float64]:
    """What each cue that is in `seen` of `blocks` blocks counts while weights are learnt.

    The root of its inverse document frequency (Spärck Jones, 1972): with all alike, common words
    take what the telling ones deserve. In the mean over blocks its square is 1.
    """
    rarity = np.sqrt(np.log(blocks / seen))
    mean = float((rarity**2 @ seen) / seen.sum())
    return rarity / np.sqrt(mean) if mean else np.ones(len(seen))


def _table(kept: NDArray[np.int64], document: Rows) -> Any:
    """(blocks, cues and measures)."""
    columns = np.searchsorted(kept, document.cues)
    known = kept[np.minimum(columns, len(kept) - 1)] == document.cues
    ends = np.concatenate([[0], np.cumsum(document.counts)])
    starts = np.concatenate([[0], np.cumsum(known)])[ends]
    scales = np.array([cue_scale(int(count)) for count in document.counts], dtype=np.float32)
    values = np.repeat(scales, document.counts)[known]
    shape = (len(document.blocks), len(kept))
    cued = sparse.csr_matrix((values, columns[known], starts), shape=shape)
    return sparse.hstack([cued, sparse.csr_matrix(document.measures)]).tocsr()
