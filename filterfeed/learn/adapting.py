"""A user's labels into a model that builds on another one: adapted, measured, let through or not.

What the labels teach is measured on the user's own documents by cross-validation: each is judged
by a model that was adapted to the others. What they spoil shows on our own labelled samples. A
model that is worse by either is for the user to force.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from filterfeed import model as models
from filterfeed.errors import ModelError
from filterfeed.learn.adapt import adapt
from filterfeed.learn.corpus import labelled, our_documents
from filterfeed.learn.evaluate import Scored, report, score
from filterfeed.learn.samples import UNSURE, Sample
from filterfeed.model import Model
from filterfeed.shingles import length
from filterfeed.types import LABELS, Policy

FIGURES = ("article_words_kept", "ad_words_removed", "legal_words_removed", "macro_f1")
"""What is shown of a model, before and after."""
SHARES = (0.25, 0.5, 1.0)
"""Of the labels, for the learning curve; it begins with none."""
FOLDS = 5
_GATE = (
    ("article_words_kept", "share of article words kept", 0.005),
    ("macro_f1", "macro-F1", 0.01),
)
"""Figures that may not be worse, what they are called, how far below the old one they may be."""
_WORDS, _BLOCKS = 60, 4
"""What comes and goes by chance: of the user's documents, of which there may be few, so many
words and blocks more may be lost."""

Figures = Mapping[str, float]
Progress = Callable[[int, int, str], None]
"""Told how many steps are done, of how many, and what they are about."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """A new model's file and card, and what it would replace."""

    data: bytes
    card: Mapping[str, Any]
    before: Figures
    """Of the active model on our samples."""
    worse: Sequence[str]
    """One line for each figure that is too far below what it was."""


def train(
    base: Model, active: Model, samples: Sequence[Sample], progress: Progress | None = None
) -> Adapted:
    """Adapt `base` to `samples`, and compare the outcome with the `active` model.

    On documents that the active model may have learnt from, it is compared with `base`. The same
    labels give the same bytes and card, in whatever order they come and whatever is active.
    Raises ModelError when nothing is labelled.
    """
    known = sorted((own for own in samples if own.rows()), key=lambda own: (own.publisher, own.uid))
    if not known:
        raise ModelError("nothing to learn from: no block is labelled")
    steps = _Steps(progress, len(SHARES) * len(_folds(known)) + 2)
    curve = _learning_curve(base, known, steps)
    steps.begin("adapting the model")
    data = models.dump(adapt(base, known))
    steps.begin("measuring it")
    ours = [labelled(own) for own in our_documents()]
    start, after = (_figures(score(own, ours)) for own in (base, models.loads(data)))
    before = start if active.id == base.id else _figures(score(active, ours))
    steps.end()
    worse = _worse("our samples", before, after, {})
    if curve:
        worse += _worse("your documents", curve[0], curve[-1], _chance(known))
    card = {
        "format": models.FORMAT,
        "digest": hashlib.sha256(data).hexdigest(),
        "scikit_learn": models.sklearn_version(),
        "bytes": len(data),
        "adapted_from": base.id,
        "labels_digest": _digest(known),
        "trained_on": _facts(known),
        "learning_curve": curve,
        "samples": {"before": start, "after": after},
    }
    return Adapted(data, card, before, worse)


class _Steps:
    """Counts for a Progress."""

    def __init__(self, report: Progress | None, total: int) -> None:
        self._report = report
        self._done, self._total = -1, total

    def begin(self, what: str) -> None:
        self._done += 1
        if self._report:
            self._report(self._done, self._total, what)

    def end(self) -> None:
        self.begin("")


# Measuring


def _learning_curve(
    base: Model, samples: Sequence[Sample], steps: _Steps
) -> list[dict[str, float]]:
    """Figures of the documents by how many labels of the other documents are known.

    Empty when there are no other documents.
    """
    folds = _folds(samples)
    if not folds:
        return []
    rows = [{"blocks": 0, **_figures(score(base, samples))}]
    for share in SHARES:
        scored: list[Scored] = []
        blocks = 0
        for number, fold in enumerate(folds, 1):
            steps.begin(f"cross-validation with {share:.0%} of the labels, {number}/{len(folds)}")
            known = _share([own for own in samples if own not in fold], share)
            blocks += sum(len(own.rows()) for own in known)
            scored += score(adapt(base, known) if known else base, fold)
        rows.append({"blocks": round(blocks / len(folds)), **_figures(scored)})
    return rows


def _folds(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Documents dealt out by the hashes of their names; none when there is but one."""
    dealt = sorted(samples, key=lambda own: _hash(own.publisher, own.uid))
    count = min(FOLDS, len(dealt))
    return [dealt[start::count] for start in range(count)] if count > 1 else []


def _share(samples: Sequence[Sample], share: float) -> list[Sample]:
    """`samples` with so many of their labels; more are the same and others."""
    rows = [(number, row) for number, own in enumerate(samples) for row in own.rows()]
    rows.sort(key=lambda own: _hash(samples[own[0]].uid, str(own[1])))
    left = set(rows[: math.ceil(share * len(rows))])
    found = []
    for number, own in enumerate(samples):
        labels = (
            label if (number, row) in left else UNSURE for row, label in enumerate(own.labels)
        )
        found.append(replace(own, labels=tuple(labels)))
    return [own for own in found if own.rows()]


def _figures(scored: Sequence[Scored]) -> dict[str, float]:
    figures = report(scored, Policy()).figures()
    return {name: figures[name] for name in FIGURES}


# The gate


def _worse(what: str, before: Figures, after: Figures, chance: Figures) -> list[str]:
    """One line for each figure that is too far below what it was."""
    return [
        f"{what}: {words} {before[name]:.4f} before, {after[name]:.4f} after"
        for name, words, tolerance in _GATE
        if before[name] - after[name] > tolerance + chance.get(name, 0) + 1e-9
    ]


def _chance(samples: Sequence[Sample]) -> dict[str, float]:
    story = [
        length(own.blocks[row].text)
        for own in samples
        for row in own.rows()
        if own.labels[row] == "article"
    ]
    blocks = sum(len(own.rows()) for own in samples)
    return {"article_words_kept": _WORDS / max(1, sum(story)), "macro_f1": _BLOCKS / blocks}


# The card


def _facts(samples: Sequence[Sample]) -> dict[str, Any]:
    counts = Counter(own.labels[row] for own in samples for row in own.rows())
    return {
        "documents": len(samples),
        "publishers": len({own.publisher for own in samples}),
        "blocks": {label: counts[label] for label in LABELS},
    }


def _digest(samples: Sequence[Sample]) -> str:
    """Of all that was learnt from."""
    return hashlib.sha256(repr(samples).encode("utf-8", "replace")).hexdigest()


def _hash(*names: str) -> bytes:
    return hashlib.blake2b("\n".join(names).encode("utf-8", "replace")).digest()
