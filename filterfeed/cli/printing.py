"""Text for people: what publishers wrote, made safe for a terminal, and tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filterfeed.types import Config

if TYPE_CHECKING:
    from rich.table import Table

COLOURS = {"article": "green", "ad": "red", "legal": "yellow", "chrome": "blue"}


def plain(text: str, width: int = 0) -> str:
    """`text` on one line without control characters, cut to `width` characters unless 0."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if not width or len(text) <= width else f"{text[: width - 1]}…"


def local(moment: datetime | None) -> str:
    """In the user's time zone, to the minute; "" for None."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else ""


def output_path(config: Config, name: str) -> str:
    """Of the cleaned feed, as short as it can be said here."""
    path = Path(config.output) / f"{name}.xml"
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    """A table with a line under its head; the columns in `numbers` are aligned to the right."""
    from rich import box  # slow: rich
    from rich.table import Table  # slow: rich

    made = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
        header_style="bold",
    )
    for column in columns:
        right = column in numbers
        made.add_column(
            column,
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
        )
    return made


def show_table(made: Table) -> None:
    from rich.console import Console  # slow: rich

    Console(highlight=False, markup=False, emoji=False).print(made)
