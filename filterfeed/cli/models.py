"""The verb `model`: which models there are, which is in use, what may be loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from filterfeed.cli.printing import local, show_table, table
from filterfeed.cli.settings import Settings, common
from filterfeed.registry import SHIPPED, Registry, card_at
from filterfeed.types import Config

_NUMBERS = ("blocks", "docs", "publishers", "kept", "macro-F1")


@click.group(subcommand_metavar="list|use|rollback|trust")
@common
def model() -> None:
    """List the models trained here, and choose which is in use."""


@model.command("list")
@common
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List the models: what they learnt from, and figures.

    These are the shipped one and those trained here. The figures are of documents that a model
    does not know: see `validation` and `learning_curve` in its card.
    """
    rows = list(_rows(settings.load()))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    made = table("", "model", "made", *_NUMBERS, numbers=_NUMBERS)
    for row in rows:
        made.add_row(
            "*" if row["active"] else "",
            row["id"],
            local(row["made"] and datetime.fromisoformat(row["made"])),
            *(str(row[name] or "") for name in ("blocks", "documents", "publishers")),
            _figure(row["article_words_kept"], ".1%"),
            _figure(row["macro_f1"], ".3f"),
        )
    show_table(made)


@model.command()
@common
@click.argument("id_", metavar="ID")
@click.pass_obj
def use(settings: Settings, id_: str) -> None:
    """Put a model in use.

    ID is one of those in `model list`, which may be "shipped".
    """
    config = settings.load()
    Registry(config.models).use(id_)
    _say_used(settings, config, id_)


@model.command()
@common
@click.pass_obj
def rollback(settings: Settings) -> None:
    """Go back to the model before."""
    config = settings.load()
    _say_used(settings, config, Registry(config.models).rollback())


@model.command()
@common
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def trust(settings: Settings, file: Path) -> None:
    """Let a model file be loaded.

    It runs code when it is loaded: trust files whose maker you trust. Trust ends when the file
    is changed.
    """
    digest = settings.registry().trust(file)
    if not settings.quiet:
        click.echo(f"{file} may be loaded as long as its SHA-256 is {digest}")


def again(settings: Settings) -> str:
    """What makes of it that another model is in use."""
    return f"{settings.command('reprocess')}, or else the next run, cleans all items with it"


def _say_used(settings: Settings, config: Config, id_: str) -> None:
    if settings.quiet:
        return
    if config.model:
        click.echo(f"{id_} is chosen, but in use is still the `model` of {config.path}")
    else:
        click.echo(f"{id_} is in use now: {again(settings)}")


def _rows(config: Config) -> Iterator[dict[str, Any]]:
    from filterfeed import model  # slow: numpy

    registry = Registry(config.models)
    shipped = model.shipped_path()
    is_active = not config.model and not registry.active_path()
    yield _row(SHIPPED, shipped, card_at(shipped), is_active)
    for entry in registry.entries():
        active = entry.active and not config.model
        yield _row(entry.id, Path(entry.path), entry.card, active, entry.made)
    if config.model:
        file = Path(config.model)
        yield _row(file.name, file, card_at(file), True)


def _row(
    name: str, path: Path, card: Mapping[str, Any], active: bool, made: datetime | None = None
) -> dict[str, Any]:
    facts = card.get("trained_on", {})
    figures = card.get("validation") or (card.get("learning_curve") or [{}])[-1]
    return {
        "id": name,
        "active": active,
        "made": made.isoformat() if made else None,
        "blocks": sum(facts.get("blocks", {}).values()),
        "documents": facts.get("documents", 0),
        "publishers": facts.get("publishers", 0),
        "article_words_kept": figures.get("article_words_kept"),
        "macro_f1": figures.get("macro_f1"),
        "path": str(path),
    }


def _figure(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
