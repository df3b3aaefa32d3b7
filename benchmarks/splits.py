"""How much the figures of the model's card owe to chance: the cross-validation in several splits.

    python -m benchmarks.splits --splits 3

Needs the corpus, and some minutes for each split: its publishers are dealt out anew, and five
models are fitted. The first split is the card's.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from statistics import fmean, stdev

from benchmarks.learning import CORPUS
from benchmarks.printing import machine, table
from filterfeed.learn.corpus import Corpus
from filterfeed.learn.evaluate import Scored, report
from filterfeed.learn.lines import groups
from filterfeed.learn.train import cross_validate, read
from filterfeed.types import Policy

FIGURES = (
    "article_words_kept",
    "ad_words_removed",
    "legal_words_removed",
    "chrome_words_removed",
    "macro_f1",
    "documents_losing_over_5_percent",
    "calibration_error",
)
KINDS = ("all", "pages", "bodies")


def main() -> None:
    own = argparse.ArgumentParser(description=__doc__)
    own.add_argument("--splits", type=int, default=3, metavar="N")
    splits = own.parse_args().splits
    corpus = Corpus.at(CORPUS)
    lines = groups(corpus.lines) if corpus.lines else ()
    samples = read(corpus, print)
    dealt = [
        [one for fold in cross_validate(samples, lines, print, deal=deal) for one in fold]
        for deal in range(splits)
    ]
    print(machine(), "\n")
    for kind in KINDS:
        print(_table(kind, [_of_kind(scored, kind) for scored in dealt]), "\n")


def _of_kind(scored: Sequence[Scored], kind: str) -> list[Scored]:
    return [one for one in scored if kind == "all" or one.sample.page == (kind == "pages")]


def _table(kind: str, dealt: Sequence[Sequence[Scored]]) -> str:
    found = [report(scored, Policy()).figures() for scored in dealt]
    head = [kind, *(f"split {number}" for number in range(1, len(found) + 1)), "mean", "spread"]
    return table(head, [_row(name, [own[name] for own in found]) for name in FIGURES])


def _row(name: str, values: Sequence[float]) -> list[str]:
    spread = stdev(values) if len(values) > 1 else 0.0
    return [name, *(f"{value:.4f}" for value in (*values, fmean(values), spread))]


if __name__ == "__main__":
    main()
