"""Labelled blocks into a model. Deterministic: the same documents give the same model.

The second stage must see the first one's scores as they are for publishers it does not know, so
it is fitted on scores from first stages that were fitted without the publisher in question
(stacking with out-of-fold predictions: Wolpert, "Stacked generalization", 1992).

The trees learn from all documents with labels, whatever they are; those for pages from the pages
among them, and from weak pages: there the first stage says which label a block has that is not the
story's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from filterfeed.errors import SourceError
from filterfeed.model import Model, one_thread
from filterfeed.model.context import Array, context
from filterfeed.model.forest import Forest, flat
from filterfeed.model.layout import layout
from filterfeed.model.linear import Document, Linear, Numbering, Rows
from filterfeed.types import LABELS

FOLDS, WEAK_FOLDS = 4, 3
_FEWER = 3
"""Of the weak pages' blocks every third is shown to the trees: there are many, and alike."""
_FEW_TREES = {"max_iter": 40, "learning_rate": 0.2, "max_leaf_nodes": 12}
_MORE_TREES = {"max_iter": 60, "learning_rate": 0.15, "max_leaf_nodes": 16}
_strong = partial(Linear.fit, min_seen=2, strength=3.0, names=LABELS)
_weak = partial(Linear.fit, min_seen=4, strength=1.0, names=("story", "other"))

Fit = Callable[[Sequence[Rows]], Linear]


class _Scored(NamedTuple):
    """A document with what the first stage says of it that does not know its publisher."""

    rows: Rows
    scores: Array
    """(blocks, labels and story)."""
    labels: NDArray[np.int64]


def fit(strong: Sequence[Document], made: Sequence[Document], weak: Sequence[Document]) -> Model:
    """A model of the documents; its id is "" until it has been dumped and loaded.

    `made` are strong documents, too, of which only the words are true to life, not where they
    stand. No publisher may be among both the strong and the weak.
    """
    numbering = Numbering()
    known = [Rows(own, numbering) for own in (*strong, *made)]
    pages = [Rows(own, numbering) for own in weak]
    # Sums are rounded otherwise when threads share them: the same documents, the same model.
    with one_thread():
        labels = _strong(known)
        story = _weak(pages) if pages else None
        read = list(_read(known, story))
        trees = _trees(read, _body_row, **_FEW_TREES)
        lifelike = (own for own in read[: len(strong)] if own.rows.page)
        seen = [*lifelike, *_guessed(pages, labels)]
        page_trees = _trees(seen or read, _page_row, **_MORE_TREES)
    return _assembled(labels, story, trees, page_trees, numbering)


def _read(known: Sequence[Rows], story: Linear | None) -> Iterator[_Scored]:
    """The labelled documents."""
    for own, scores in zip(known, _by_strangers(known, _strong, FOLDS), strict=True):
        yield _Scored(own, np.hstack([scores, _story(story, own)]), own.labels)


def _guessed(pages: Sequence[Rows], labels: Linear) -> Iterator[_Scored]:
    """The weak pages, with the likeliest label for what is not the story's."""
    for own, story in zip(pages, _by_strangers(pages, _weak, WEAK_FOLDS), strict=True):
        scores = labels.scores(own)
        rest = 1 + scores[:, 1:].argmax(axis=1)
        guessed = np.where(own.labels > 0, rest, own.labels)
        guessed[np.arange(len(guessed)) % _FEWER > 0] = -1
        yield _Scored(own, np.hstack([scores, -story]), guessed)


def _by_strangers(documents: Sequence[Rows], fit: Fit, folds: int) -> list[Array]:
    """The scores of each document by a linear model that does not know its publisher."""
    found: dict[int, Array] = {}
    groups = [own.group for own in documents]
    if documents and len(set(groups)) < folds:
        raise SourceError(f"pages of {len(set(groups))} publishers are too few, {folds} are needed")
    for rest, own in GroupKFold(folds).split(documents, groups=groups) if documents else ():
        stranger = fit([documents[number] for number in rest])
        found |= {number: stranger.scores(documents[number]) for number in own}
    return [found[number] for number in range(len(documents))]


def _story(story: Linear | None, document: Rows) -> Array:
    """Log-odds that each block is the story's."""
    if story is None:
        return np.zeros((len(document.blocks), 1), dtype=np.float32)
    return -story.scores(document)


def _body_row(own: _Scored) -> Array:
    return context(own.rows.blocks, own.scores, own.rows.measures)


def _page_row(own: _Scored) -> Array:
    return np.hstack([_body_row(own), layout(own.rows.blocks, own.scores, own.rows.measures)])


def _trees(documents: Iterable[_Scored], row: Callable[[_Scored], Array], **shape: Any) -> Forest:
    used = [(own, np.flatnonzero(own.labels >= 0)) for own in documents]
    features = np.vstack([row(own)[labelled] for own, labelled in used])
    labels = np.concatenate([own.labels[labelled] for own, labelled in used])
    # Small leaves and few features a split: neighbours' scores are many and alike.
    trees = HistGradientBoostingClassifier(
        min_samples_leaf=60, l2_regularization=5.0, max_features=0.3, random_state=0, **shape
    )
    return flat(trees.fit(features, labels))


def _assembled(
    labels: Linear, story: Linear | None, trees: Forest, page_trees: Forest, numbering: Numbering
) -> Model:
    """Both linear models over one vocabulary."""
    names = numbering.names(labels.kept.tolist())
    theirs = numbering.names(story.kept.tolist()) if story else []
    place = {cue: row for row, cue in enumerate(dict.fromkeys([*names, *theirs]))}
    cues, measured, intercept = labels.weights()
    no_story = np.zeros((0, 1)), np.zeros_like(measured[:, :1]), np.zeros(1)
    their_cues, their_measured, their_intercept = story.weights() if story else no_story
    weights = np.zeros((len(place), len(LABELS) + 1), dtype=np.float32)
    weights[[place[cue] for cue in names], :-1] = cues
    weights[[place[cue] for cue in theirs], -1:] = -their_cues
    return Model(
        id="",
        vocabulary=place,
        weights=weights,
        measure_weights=np.hstack([measured, -their_measured]).astype(np.float32),
        intercept=np.concatenate([intercept, -their_intercept]).astype(np.float32),
        trees=trees,
        page_trees=page_trees,
    )
