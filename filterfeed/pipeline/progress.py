"""How far a run is, and whether it is to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

Progress = Callable[[int, int, str], None]
"""Told how much of a run is done, how much is known to be to do, and what it is about."""


class Stopped(Exception):
    """The run was asked to stop; what it has not finished is for the next one."""


class Ticker:
    """Counts steps for a Progress, and raises Stopped between two of them."""

    def __init__(self, report: Progress | None, stop: threading.Event) -> None:
        self._report = report
        self._stop = stop
        self._done = self._total = 0

    def each(self, values: Iterable[T], count: int, what: str) -> Iterator[T]:
        """`values`, of which there are `count`: each that was taken is one step done."""
        self._total += count
        for value in values:
            if self._stop.is_set():
                raise Stopped
            self._done += 1
            if self._report:
                self._report(self._done, self._total, what)
            yield value
