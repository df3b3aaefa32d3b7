"""Labelled blocks into a model. Deterministic: the same documents give the same model.

The second stage must see the first one's scores as they are for publishers it does not know, so
it is fitted on scores from first stages that were fitted without the publisher in question
(stacking with out-of-fold predictions: Wolpert, "Stacked generalization", 1992).
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from filterfeed.model import Model, cue_scale, one_thread
from filterfeed.model.context import Array, context
from filterfeed.model.features import distinct_cues, measures
from filterfeed.types import LABELS, Block

FOLDS = 4
_HEAVIEST = 40_000
"""Cues that a linear model keeps: five times as many are no better, and slower to look up."""
_MIN_SEEN, _MIN_SEEN_WEAKLY = 2, 4
"""Blocks in which a cue must occur."""
_ROUNDS = 50
_C, _C_WEAK = 3.0, 1.0
"""Inverse strengths of regularisation."""


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


def fit(strong: Sequence[Document], weak: Sequence[Document]) -> Model:
    """A model of the documents; its id is "" until it has been dumped and loaded."""
    known, pages = [_Rows(own) for own in strong], [_Rows(own) for own in weak]
    # Sums are rounded otherwise when threads share them: the same documents, the same model.
    with one_thread():
        return _fitted(known, pages, [own.group for own in strong])


def _fitted(known: Sequence[_Rows], pages: Sequence[_Rows], groups: Sequence[str]) -> Model:
    story = _Linear.fit(pages, _MIN_SEEN_WEAKLY, _C_WEAK) if pages else None
    scores: list[Array] = [np.zeros((0, 0), dtype=np.float32)] * len(known)
    for rest, own in GroupKFold(FOLDS).split(known, groups=groups):
        partial = _Linear.fit([known[number] for number in rest], _MIN_SEEN, _C)
        for number in own:
            document = known[number]
            scores[number] = np.hstack([partial.scores(document), _story(story, document)])
    labels = _Linear.fit(known, _MIN_SEEN, _C)
    return _assembled(labels, story, _trees(known, scores))


class _Rows:
    """A document in numbers, as far as they do not depend on a vocabulary."""

    def __init__(self, document: Document) -> None:
        self.blocks = document.blocks
        self.labels = np.array(document.labels, dtype=np.int64)
        self.labelled = np.flatnonzero(self.labels >= 0)
        self.cues = [distinct_cues(block) for block in document.blocks]
        rows = measures(document.blocks, document.page, document.title)
        self.measures = np.array(rows, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Linear:
    """Logistic regression over cues and measures."""

    vocabulary: dict[str, int]
    estimator: Any

    @classmethod
    def fit(cls, documents: Sequence[_Rows], min_seen: int, strength: float) -> _Linear:
        seen = Counter(cue for own in documents for row in own.labelled for cue in own.cues[row])
        kept = sorted(cue for cue, times in seen.items() if times >= min_seen)
        vocabulary = {cue: number for number, cue in enumerate(kept)}
        table = _table(vocabulary, [(own, own.labelled) for own in documents])
        labels = np.concatenate([own.labels[own.labelled] for own in documents])
        estimator = LogisticRegression(C=strength, max_iter=_ROUNDS, tol=1e-3)
        with warnings.catch_warnings():
            # It is stopped early on purpose: what more rounds change cannot be measured.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return cls(vocabulary, estimator.fit(table, labels))._lightened()

    def _lightened(self) -> _Linear:
        """With the cues that weigh most, and all measures."""
        cues = len(self.vocabulary)
        weights = np.abs(self.estimator.coef_[:, :cues]).max(axis=0)
        heaviest = np.sort(np.argsort(-weights, kind="stable")[:_HEAVIEST])
        columns = [*heaviest, *range(cues, self.estimator.coef_.shape[1])]
        self.estimator.coef_ = self.estimator.coef_[:, columns]
        self.estimator.n_features_in_ = len(columns)
        names = list(self.vocabulary)
        return _Linear({names[old]: new for new, old in enumerate(heaviest)}, self.estimator)

    def scores(self, document: _Rows) -> Array:
        """(blocks, labels); (blocks, 1) for a model of two labels: that of the second."""
        table = _table(self.vocabulary, [(document, np.arange(len(document.blocks)))])
        scores = self.estimator.decision_function(table).astype(np.float32)
        return np.asarray(scores.reshape(len(document.blocks), -1))


def _story(story: _Linear | None, document: _Rows) -> Array:
    """Log-odds that each block is the story's."""
    if story is None:
        return np.zeros((len(document.blocks), 1), dtype=np.float32)
    return -story.scores(document)


def _table(vocabulary: dict[str, int], parts: Sequence[tuple[_Rows, Any]]) -> Any:
    """(blocks, cues and measures)."""
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for own in (document.cues[row] for document, rows in parts for row in rows):
        known = [vocabulary[cue] for cue in own if cue in vocabulary]
        columns += known
        values += [cue_scale(len(own))] * len(known)
        ends.append(len(columns))
    shape = (len(ends) - 1, len(vocabulary))
    cued = sparse.csr_matrix((np.array(values, dtype=np.float32), columns, ends), shape=shape)
    dense = np.vstack([document.measures[rows] for document, rows in parts])
    return sparse.hstack([cued, sparse.csr_matrix(dense)]).tocsr()


def _trees(known: Sequence[_Rows], scores: Sequence[Array]) -> HistGradientBoostingClassifier:
    pairs = list(zip(known, scores, strict=True))
    features = np.vstack(
        [context(own.blocks, score, own.measures)[own.labelled] for own, score in pairs]
    )
    labels = np.concatenate([own.labels[own.labelled] for own in known])
    # Small leaves and few features a split: neighbours' scores are many and alike.
    trees = HistGradientBoostingClassifier(
        max_iter=40,
        learning_rate=0.2,
        max_leaf_nodes=12,
        min_samples_leaf=60,
        l2_regularization=5.0,
        max_features=0.3,
        random_state=0,
    )
    return trees.fit(features, labels)


def _assembled(labels: _Linear, story: _Linear | None, trees: Any) -> Model:
    """Both linear models over one vocabulary."""
    every = dict.fromkeys([*labels.vocabulary, *(story.vocabulary if story else ())])
    weights = np.zeros((len(every), len(LABELS) + 1), dtype=np.float32)
    place = {cue: row for row, cue in enumerate(every)}
    own = [place[cue] for cue in labels.vocabulary]
    weights[own, :-1] = labels.estimator.coef_[:, : len(own)].T
    measured = [labels.estimator.coef_[:, len(own) :].T]
    intercept = list(labels.estimator.intercept_)
    if story:
        theirs = [place[cue] for cue in story.vocabulary]
        weights[theirs, -1] = -story.estimator.coef_[0, : len(theirs)]
        measured.append(-story.estimator.coef_[:, len(theirs) :].T)
        intercept.append(-story.estimator.intercept_[0])
    else:
        measured.append(np.zeros_like(measured[0][:, :1]))
        intercept.append(0.0)
    return Model(
        id="",
        vocabulary=place,
        weights=weights,
        measure_weights=np.hstack(measured).astype(np.float32),
        intercept=np.array(intercept, dtype=np.float32),
        trees=trees,
    )
