"""The verb `evaluate`: how good a model is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from filterfeed.cli.printing import plain, show_table, table
from filterfeed.cli.settings import Settings, common
from filterfeed.cli.summary import progress_bar
from filterfeed.errors import SourceError
from filterfeed.publish import write_if_changed
from filterfeed.registry import choice
from filterfeed.types import LABELS, Policy

if TYPE_CHECKING:
    from filterfeed.learn.evaluate import Report, Scored
    from filterfeed.learn.report import Facts
    from filterfeed.learn.samples import Sample
    from filterfeed.model import Model

_SCORES = ("gone", "precision", "recall", "F1")
_PUBLISHERS = 15
"""That are shown, the worst first."""


@click.command()
@common
@click.option("--model", "path", default="", help="A model file, instead of the one in use.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="How sure before a block goes.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--report",
    "page",
    metavar="OUT.html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with pictures and examples of errors.",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def evaluate(  # noqa: PLR0913
    settings: Settings,
    *,
    path: str,
    threshold: float | None,
    as_json: bool,
    page: Path | None,
    files: tuple[Path, ...],
) -> None:
    """Measure a model on files of labelled documents (JSON lines).

    Only documents that it was not trained on tell how good it is: for those that it was, see the
    figures in its card, which come from cross-validation.
    """
    from filterfeed.learn.corpus import samples  # slow: numpy
    from filterfeed.learn.evaluate import report  # slow: numpy

    used = settings.model(path)
    scored = _scored(settings, used, [own for file in files for own in samples(file)])
    policy = Policy() if threshold is None else Policy(threshold=threshold)
    found = report(scored, policy)
    if not found.judged:
        raise SourceError(f"{', '.join(map(str, files))}: no block is labelled")
    if page:
        card = _card(settings, path)
        _write(page, found, _facts(scored, policy, used.id, files, card))
    if as_json:
        click.echo(json.dumps(_for_programs(found), ensure_ascii=False))
    elif not settings.quiet:
        _show(found)


def _scored(settings: Settings, used: Model, samples: list[Sample]) -> list[Scored]:
    from filterfeed.learn.evaluate import score  # slow: numpy

    scored: list[Scored] = []
    with progress_bar(settings.quiet) as progress:
        for number, sample in enumerate(samples, 1):
            scored += score(used, [sample])
            if progress:
                progress(number, len(samples), "scoring")
    return scored


def _card(settings: Settings, path: str) -> dict[str, Any]:
    from filterfeed import model  # slow: numpy

    return model.card_of(Path(path or choice(settings.load_if_any()).path or model.shipped_path()))


def _facts(
    scored: list[Scored], policy: Policy, id_: str, files: Iterable[Path], card: Mapping[str, Any]
) -> Facts:
    from filterfeed.learn.evaluate import curve  # slow: numpy
    from filterfeed.learn.report import THRESHOLDS, Facts  # slow: numpy

    return Facts(
        model=id_,
        threshold=policy.threshold,
        files=tuple(file.name for file in files),
        curve=curve(scored, sorted({*THRESHOLDS, policy.threshold})),
        learning=card.get("learning_curve", ()),
    )


def _write(file: Path, found: Report, facts: Facts) -> None:
    from filterfeed.learn.report import page  # slow: numpy

    write_if_changed(file, page(found, facts).encode())


def _for_programs(found: Report) -> dict[str, Any]:
    return {
        **found.figures(),
        "confusion": {
            true: {said: found.total.confusion[true, said] for said in LABELS} for true in LABELS
        },
        "publishers": {
            name: {"blocks": tally.blocks, "words": tally.words.total(), **tally.figures()}
            for name, tally in sorted(found.publishers.items())
        },
        "calibration": found.calibration_rows(),
        "worst": found.worst(),
    }


# For people


def _show(found: Report) -> None:
    show_figures(found.figures(), [label for label in LABELS if found.total.occurs(label)])
    click.echo()
    _show_confusion(found)
    click.echo()
    _show_publishers(found)
    _show_worst(found)


def show_figures(figures: dict[str, Any], labels: Iterable[str] = LABELS) -> None:
    """Of `Report.figures`, or of a card's "validation"; of those labels that occur."""
    made = table("label", *_SCORES, numbers=_SCORES)
    for label in labels:
        gone = (
            1 - figures["article_words_kept"]
            if label == "article"
            else figures[f"{label}_words_removed"]
        )
        scores = [figures[f"{label}_{name}"] for name in ("precision", "recall", "f1")]
        made.add_row(label, f"{gone:.2%}", *(f"{score:.3f}" for score in scores))
    show_table(made)
    click.echo(
        f"{figures['documents']:,} documents, {figures['blocks']:,} blocks; macro-F1 "
        f"{figures['macro_f1']:.3f}, calibration error {figures['calibration_error']:.3f}\n"
        f"{figures['article_words_lost_per_1000']:.1f} of 1,000 words of stories go; "
        f"{figures['documents_losing_over_5_percent']:.1%} of the documents lose more than 5%"
    )


def _show_confusion(found: Report) -> None:
    said = tuple(f"said\n{label}" for label in LABELS)
    made = table("blocks that are", *said, numbers=said)
    for true in LABELS:
        made.add_row(true, *(f"{found.total.confusion[true, said]:,}" for said in LABELS))
    show_table(made)


def _show_publishers(found: Report) -> None:
    columns = ("blocks", "lost of\n1,000", *(f"F1\n{label}" for label in LABELS))
    made = table("publisher", *columns, numbers=columns)
    publishers = found.worst_publishers()
    for name, tally in publishers[:_PUBLISHERS]:
        figures = tally.figures()
        lost = f"{tally.lost_per_1000:.1f}" if tally.words["article"] else ""
        f1 = (f"{figures[f'{label}_f1']:.2f}" if tally.occurs(label) else "" for label in LABELS)
        made.add_row(plain(name), f"{tally.blocks:,}", lost, *f1)
    show_table(made)
    if len(publishers) > _PUBLISHERS:
        click.echo(f"and {len(publishers) - _PUBLISHERS} more, which lose less")


def _show_worst(found: Report) -> None:
    worst = [uid for uid, share in found.worst() if share > 0]
    if not worst:
        return
    click.echo()
    columns = ("words lost", "of", "share")
    made = table("worst documents", *columns, numbers=columns)
    for uid in worst:
        tally = found.documents[uid]
        lost, words = tally.lost, tally.words["article"]
        made.add_row(plain(uid), f"{lost:,}", f"{words:,}", f"{lost / words:.1%}")
    show_table(made)
