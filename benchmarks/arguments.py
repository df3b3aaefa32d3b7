"""What the commands understand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.pages import CORPUS, OWN, GoldPage, load, sample
from filterfeed.errors import FilterfeedError


def parser(about: str) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=about)
    made.add_argument(
        "--pages",
        type=Path,
        default=CORPUS if CORPUS.is_dir() else OWN,
        metavar="DIR",
        help="a corpus (pages.jsonl) or a directory of *.html files; default: %(default)s",
    )
    made.add_argument(
        "--sample", type=int, metavar="N", help="about N pages, evenly spaced; 0 means all"
    )
    return made


def chosen(pages: Sequence[GoldPage], given: int | None, default: int = 0) -> list[GoldPage]:
    return sample(pages, default if given is None else given)


def loaded(directory: Path) -> list[GoldPage]:
    """The pages there, or an end with one line that says what is wrong."""
    try:
        return load(directory)
    except FilterfeedError as error:
        sys.exit(str(error))
