"""The verbs that keep feeds: `init`, `run`, `reprocess`, `serve` and `config`."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

import click

from filterfeed.cli.settings import Settings, common, feed_named, now
from filterfeed.errors import FilterfeedError
from filterfeed.runs import RunResult
from filterfeed.types import Config


@click.command()
@common
@click.argument("path", required=False, metavar="[DIR|FILE]")
@click.pass_obj
def init(settings: Settings, path: str | None) -> None:
    """Write a commented filterfeed.toml, to start from. Never overwrites one."""
    from filterfeed.config import TEMPLATE

    target = Path(path or settings.path)
    if target.suffix != ".toml":
        target /= "filterfeed.toml"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        raise FilterfeedError(f"{target}: exists already; it stays as it is") from None
    except OSError as error:
        raise FilterfeedError(f"{target}: cannot be written: {error.strerror}") from error
    if not settings.quiet:
        click.echo(f"{target} is written: name your feeds there, then: filterfeed -c {target} run")


@click.command()
@common
@click.argument("feeds", nargs=-1, metavar="[FEED]...")
@click.option("--force", is_flag=True, help="Poll them whether they are due or not.")
@click.pass_obj
def run(settings: Settings, feeds: tuple[str, ...], force: bool) -> None:
    """Poll the feeds that are due (or of the named ones those), and publish what is new.

    Says nothing when nothing happened.
    """
    from filterfeed import pipeline
    from filterfeed.cli.summary import progress_bar

    config = _with_feeds(settings, feeds)
    with progress_bar(settings.quiet) as progress:
        result = pipeline.run(config, now, only=feeds, force=force, progress=progress)
    _tell(settings, config, result)


@click.command()
@common
@click.argument("feeds", nargs=-1, metavar="[FEED]...")
@click.pass_obj
def reprocess(settings: Settings, feeds: tuple[str, ...]) -> None:
    """Clean all stored items (or those of the named feeds) again, from their stored originals.

    Nothing is fetched, no item becomes another one, and what differs is published.
    """
    from filterfeed import pipeline
    from filterfeed.cli.summary import progress_bar

    config = _with_feeds(settings, feeds)
    with progress_bar(settings.quiet) as progress:
        result = pipeline.reprocess(config, now, only=feeds, progress=progress)
    _tell(settings, config, result)


def _with_feeds(settings: Settings, names: tuple[str, ...]) -> Config:
    """The configuration, which has these feeds. Raises UsageError for others."""
    config = settings.load()
    for name in names:
        feed_named(config, name)
    return config


def _tell(settings: Settings, config: Config, result: RunResult) -> None:
    """What a run did; ends with status 1 when something failed."""
    from filterfeed.cli.summary import show_failures, show_summary

    if not settings.quiet:
        show_summary(result, config, settings)
    if show_failures(result):
        raise click.exceptions.Exit(1)


@click.command()
@common
@click.pass_obj
def serve(settings: Settings) -> None:
    """Poll in the background, and serve the cleaned feeds by HTTP until SIGTERM.

    SIGHUP reads the configuration again.
    """
    from filterfeed import web  # slow: starlette

    logging.basicConfig(level=logging.WARNING, format="filterfeed: %(message)s")
    server = _Serving(settings, settings.load())
    web.serve(server.config, server.poll, reload=server.reload)


@dataclass
class _Serving:
    settings: Settings
    config: Config

    def reload(self) -> Config:
        self.config = self.settings.load()
        return self.config

    def poll(self, stop: threading.Event) -> float:
        from filterfeed import pipeline
        from filterfeed.cli.summary import show_failures

        config = self.config
        show_failures(pipeline.run(config, now, stop=stop))
        return pipeline.pause(config, now())


@click.command()
@common
@click.pass_obj
def config(settings: Settings) -> None:
    """Check the configuration, and print what is in force."""
    from filterfeed.cli.effective import toml

    click.echo(toml(settings.load()), nl=False)
