"""The verb `train`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filterfeed import api
from filterfeed.cli.evaluating import show_figures
from filterfeed.cli.models import again
from filterfeed.cli.printing import show_table, table
from filterfeed.cli.settings import Settings, common, now
from filterfeed.cli.summary import progress_bar
from filterfeed.errors import FilterfeedError
from filterfeed.registry import Registry
from filterfeed.store import Store
from filterfeed.types import Config

if TYPE_CHECKING:
    from filterfeed.learn.adapting import Adapted
    from filterfeed.learn.samples import Sample

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_CORPUS = click.Path(exists=True, file_okay=False, path_type=Path)
_FIGURES = {
    "article_words_kept": "article kept",
    "ad_words_removed": "ad removed",
    "legal_words_removed": "legal removed",
    "macro_f1": "macro-F1",
}


@click.command()
@common
@click.option("--corpus", type=_CORPUS, help="Train a whole model on this directory.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The model file.")
@click.option("--lower-floors", metavar="REASON", default="", help="Accept a worse model, and why.")
@click.option("--force", is_flag=True, help="Put a model in use that is worse.")
@click.argument("files", nargs=-1, metavar="[FILE]...", type=_FILE)
@click.pass_obj
def train(  # noqa: PLR0913
    settings: Settings,
    *,
    corpus: Path | None,
    out: Path | None,
    lower_floors: str,
    force: bool,
    files: Sequence[Path],
) -> None:
    """Learn from labelled documents: those in FILEs, or else those of `filterfeed label`.

    The model of the configuration is adapted to them, measured, and put in use unless it is worse.

    With --corpus a whole model is trained, on what is there and in FILEs, and written with its
    card. It is refused when its figures (cross-validated by publisher) are below the floors of the
    card that it would replace.
    """
    if corpus is None:
        if out or lower_floors:
            raise click.UsageError("--out and --lower-floors are for --corpus")
        _adapt(settings, files, force)
    elif force:
        raise click.UsageError("--force is not for --corpus; --lower-floors is")
    else:
        _train(settings, corpus, files, out, lower_floors)


# On a corpus


def _train(
    settings: Settings, corpus: Path, files: Sequence[Path], out: Path | None, lower_floors: str
) -> None:
    from filterfeed import model  # slow: numpy
    from filterfeed.learn.corpus import Corpus  # slow: numpy
    from filterfeed.learn.train import train as make  # slow: scikit-learn

    found, registry = Corpus.at(corpus), settings.registry()
    target = out or model.shipped_path()
    with progress_bar(settings.quiet) as bar:
        card = make(
            replace(found, documents=(*found.documents, *files)),
            target,
            lower_floors=lower_floors,
            progress=lambda step: bar(0, 0, step) if bar else None,
        )
    if out:
        registry.trust(out)
    if not settings.quiet:
        click.echo(f"{target} is written ({card['bytes'] / 1e6:.1f} MB)")
        show_figures(card["validation"])


# On labels


def _adapt(settings: Settings, files: Sequence[Path], force: bool) -> None:
    from filterfeed.learn import adapting  # slow: numpy

    config = settings.load()
    registry = Registry(config.models)
    active = api.load_model(config)
    # Always from the same start: labels that were learnt before are among these.
    base = active if config.model else api.load_model()
    samples = list(_samples(config, files))
    with progress_bar(settings.quiet) as bar:
        adapted = adapting.train(base, active, samples, bar)
    activate = force or not adapted.worse
    entry = registry.add(adapted.data, adapted.card, now(), activate=activate)
    if not settings.quiet:
        _show_learnt(adapted)
        click.echo(_outcome(settings, config, entry.id, active.id, activate=activate))
    if not activate:
        why = "; ".join(adapted.worse)
        raise FilterfeedError(
            f"{entry.id} is kept but not put in use, for it is worse (--force overrides): {why}"
        )


def _samples(config: Config, files: Sequence[Path]) -> Iterator[Sample]:
    from filterfeed.learn import corpus, labels  # slow: numpy

    for file in files:
        yield from corpus.samples(file)
    if not files and Path(config.database).exists():
        with Store(config.database) as store:
            yield from map(corpus.labelled, labels.documents(store))


def _outcome(settings: Settings, config: Config, id_: str, before: str, *, activate: bool) -> str:
    if not activate:
        return f"{id_} is written to {config.models}"
    if config.model:
        return f"{id_} is written to {config.models}; in use is still the `model` of {config.path}"
    if id_ == before:
        return f"{id_} is in use, as before"
    return f"{id_} is in use now instead of {before}: {again(settings)}"


def _show_learnt(adapted: Adapted) -> None:
    card = adapted.card
    facts = card["trained_on"]
    blocks = sum(facts["blocks"].values())
    click.echo(f"learnt from {blocks} labelled blocks in {facts['documents']} documents")
    columns = ("blocks known", *_FIGURES.values())
    made = table("measured on", *columns, numbers=columns)
    for row in card["learning_curve"]:
        made.add_row("your documents", str(row["blocks"]), *_cells(row))
    made.add_section()
    made.add_row("our samples", "before", *_cells(adapted.before))
    made.add_row("our samples", "after", *_cells(card["samples"]["after"]))
    show_table(made)


def _cells(row: Mapping[str, float]) -> list[str]:
    return [f"{row[name]:.3f}" if name == "macro_f1" else f"{row[name]:.1%}" for name in _FIGURES]
