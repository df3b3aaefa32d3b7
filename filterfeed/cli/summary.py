"""What `run` says: how far it is, what it did, what failed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import click

from filterfeed.cli.printing import output_path, show_table, table
from filterfeed.cli.settings import Settings
from filterfeed.runs import FeedResult, RunResult
from filterfeed.types import Config

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

    from filterfeed.pipeline import Progress

_NUMBERS = ("items", "cleaned", "blocks", "ad", "legal", "chrome")


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Progress | None]:
    """A bar on standard error, if that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar()
    try:
        yield bar.show
    finally:
        bar.stop()


class _Bar:
    """Appears with the first step."""

    @cached_property
    def _progress(self) -> RichProgress:
        from rich.console import Console  # slow: rich
        from rich.progress import Progress  # slow: rich

        progress = Progress(console=Console(stderr=True), transient=True)
        self._task = progress.add_task("", total=None)
        progress.start()
        return progress

    def show(self, done: int, total: int, what: str) -> None:
        """Of what has a `total` of 0 nobody knows how much it is."""
        progress = self._progress
        progress.update(self._task, completed=done, total=total or None, description=what)

    def stop(self) -> None:
        if "_progress" in self.__dict__:
            self._progress.stop()


def show_failures(result: RunResult) -> bool:
    """One line on standard error for each failure; whether there was one."""
    failed = [feed for feed in result.feeds if feed.outcome == "failed"]
    lines = [*result.errors, *(f"{feed.name}: {feed.error}" for feed in failed)]
    for line in lines:
        click.echo(f"filterfeed: {line}", err=True)
    return bool(lines)


def show_summary(result: RunResult, config: Config, settings: Settings) -> None:
    """A table of the feeds that have changed, if there are any; failed ones beside them.

    Below it, where they are, and what was left out: no item vanishes without a word.
    """
    if any(feed.outcome == "updated" for feed in result.feeds):
        _show_table(result)
        click.echo(f"\nclean feeds: {output_path(config, '*')}")
    for feed in result.feeds:
        if feed.left_out:
            items = "item" if feed.left_out == 1 else "items"
            where = settings.command(f"show {feed.name} --promoted")
            click.echo(f"{feed.name}: {feed.left_out} {items} left out as advertising: {where}")


def _show_table(result: RunResult) -> None:
    shown = [feed for feed in result.feeds if feed.outcome != "unchanged"]
    made = table("feed", *_NUMBERS, "state", numbers=_NUMBERS)
    for feed in shown:
        made.add_row(feed.name, *_numbers(feed), feed.outcome)
    if len(shown) > 1:
        made.add_section()
        made.add_row("total", *_totals(shown), "")
    show_table(made)


def _counts(feed: FeedResult) -> tuple[int, ...]:
    return (feed.items, feed.cleaned, feed.blocks, *feed.removed)


def _numbers(feed: FeedResult) -> tuple[str, ...]:
    return tuple(map(str, _counts(feed))) if feed.outcome == "updated" else ("",) * len(_NUMBERS)


def _totals(feeds: list[FeedResult]) -> list[str]:
    return [str(sum(column)) for column in zip(*map(_counts, feeds), strict=True)]
