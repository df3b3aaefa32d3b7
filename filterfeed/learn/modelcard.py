"""A model's JSON card as a short text for people: names, counts and figures, no training text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from filterfeed.types import LABELS

Card = Mapping[str, Any]

_REMOVED = tuple(f"{label}_words_removed" for label in LABELS[1:])
_WORDS = ("article_words_kept", *_REMOVED)
_LIMITS = (
    "It errs as often as the figures say. The hardest blocks are short, or part story and part"
    " advertising.",
    "Texts in feeds have no page structure (classes, sidebars), which tells advertising from"
    " story: fewer ads are found there than in pages.",
    "Most of its training texts are English news on finance. Other languages and subjects work as"
    " far as structure, numbers and recurring blocks carry them.",
    "A publisher that it does not know may do much better or worse than the mean: see"
    " `validation_publishers` in the JSON card.",
    "It tells what a block is for, not whether it is true, lawful or safe.",
)


def markdown(card: Card) -> str:
    """The card as Markdown. Sections whose keys the card lacks are left out.

    Keys beside those of `learn.train`: "sources", a list of {"name", "licence", "documents",
    "blocks"}; "calibration", a list of {"low", "high", "blocks", "probability", "right"};
    "learning_curve", a list of {"blocks", and figures}; "spread", {"splits", "mean": {figure: x},
    "deviation": {figure: x}}.
    """
    sections: tuple[tuple[str, Callable[[Card], Iterable[str]]], ...] = (
        ("What it was trained on", _training),
        ("How it was evaluated", _evaluation),
        ("Figures by label", _by_label),
        ("Spread", _spread),
        ("The threshold", _threshold),
        ("Probabilities", _calibration),
        ("Learning curve", _learning),
        ("Limits", _limits),
        ("How to rebuild it", _rebuilding),
    )
    parts = ["# Model card", *_intro(card)]
    for title, write in sections:
        if written := list(write(card)):
            parts += [f"## {title}", *written]
    return "\n\n".join(parts) + "\n"


def _intro(card: Card) -> Iterable[str]:
    yield (
        "A classifier of the blocks (paragraphs, headings, list items, table rows) of news pages"
        " and feed items. To each it gives the probabilities of four labels: `article`, `ad`,"
        " `legal` and `chrome`. Two stages from scikit-learn: a linear one over words and places,"
        " and a small ensemble of trees over its scores of the block, its neighbours and its"
        " document. It runs locally and needs no network."
    )
    facts = (
        ("SHA-256", card.get("digest")),
        ("bytes", f"{card['bytes']:,}" if "bytes" in card else None),
        ("scikit-learn", card.get("scikit_learn")),
        ("format", card.get("format")),
    )
    yield "\n".join(f"- {name}: {value}" for name, value in facts if value is not None)


def _training(card: Card) -> Iterable[str]:
    if sources := card.get("sources"):
        heads = ("source", "licence", "documents", "blocks")
        rows = ([own.get(key, "") for key in ("name", *heads[1:])] for own in sources)
        yield _table(heads, rows)
    if facts := card.get("trained_on"):
        blocks = facts.get("blocks", {})
        yield (
            f"{_count(facts, 'documents')} labelled documents by {_count(facts, 'publishers')}"
            f" publishers: {', '.join(f'{count:,} {label}' for label, count in blocks.items())}"
            " blocks."
        )
        if "weak_pages" in facts:
            yield f"{facts['weak_pages']:,} more pages of which only the story is known."
    if digest := card.get("corpus_digest"):
        yield (
            f"SHA-256 of the labels: {digest}. The texts are not part of filterfeed; the model"
            " keeps words and pairs of words of them, with weights."
        )


def _evaluation(card: Card) -> Iterable[str]:
    if figures := card.get("validation"):
        yield (
            "By cross-validation over publishers: each is judged by a model that was fitted"
            " without it. The shipped model then learns from all of them."
            f" {_count(figures, 'documents')} documents, {_count(figures, 'blocks')} blocks;"
            f" a block goes when the probability that it is not `article` is at least"
            f" {figures.get('threshold', '?')}."
        )
    if lowered := card.get("floors_lowered"):
        yield f"Floors of the model before were lowered: {_one_line(lowered.get('reason', ''))}"


def _by_label(card: Card) -> Iterable[str]:
    figures = card.get("validation")
    if not figures:
        return
    scores = ("precision", "recall", "f1")
    rows = [
        [label, f"{figures[words]:.1%} {words.rpartition('_')[2]}"]
        + [f"{figures[f'{label}_{score}']:.3f}" for score in scores]
        for label, words in zip(LABELS, _WORDS, strict=True)
    ]
    yield _table(("label", "words", "precision", "recall", "F1"), rows)
    yield (
        f"Macro-F1 {figures['macro_f1']:.3f}."
        f" {figures['documents_losing_over_5_percent']:.1%} of the documents lose more than 5% of"
        " their story's words."
    )


def _spread(card: Card) -> Iterable[str]:
    spread = card.get("spread")
    if spread:
        yield f"Over the {spread.get('splits', 'several')} parts that were judged in turn:"
        deviation = spread.get("deviation", {})
        rows = (
            [_words(name), f"{mean:.4f}", f"{deviation[name]:.4f}" if name in deviation else ""]
            for name, mean in spread["mean"].items()
        )
        yield _table(("figure", "mean", "standard deviation"), rows)


def _threshold(card: Card) -> Iterable[str]:
    if curve := card.get("curve"):
        yield "What the user's choice keeps and removes, in shares of words:"
        rows = ([f"{row['threshold']:g}", *(f"{row[own]:.1%}" for own in _WORDS)] for row in curve)
        yield _table(("threshold", *map(_words, _WORDS)), rows)


def _calibration(card: Card) -> Iterable[str]:
    figures, bins = card.get("validation", {}), card.get("calibration")
    if "calibration_error" in figures:
        brier = f"; Brier score {figures['brier_score']:.3f}" if "brier_score" in figures else ""
        yield (
            "Expected calibration error of the likeliest label"
            f" {figures['calibration_error']:.3f}{brier}. 0 is best."
        )
    if bins:
        rows = (
            [
                f"{own['low']:.0%} to {own['high']:.0%}",
                f"{own['blocks']:,}",
                f"{own['probability']:.1%}",
                f"{own['right']:.1%}",
            ]
            for own in bins
        )
        yield _table(("probability", "blocks", "mean probability", "were right"), rows)


def _learning(card: Card) -> Iterable[str]:
    if rows := card.get("learning_curve"):
        names = [name for name in ("macro_f1", *_WORDS) if all(name in row for row in rows)]
        yield "Models trained on a part of the labelled blocks:"
        yield _table(
            ("blocks", *map(_words, names)),
            ([row["blocks"], *(f"{row[name]:.3f}" for name in names)] for row in rows),
        )


def _limits(card: Card) -> Iterable[str]:
    yield "\n".join(f"- {limit}" for limit in _LIMITS)


def _rebuilding(card: Card) -> Iterable[str]:
    yield (
        "With the corpus, whose digest is above, and the same scikit-learn, in a clone of"
        " filterfeed:"
    )
    yield "```sh\nfilterfeed train --corpus ../shared/corpus\n```"
    yield (
        "The same corpus gives the same bytes. The training writes the model, its JSON card and"
        " this file; a model whose figures are below the floors in the card is refused."
    )


def _table(heads: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [_row(heads), _row("---" for _ in heads), *map(_row, rows)]
    return "\n".join(lines)


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else _one_line(str(value)).replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _count(facts: Card, name: str) -> str:
    return f"{facts[name]:,}" if name in facts else "?"


def _words(name: str) -> str:
    return name.replace("_", " ").replace("f1", "F1")
