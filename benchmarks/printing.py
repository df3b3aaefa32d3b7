"""Tables for a terminal, and what machine it was."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from filterfeed import __version__


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need to be, the first to the left, the others to the right."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    shown = [_line(line, widths) for line in lines]
    return "\n".join([shown[0], "─" * len(shown[0]), *shown[1:]])


def machine() -> str:
    """Date, versions and processor, in one line."""
    return (
        f"{date.today()}, filterfeed {__version__}, Python {platform.python_version()}, "
        f"{_processor()}, {os.cpu_count()} cores, one thread used"
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    left = first[0].ljust(first[1])
    return "  ".join([left, *(cell.rjust(width) for cell, width in rest)]).rstrip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
