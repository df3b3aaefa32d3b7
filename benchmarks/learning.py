"""What a few labelled blocks of a publisher that the model does not know bring, and what they cost.

    python -m benchmarks.learning

Needs the corpus, and some minutes: models are fitted without each publisher (cross-validation).
Then the blocks that the model doubts most are labelled in half of a publisher's documents, and
the other half is judged; and so are the documents of all other publishers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from filterfeed.learn.corpus import Corpus
from filterfeed.learn.evaluate import Scored, report
from filterfeed.learn.lines import groups
from filterfeed.learn.train import cross_validate, read
from filterfeed.model.corrections import Corrections, Lesson, learn
from filterfeed.types import LABELS, Policy

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
BUDGETS = (10, 20, 40)
"""Labelled blocks."""
FIGURES = ("article_words_kept", "ad_words_removed", "legal_words_removed", "macro_f1")
_DOCUMENTS = 6
"""Of a publisher, at least."""


def main() -> None:
    corpus = Corpus.at(CORPUS)
    lines = groups(corpus.lines) if corpus.lines else ()
    splits = cross_validate(read(corpus, print), lines, print)
    publishers: dict[str, list[Scored]] = defaultdict(list)
    for own in (one for split in splits for one in split):
        publishers[own.sample.publisher].append(own)
    large = {name: own for name, own in publishers.items() if len(own) >= _DOCUMENTS}
    print(f"{len(large)} publishers; means over them, and over the documents of all others")
    print("labels  on the publisher: " + "  ".join(FIGURES) + "   on the others")
    for budget in (0, *BUDGETS):
        rows = [_measured(name, publishers, budget) for name in sorted(large)]
        own, others = (_means([row[side] for row in rows]) for side in (0, 1))
        print(f"{budget:6}  {own}   {others}", flush=True)


def _measured(
    name: str, publishers: dict[str, list[Scored]], budget: int
) -> tuple[list[float], list[float]]:
    """The figures of the unlabelled half of one publisher's documents, and of all others'."""
    documents = publishers[name]
    known, rest = documents[::2], documents[1::2]
    others = [one for other, own in publishers.items() if other != name for one in own[:2]]
    if not budget:
        return _figures(rest), _figures(others)
    corrections = learn(_lessons(known, budget))
    return _figures(_corrected(rest, corrections)), _figures(_corrected(others, corrections))


def _lessons(documents: Sequence[Scored], budget: int) -> list[Lesson]:
    """Labels of the blocks that the model doubts most."""
    doubts = sorted(
        (max(own.scores[row]), number, row)
        for number, own in enumerate(documents)
        for row in own.sample.rows()
    )
    told = {(number, row) for _, number, row in doubts[:budget]}
    lessons = []
    for number, own in enumerate(documents):
        labels = [
            LABELS.index(label) if (number, row) in told else -1  # type: ignore[arg-type]
            for row, label in enumerate(own.sample.labels)
        ]
        lessons.append(Lesson(own.sample.blocks, labels, np.array(own.scores, np.float32)))
    return lessons


def _corrected(documents: Sequence[Scored], corrections: Corrections) -> list[Scored]:
    found = []
    for own in documents:
        scores = corrections.corrected(own.sample.blocks, np.array(own.scores, np.float32))
        found.append(Scored(own.sample, tuple((a, b, c, d) for a, b, c, d in scores.tolist())))
    return found


def _figures(documents: Sequence[Scored]) -> list[float]:
    figures = report(documents, Policy()).figures()
    return [figures[name] for name in FIGURES]


def _means(rows: Sequence[Sequence[float]]) -> str:
    return "  ".join(f"{fmean(column):.4f}" for column in zip(*rows, strict=True))


if __name__ == "__main__":
    main()
