"""Where a model errs: publishers, documents, blocks."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from filterfeed.learn.evaluate import Judged, Report, Tally
from filterfeed.learn.report.elements import element, folded, section, sheet, table
from filterfeed.types import LABELS

_PUBLISHERS, _DOCUMENTS, _ERRORS = 20, 20, 24
"""That are shown at once."""
_TEXT = 400
"""Characters of a text that are shown."""


def publishers(found: Report) -> Element:
    rows = [_publisher(name, tally) for name, tally in found.worst_publishers()]
    shown = _publisher_table("Publishers, worst first", rows[:_PUBLISHERS])
    more = len(rows) - _PUBLISHERS
    return section(
        "Publishers",
        "Those first whose stories lose most. P is precision, R recall.",
        shown,
        *(
            [folded(f"{more:,} more", _publisher_table("Other publishers", rows[_PUBLISHERS:]))]
            if more > 0
            else []
        ),
    )


def _publisher_table(caption: str, rows: Sequence[Sequence[str]]) -> Element:
    heads = ("publisher", "blocks", "lost of 1,000", *("P", "R", "F1") * len(LABELS))
    groups = (("", 1), ("", 1), ("", 1), *((label, 3) for label in LABELS))
    return sheet(table(caption, heads, rows, groups=groups), "long")


def _publisher(name: str, tally: Tally) -> list[str]:
    figures = tally.figures()
    cells = [name, f"{tally.blocks:,}"]
    cells.append(f"{tally.lost_per_1000:.1f}" if tally.words["article"] else "")
    for label in LABELS:
        true, said = tally.true(label), tally.said(label)
        for score, known in (("precision", said), ("recall", true), ("f1", true + said)):
            cells.append(f"{figures[f'{label}_{score}']:.2f}" if known else "")
    return cells


def documents(found: Report) -> Element:
    worst = [(uid, found.documents[uid]) for uid, lost in found.worst(_DOCUMENTS) if lost > 0]
    rows = [
        [
            uid,
            f"{tally.lost:,}",
            f"{tally.words['article']:,}",
            f"{tally.lost / tally.words['article']:.1%}",
        ]
        for uid, tally in worst
    ]
    if not rows:
        return section("Worst documents", "No document loses a word of its story.")
    heads = ("document", "words lost", "of", "share")
    return section(
        "Worst documents",
        f"Those whose stories lose most. {found.figures()['documents_losing_over_5_percent']:.1%}"
        " of all lose more than 5%.",
        sheet(table("Words of the story", heads, rows), "long"),
    )


def errors(found: Report) -> Element:
    worst = [_error(own, times) for own, times in found.errors(_ERRORS)]
    if not worst:
        return section("Errors", "No block was given a wrong label.")
    return section(
        "Errors",
        "Blocks that were given a wrong label, those first of which the model was most certain.",
        element("ul", *worst, class_="errors"),
    )


def _error(own: Judged, times: int) -> Element:
    text = own.verdict.block.text
    chances = list(zip(LABELS, own.verdict.probabilities, strict=True))
    said = ", ".join(f"{label} {chance:.0%}" for label, chance in chances)
    often = f", {times} times" if times > 1 else ""
    return element(
        "li",
        element(
            "p",
            element("span", own.label, class_=f"label {own.label}"),
            " taken for ",
            element("span", own.verdict.label, class_=f"label {own.verdict.label}"),
            f": {_consequence(own)}",
        ),
        element("blockquote", text if len(text) <= _TEXT else f"{text[:_TEXT]}…", dir="auto"),
        _chances(chances, said),
        element("p", said, class_="chances-said"),
        element("p", f"{own.sample.publisher}, {own.sample.uid}{often}", class_="origin"),
        class_="sheet",
    )


def _consequence(own: Judged) -> str:
    if own.label == "article":
        return "lost" if own.verdict.dropped else "in doubt, stays"
    return "goes all the same" if own.verdict.dropped else "stays"


def _chances(chances: Sequence[tuple[str, float]], said: str) -> Element:
    """A bar of 100 parts, coloured by label."""
    bar = element(
        "svg",
        class_="chances",
        viewBox="0 0 100 1",
        preserveAspectRatio="none",
        role="img",
        aria_label=said,
    )
    start = 0.0
    for label, chance in chances:
        size = {"x": f"{start:.2f}", "width": f"{100 * chance:.2f}", "height": 1}
        bar.append(element("rect", **size, class_=label))
        start += 100 * chance
    return bar
