"""The verb `label`: the labeller, and labels to and from files of labelled documents."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filterfeed.cli.settings import Settings, common, feed_named, now
from filterfeed.errors import FilterfeedError
from filterfeed.learn.questions import answers, questions
from filterfeed.publish import write_if_changed
from filterfeed.store import Store
from filterfeed.types import Config

if TYPE_CHECKING:
    from filterfeed.learn.labels import Taken

_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


@click.group(invoke_without_command=True, subcommand_metavar="[export|import]")
@common
@click.option("--feed", "names", multiple=True, metavar="NAME", help="Ask about this feed only.")
@click.pass_context
def label(context: click.Context, names: Sequence[str]) -> None:
    """Label blocks of the stored items, one after the other.

    What the model doubts most comes first, and each recurring block once. Each answer is stored
    at once; the next time it goes on where it stopped. Where standard input is no terminal, the
    keys are read from it, one a line.
    """
    if not context.invoked_subcommand:
        _label(context.ensure_object(Settings), names)
    elif names:
        raise click.UsageError(f"--feed is not for `label {context.invoked_subcommand}`")


def _label(settings: Settings, names: Sequence[str]) -> None:
    from filterfeed.cli.labeller import Session, converse

    config = settings.load()
    chosen = [feed_named(config, name) for name in dict.fromkeys(names)] or config.feeds
    with _database(config) as store:
        items = ((feed.name, stored) for feed in chosen for stored in store.items(feed.name))
        found = questions(items)
        if not found:
            raise FilterfeedError(f"{config.database}: no blocks to label: first filterfeed run")
        session = Session(store, found, answers(store.labels.all()), now)
        converse(session)
    if settings.quiet:
        return
    skipped = f", {session.skipped} skipped" if session.skipped else ""
    click.echo(f"{session.now} labelled now{skipped}; {session.progress} in all")


@label.command("export")
@common
@click.argument("file", required=False, type=_FILE)
@click.pass_obj
def export(settings: Settings, file: Path | None) -> None:
    """Write what is labelled as labelled documents (JSON lines).

    To standard output, or to FILE, which is replaced as a whole, and gzipped if its name ends in
    .gz.
    """
    from filterfeed.learn.labels import documents, line  # slow: lxml

    with _database(settings.load()) as store:
        lines = (line(document) for document in documents(store))
        if file is None or str(file) == "-":
            sys.stdout.buffer.writelines(lines)
            return
        body = b"".join(lines)
    write_if_changed(file, gzip.compress(body, mtime=0) if file.suffix == ".gz" else body)
    if not settings.quiet:
        click.echo(f"{file}: {_count(body.count(10), 'labelled document')}")


@label.command("import")
@common
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=_FILE)
@click.pass_obj
def import_(settings: Settings, files: Sequence[Path]) -> None:
    """Store the labels of labelled documents (JSON lines); of what is stored nothing is lost.

    FILE is - for standard input, and gzipped if its name ends in .gz. A line that is no labelled
    document is named; the others are taken. Importing a file again changes nothing.
    """
    from filterfeed.learn.corpus import lines  # slow: lxml
    from filterfeed.learn.labels import take  # slow: lxml

    failed = False
    with Store(settings.load().database) as store:
        for file in files:
            rows = sys.stdin.buffer if str(file) == "-" else lines(file)
            taken = take(store, str(file), rows, now())
            for error in taken.errors:
                click.echo(f"filterfeed: {error}", err=True)
            failed = failed or bool(taken.errors)
            if not settings.quiet:
                click.echo(f"{file}: {_told(taken)}")
    if failed:
        raise click.exceptions.Exit(1)


def _told(taken: Taken) -> str:
    documents, labels = _count(taken.documents, "document"), _count(taken.labels, "label")
    return f"{documents} with {labels}, {taken.new} of them new"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _database(config: Config) -> Store:
    """Raises FilterfeedError where there is none yet: only runs and imports make one."""
    if not Path(config.database).exists():
        raise FilterfeedError(f"{config.database}: is not there yet: first filterfeed run")
    return Store(config.database)
