"""`serve`: the application behind uvicorn, and a thread beside it that polls."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import Receive, Scope, Send

from filterfeed.errors import FilterfeedError, ServeError
from filterfeed.types import Config
from filterfeed.web.app import build

# All in seconds. The least and the most between two polls, whatever the last one asked for;
# the most between two polls after failures; what the requests, and then the poll, that are
# under way at the end still get.
MIN_PAUSE = 1.0
MAX_PAUSE = 3600.0
MAX_RETRY = 60.0
GRACE = 2

Poll = Callable[[threading.Event], float]
Reload = Callable[[], Config]

log = logging.getLogger(__name__)


def serve(config: Config, poll: Poll, *, reload: Reload | None = None) -> None:
    """Serve at `config.host` and `config.port` and poll, until SIGTERM or SIGINT.

    `poll` is called again and again, in a thread: it does one run and returns the seconds until
    the next feed is due. What it raises is logged. It should return soon after its event is
    set: a poll that is still under way GRACE seconds later ends with the process, status 0.

    With `reload`, SIGHUP serves the configuration that it returns and polls at once; host and
    port stay. When it raises, that is logged, and the last good configuration stays.

    To be called in the main thread. Raises ServeError when the address cannot be had, and
    StoreError.
    """
    site = _Site(config)
    listener = _listen(config.host, config.port)
    poller = _Poller(poll)
    _Server(site, poller, listener, reload).run([listener])
    if poller.is_alive():
        # Its threads would hold up the interpreter. The store's transactions make this safe.
        log.warning("ended in the middle of a poll")
        sys.stdout.flush()
        os._exit(0)


class _Site:
    """The application of the configuration in force."""

    def __init__(self, config: Config) -> None:
        self.change(config)

    def change(self, config: Config) -> None:
        self._app = build(config)
        self.size = f"{len(config.feeds)} feed{'' if len(config.feeds) == 1 else 's'}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _Poller:
    """The thread that polls."""

    def __init__(self, poll: Poll) -> None:
        self._poll = poll
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="poll", daemon=True)
        self.start = self._thread.start
        self.join = self._thread.join
        self.is_alive = self._thread.is_alive

    def wake(self) -> None:
        """Poll at once; after the poll that is under way, if there is one."""
        self._woken.set()

    def stop(self) -> None:
        self._stopping.set()
        self.wake()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                pause = min(self._poll(self._stopping), MAX_PAUSE)
                failures = 0
            except Exception as error:
                pause = min(2.0**failures, MAX_RETRY)
                failures = min(failures + 1, 10)
                log.error("poll: %s", _one_line(error))
            self._woken.wait(max(pause, MIN_PAUSE))
            self._woken.clear()


class _Server(uvicorn.Server):
    """uvicorn with the poller beside it, and with signals that end it with status 0."""

    def __init__(
        self, site: _Site, poller: _Poller, listener: socket.socket, reload: Reload | None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                site,
                loop="asyncio",
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._site = site
        self._poller = poller
        self._url = _url(listener)
        self._reload = reload

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own ends the process by the signal that it got."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        if self._reload:
            loop.add_signal_handler(signal.SIGHUP, self._change, self._reload)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"serving {self._site.size} at {self._url}", flush=True)
        self._poller.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        await asyncio.to_thread(self._poller.join, GRACE)

    def _end(self) -> None:
        self._poller.stop()
        self.should_exit = True

    def _change(self, reload: Reload) -> None:
        try:
            self._site.change(reload())
        except Exception as error:
            log.error("configuration not reloaded: %s", _one_line(error))
            return
        print(f"reloaded: serving {self._site.size} at {self._url}", flush=True)
        self._poller.wake()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ServeError(f"{host}:{port}: cannot listen: {reason}") from error


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _one_line(error: Exception) -> str:
    """Our errors speak for themselves; others need their type to be understood."""
    text = " ".join(str(error).split())
    return text if isinstance(error, FilterfeedError) else f"{type(error).__name__}: {text}"
