"""Politeness: when a request to a host may start."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class Stopped(Exception):
    """Nothing more is to be asked."""


@dataclass(eq=False, slots=True)
class _Waiting:
    host: str


class Turns:
    """Hands out turns in the order in which they were asked for; one for each request.

    `total` are under way at once and `per_host` of these to one host, whose requests start at
    least `delay` seconds apart. Who waits for a busy host holds up nobody who asks for another.
    """

    def __init__(self, total: int, per_host: int, delay: float) -> None:
        self._total = total
        self._per_host = per_host
        self._delay = delay
        self._changed = threading.Condition()
        self._queue: list[_Waiting] = []
        self._busy: Counter[str] = Counter()
        self._earliest: dict[str, float] = {}
        self._closed = False

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Waits for a turn, which lasts as long as the context; Stopped when `close` was called."""
        self._take(host)
        try:
            yield
        finally:
            self._give_back(host)

    def close(self) -> None:
        """Sends away whoever waits or comes later."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(self, host: str) -> None:
        me = _Waiting(host)
        with self._changed:
            self._queue.append(me)
            try:
                self._wait_for(me)
            finally:
                self._queue.remove(me)
                self._changed.notify_all()
            self._busy[host] += 1
            self._earliest[host] = time.monotonic() + self._delay

    def _give_back(self, host: str) -> None:
        with self._changed:
            self._busy[host] -= 1
            self._changed.notify_all()

    def _wait_for(self, me: _Waiting) -> None:
        while not self._closed:
            now = time.monotonic()
            if self._next(now) is me:
                return
            pause = self._earliest.get(me.host, now) - now
            self._changed.wait(pause if pause > 0 else None)
        raise Stopped

    def _next(self, now: float) -> _Waiting | None:
        """Who may start now: the first in the queue whose host is free."""
        if self._busy.total() >= self._total:
            return None
        return next((each for each in self._queue if self._free(each.host, now)), None)

    def _free(self, host: str, now: float) -> bool:
        return self._busy[host] < self._per_host and self._earliest.get(host, now) <= now
