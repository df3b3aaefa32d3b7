"""The plots of a report: reliability, what a threshold costs and brings, how learning goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from filterfeed.learn.calibration import Bin, expected_calibration_error
from filterfeed.learn.report.drawing import Axis, Plot, amounts, shares

Row = Mapping[str, float]

LEARNT = {
    "macro_f1": "macro-F1",
    "article_words_kept": "article kept",
    "ad_words_removed": "ad removed",
    "legal_words_removed": "legal removed",
}
"""Figures of a learning curve that are drawn, and what they are called."""
_CLASSES = {
    "macro_f1": "all",
    "article_words_kept": "article",
    "ad_words_removed": "ad",
    "legal_words_removed": "legal",
}
_NAMES = 92
"""Room for the names of LEARNT."""


def reliability(bins: Sequence[Bin], title: str, of: str) -> Element:
    """How often what was given a probability was so; bars tell how many blocks had which."""
    plot = Plot(shares(of), shares("how often it was so"))
    total = sum(own.blocks for own in bins)
    text = (
        f"Calibration error {expected_calibration_error(bins):.3f} over {total:,} blocks. On the"
        " diagonal probabilities mean what they say; below it the model is too sure."
    )
    return plot.picture(
        title,
        text,
        *(plot.bar(own.low, own.high, own.blocks / total, "count") for own in bins),
        plot.line([(0, 0), (1, 1)], "ideal"),
        plot.line([(own.probability, own.right) for own in bins], "all"),
        *(
            plot.dot((own.probability, own.right), "all", size=2 + 3 * (own.blocks / total) ** 0.5)
            for own in bins
        ),
    )


def removal(rows: Sequence[Row], threshold: float, labels: Sequence[str]) -> Element:
    """What of each label goes, by threshold."""
    least = min(row[_removed(label)] for row in rows for label in labels)
    plot = Plot(_thresholds(rows), shares("words removed", least), right=60)
    parts = plot.upright(threshold, f"{threshold:g}")
    for shape, label in enumerate(labels):
        points = [(row["threshold"], row[_removed(label)]) for row in rows]
        parts += plot.curve(points, label, shape)
    ends = [(label, rows[-1][_removed(label)], label) for label in labels]
    return plot.picture(
        "Removed, by threshold",
        "Share of the words of advertising, legal text and page furniture that goes.",
        *parts,
        *plot.names(ends),
    )


def loss(rows: Sequence[Row], threshold: float) -> Element:
    """What stories lose, by threshold."""
    points = [(row["threshold"], lost_per_1000(row)) for row in rows]
    most = max(lost for _, lost in points)
    plot = Plot(_thresholds(rows), amounts("words of stories lost, of 1,000", most), right=60)
    return plot.picture(
        "Lost, by threshold",
        "How many of 1,000 words of stories go.",
        *plot.upright(threshold, f"{threshold:g}"),
        *plot.curve(points, "article"),
        *plot.names([("article", points[-1][1], "article")]),
    )


def learning(rows: Sequence[Row]) -> Element:
    """What more labelled blocks bring."""
    drawn = learnt(rows)
    least = min(row[name] for row in rows for name in drawn)
    most = max(row["blocks"] for row in rows)
    plot = Plot(amounts("labelled blocks", most), shares("F1, share of words", least), right=_NAMES)
    parts: list[Element] = []
    for shape, name in enumerate(drawn):
        points = [(row["blocks"], row[name]) for row in rows]
        parts += plot.curve(points, _CLASSES[name], shape)
    ends = [(LEARNT[name], rows[-1][name], _CLASSES[name]) for name in drawn]
    return plot.picture(
        "Learning curve",
        "Figures of models that learnt from fewer labelled blocks.",
        *parts,
        *plot.names(ends),
    )


def learnt(rows: Sequence[Row]) -> list[str]:
    """The figures that a learning curve has."""
    return [name for name in LEARNT if rows and all(name in row for row in rows)]


def lost_per_1000(row: Row) -> float:
    """Of a row of the trade-off curve."""
    return 1000 * (1 - row["article_words_kept"])


def _removed(label: str) -> str:
    return f"{label}_words_removed"


def _thresholds(rows: Sequence[Row]) -> Axis:
    return replace(shares("threshold", min(row["threshold"] for row in rows)), form="{:.1f}")
