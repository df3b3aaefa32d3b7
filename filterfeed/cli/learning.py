"""The verbs about the model: `train` and `evaluate`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from filterfeed.cli.printing import show_table, table
from filterfeed.cli.settings import Settings, common
from filterfeed.types import LABELS, Policy

if TYPE_CHECKING:
    from filterfeed.learn.evaluate import Report

_CORPUS = click.Path(exists=True, file_okay=False, path_type=Path)
_SHOWN = ("words kept", "precision", "recall", "F1")


def _progress(quiet: bool, step: str) -> None:
    if not quiet and sys.stderr.isatty():
        click.secho(f"{step} …", dim=True, err=True)


@click.command()
@common
@click.option("--corpus", type=_CORPUS, required=True, help="Directory of labelled documents.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The model file.")
@click.option("--lower-floors", metavar="REASON", default="", help="Accept a worse model, and why.")
@click.pass_obj
def train(settings: Settings, corpus: Path, out: Path | None, lower_floors: str) -> None:
    """Train a model and write it with its card.

    A model whose figures (cross-validated by publisher) are below the floors of the card that it
    would replace is refused.
    """
    from filterfeed import model  # slow: numpy, scikit-learn
    from filterfeed.learn.corpus import Corpus  # slow: scikit-learn
    from filterfeed.learn.train import train as make  # slow: scikit-learn

    target = out or model.shipped_path()
    card = make(
        Corpus.at(corpus),
        target,
        lower_floors=lower_floors,
        progress=lambda step: _progress(settings.quiet, step),
    )
    if not settings.quiet:
        click.echo(f"{target} is written ({card['bytes'] / 1e6:.1f} MB)")
        _show_figures(card["validation"])


@click.command()
@common
@click.option("--model", "path", default="", help="A model file, instead of the shipped one.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="How sure before a block goes.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def evaluate(path: str, threshold: float | None, as_json: bool, files: tuple[Path, ...]) -> None:
    """Measure a model on files of labelled documents (JSON lines).

    Only documents that it was not trained on tell how good it is: for those that it was, see the
    figures in its card, which come from cross-validation.
    """
    from filterfeed import model  # slow: numpy, scikit-learn
    from filterfeed.learn.corpus import documents, labelled  # slow: scikit-learn
    from filterfeed.learn.evaluate import report, score  # slow: scikit-learn

    samples = [labelled(document) for file in files for document in documents(file)]
    policy = Policy() if threshold is None else Policy(threshold=threshold)
    found = report(score(model.load(path), samples), policy)
    if as_json:
        click.echo(json.dumps({**found.figures(), "worst": found.worst()}, ensure_ascii=False))
        return
    _show_figures(found.figures())
    _show_publishers(found)
    for uid, share in found.worst():
        if share > 0:
            click.echo(f"loses {share:6.1%} of its article words: {uid}")


def _show_figures(figures: dict[str, Any]) -> None:
    made = table("label", *_SHOWN, numbers=_SHOWN)
    for label in LABELS:
        kept = (
            figures["article_words_kept"]
            if label == "article"
            else 1 - figures[f"{label}_words_removed"]
        )
        scores = [figures[f"{label}_{name}"] for name in ("precision", "recall", "f1")]
        made.add_row(label, f"{kept:.2%}", *(f"{score:.3f}" for score in scores))
    show_table(made)
    click.echo(
        f"{figures['documents']} documents, {figures['blocks']} blocks; macro-F1 "
        f"{figures['macro_f1']:.3f}; {figures['documents_losing_over_5_percent']:.1%} of the "
        f"documents lose more than 5% of their article words"
    )


def _show_publishers(report: Report) -> None:
    columns = ("blocks", "article kept", "ad removed", "legal removed")
    made = table("publisher", *columns, numbers=columns)
    for name, tally in sorted(report.publishers.items()):
        figures = tally.figures()
        removed = [
            f"{figures[f'{label}_words_removed']:.0%}" if tally.words[label] else ""
            for label in ("ad", "legal")
        ]
        blocks = sum(tally.confusion.values())
        made.add_row(name, str(blocks), f"{figures['article_words_kept']:.2%}", *removed)
    show_table(made)
