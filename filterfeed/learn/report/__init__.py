"""The report on a model as one HTML page that needs nothing but itself. Same input, same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from filterfeed import __version__
from filterfeed.learn.calibration import Bin
from filterfeed.learn.evaluate import Report, Tally
from filterfeed.learn.report import findings, pictures
from filterfeed.learn.report.elements import (
    document,
    element,
    figure,
    folded,
    section,
    sheet,
    table,
)
from filterfeed.types import LABELS

THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
"""At which the trade-off is shown."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report says beside its figures."""

    model: str
    """Its id."""
    threshold: float
    files: tuple[str, ...]
    curve: Sequence[pictures.Row]
    """Of `evaluate.curve`."""
    learning: Sequence[pictures.Row] = ()
    """The card's learning curve, if it has one."""


def page(found: Report, facts: Facts) -> str:
    """The whole page."""
    title = f"Evaluation of model {facts.model}"
    return document(
        title,
        Path(__file__).with_name("style.css").read_text(encoding="utf-8"),
        element(
            "header",
            element("h1", title),
            element("p", _measured(found, facts)),
            element(
                "p",
                "Only documents that the model was not trained on tell how it does on publishers"
                " that it does not know.",
            ),
            _key_figures(found),
        ),
        element(
            "main",
            _labels(found),
            _probabilities(found),
            _threshold(found.total, facts),
            _learning(facts),
            findings.publishers(found),
            findings.documents(found),
            findings.errors(found),
        ),
        element("footer", f"filterfeed {__version__}, model {facts.model}"),
    )


def _measured(found: Report, facts: Facts) -> str:
    return (
        f"{len(found.documents):,} documents by {len(found.publishers):,} publishers with"
        f" {found.total.blocks:,} labelled blocks, from {', '.join(facts.files)}. A block goes when"
        f" it is not the story's with a probability of at least {facts.threshold:.0%}."
    )


def _key_figures(found: Report) -> Element:
    figures = found.figures()
    shown = (
        ("words of stories kept", f"{figures['article_words_kept']:.2%}", "article"),
        ("words of stories lost, of 1,000", f"{found.total.lost_per_1000:.1f}", "article"),
        ("words of advertising removed", f"{figures['ad_words_removed']:.1%}", "ad"),
        ("words of legal text removed", f"{figures['legal_words_removed']:.1%}", "legal"),
        ("macro-F1 of the labels", f"{figures['macro_f1']:.3f}", ""),
        ("expected calibration error", f"{figures['calibration_error']:.3f}", ""),
    )
    pairs = (
        element("div", element("dt", name), element("dd", value))
        for name, value, label in shown
        if not label or found.total.words[label]
    )
    return element("dl", *pairs, class_="key")


# Labels


def _labels(found: Report) -> Element:
    return section(
        "Labels",
        "Precision: of the blocks that were given a label, how many have it. Recall: of those that"
        " have it, how many were given it. F1: the harmonic mean of both.",
        element("div", _by_label(found.total), _confusion(found.total), class_="pair"),
    )


def _by_label(total: Tally) -> Element:
    figures = total.figures()
    rows: list[list[Element | str]] = [
        [
            element("span", label, class_=f"label {label}"),
            *(_meter(figures[f"{label}_{name}"], label) for name in ("precision", "recall", "f1")),
            f"{total.true(label):,}",
            f"{total.words[label]:,}",
            f"{1 - total.kept[label] / total.words[label]:.1%}" if total.words[label] else "",
        ]
        for label in LABELS
        if total.occurs(label)
    ]
    heads = ("label", "precision", "recall", "F1", "blocks", "words", "gone")
    return sheet(table("By label", heads, rows))


def _confusion(total: Tally) -> Element:
    rows = [
        [
            element("span", true, class_=f"label {true}"),
            *(
                _heat(total.confusion[true, said], total.true(true), true == said)
                for said in LABELS
            ),
        ]
        for true in LABELS
    ]
    heads = ("true label", *LABELS)
    groups = (("", 1), ("label that was given", len(LABELS)))
    return sheet(table("Confusion matrix, blocks", heads, rows, groups=groups))


def _meter(share: float, class_: str) -> Element:
    return element("td", f"{share:.3f}", class_=f"meter {class_}", style=f"--share:{share:.3f}")


def _heat(count: int, of: int, right: bool) -> Element:
    share = count / of if of else 0.0
    # The square root: an error that is rare is still to be seen.
    return element(
        "td",
        f"{count:,}",
        element("small", f"{share:.1%}"),
        class_=f"heat {'right' if right else 'wrong'}",
        style=f"--shade:{share**0.5:.3f}",
    )


# Probabilities


def _probabilities(found: Report) -> Element:
    figures = found.figures()
    best, removal = found.calibration(), found.calibration_of_removal()
    return section(
        "Do probabilities mean what they say?",
        f"Of the blocks that the model gives 80%, 80% should be so: then the dots are on the"
        f" diagonal. Bars show what share of the blocks has which probability. Expected calibration"
        f" error of the likeliest label {figures['calibration_error']:.3f} (mean distance from the"
        f" diagonal, 0 is best), Brier score {figures['brier_score']:.3f} (0 is best, 2 worst).",
        element(
            "div",
            figure(pictures.reliability(best, "The likeliest label", "its probability")),
            figure(
                pictures.reliability(
                    removal, "Not the story's, which the threshold asks", "its probability"
                )
            ),
            class_="plots",
        ),
        folded(
            "The same in numbers",
            element(
                "div",
                _bins("The likeliest label", best),
                _bins("Not the story's", removal),
                class_="pair",
            ),
        ),
    )


def _bins(caption: str, bins: Sequence[Bin]) -> Element:
    rows = [
        [
            f"{own.low:.0%} to {own.high:.0%}",
            f"{own.blocks:,}",
            f"{own.probability:.1%}",
            f"{own.right:.1%}",
        ]
        for own in bins
    ]
    return sheet(table(caption, ("probability", "blocks", "mean", "were so"), rows))


# Threshold, learning


def _threshold(total: Tally, facts: Facts) -> Element:
    removed = [label for label in LABELS[1:] if total.words[label]]
    has_story = total.words["article"] > 0
    plots = (
        pictures.removal(facts.curve, facts.threshold, removed) if removed else None,
        pictures.loss(facts.curve, facts.threshold) if has_story else None,
    )
    rows = [
        [
            f"{row['threshold']:g}",
            f"{pictures.lost_per_1000(row):.1f}" if has_story else "",
            *(f"{row[f'{label}_words_removed']:.1%}" for label in removed),
        ]
        for row in facts.curve
    ]
    heads = ("threshold", "lost of 1,000", *(f"{label} removed" for label in removed))
    return section(
        "What the threshold costs and brings",
        "How sure the model must be before a block goes. Higher: stories lose less, and more"
        " advertising stays. The broken line is at the threshold of this report.",
        element(
            "div",
            *(figure(plot) for plot in plots if plot is not None),
            class_="plots",
        ),
        folded("The same in numbers", sheet(table("By threshold, words", heads, rows))),
    )


def _learning(facts: Facts) -> Element | None:
    drawn = pictures.learnt(facts.learning)
    if not drawn:
        return None
    rows = [
        [f"{row['blocks']:,.0f}", *(f"{row[name]:.3f}" for name in drawn)] for row in facts.learning
    ]
    heads = ("blocks", *(pictures.LEARNT[name] for name in drawn))
    return section(
        "What more labels bring",
        "Figures of models that learnt from a part of the labelled blocks, measured on documents"
        " from which they did not learn. From the model's card.",
        element(
            "div",
            figure(pictures.learning(facts.learning)),
            sheet(table("By labelled blocks", heads, rows)),
            class_="plots",
        ),
    )
