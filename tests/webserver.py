"""Real server processes on loopback with real stores, for tests; http.client asks them."""

from __future__ import annotations

import http.client
import pickle
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filterfeed.runs import FeedState
from filterfeed.store import Store
from filterfeed.types import Config, Feed, FeedConfig

CHANGED = datetime(2026, 11, 20, 10, 30, 0, tzinfo=UTC)
SECRET = "s3cret"
HOSTILE = 'Notes <script>alert("1")</script> & more'
BODY = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>Wire</title>'
    b"<link>https://wire.example/</link><description>News</description>"
    + b"".join(
        b'<item><guid isPermaLink="false">urn:%d</guid><title>Story %d</title>'
        b"<description>&lt;p>Text&lt;/p></description></item>" % (n, n)
        for n in range(20)
    )
    + b"</channel></rss>\n"
)
# What a poll does, by name; `notes` is a file that tells the test about it.
CHILD = """
import logging, pathlib, pickle, sys, time
from concurrent.futures import ThreadPoolExecutor
from filterfeed import web
from filterfeed.errors import ConfigError, FilterfeedError

config_file, kind, notes = sys.argv[1:]

def note(text):
    with open(notes, "a") as file:
        file.write(text + "\\n")

def idle(stop):
    note("poll")
    return 1000.0

def failing(stop):
    note("poll")
    raise FilterfeedError("wire: a poll\\nthat fails")

def broken(stop):
    note("poll")
    raise ZeroDivisionError("oops")

def patient(stop):
    note("poll")
    stop.wait()
    note("stopped")
    return 0.0

def stuck(stop):
    note("poll")
    with ThreadPoolExecutor() as pool:
        pool.submit(time.sleep, 60).result()

def load():
    data = pathlib.Path(config_file).read_bytes()
    if data == b"bad":
        raise ConfigError("filterfeed.toml", ["line 3: prot: unknown key, did you mean port?"])
    return pickle.loads(data)

try:
    web.serve(load(), globals()[kind], reload=load)
except FilterfeedError as error:
    sys.exit(str(error))
"""


def feed_config(name: str, **settings: object) -> FeedConfig:
    return FeedConfig(name, f"https://{name}.example/rss?token={SECRET}", **settings)  # type: ignore[arg-type]


def make_config(directory: Path, *feeds: FeedConfig, **settings: object) -> Config:
    return Config(  # type: ignore[arg-type]
        path=str(directory / "filterfeed.toml"),
        output=str(directory / "clean"),
        database=str(directory / "filterfeed.sqlite"),
        port=0,
        feeds=feeds,
        **settings,
    )


def polled(store: Store, feed: FeedConfig, body: bytes = BODY, **state: object) -> None:
    """As a good poll of `feed` leaves the store; `state` says what came of later ones."""
    known = {"status": "ok", "last_poll": CHANGED, "last_success": CHANGED, **state}
    described = Feed(title=f"The {feed.name}", link=f"https://{feed.name}.example/news")
    store.save_poll(FeedState(feed.name, feed.url, **known), described, (), ())  # type: ignore[arg-type]
    store.save_output(feed.name, body, CHANGED)


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Server:
    """A process that serves `config`."""

    def __init__(self, directory: Path, config: Config, poll: str = "idle") -> None:
        self.config_file = directory / "config.pickle"
        self.notes = directory / "notes"
        self.configure(config)
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, self.config_file, poll, self.notes],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.line = self.read_line()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.line)
        self.port = int(found[1]) if found else 0

    def configure(self, config: Config | None) -> None:
        """Write the configuration that the next reload reads; None: a bad one."""
        self.config_file.write_bytes(pickle.dumps(config) if config else b"bad")

    def read_line(self) -> str:
        """The next line that it prints, within some seconds."""
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        return self.process.stdout.readline() if ready else ""

    def wait_for_notes(self, count: int) -> list[str]:
        deadline = time.monotonic() + 20
        lines: list[str] = []
        while len(lines) < count and time.monotonic() < deadline:
            lines = self.notes.read_text().split() if self.notes.exists() else []
            time.sleep(0.02)
        return lines

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float, str]:
        """Exit status, seconds that it took, standard error."""
        start = time.monotonic()
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, time.monotonic() - start, errors

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose feeds are in every state there is."""
    directory = tmp_path_factory.mktemp("site")
    wire, named, silent, hopeless, ended, fresh, old = (
        feed_config("wire", interval=900),
        feed_config("named", title=HOSTILE),
        feed_config("silent"),
        feed_config("hopeless"),
        feed_config("ended"),
        feed_config("fresh"),
        feed_config("old"),
    )
    feeds = (wire, named, silent, hopeless, ended, fresh)
    config = make_config(directory, *feeds)
    later = CHANGED + timedelta(hours=2)
    with Store(config.database) as store:
        store.register((*feeds, old))
        polled(store, wire)
        polled(store, named)
        reason = f"{silent.url}: answered 500"
        polled(store, silent, status="failing", failures=3, error=reason, last_poll=later)
        polled(store, ended, status="gone", failures=1, error=f"{ended.url}: 410 Gone")
        polled(store, old)
        store.save_state(
            FeedState(hopeless.name, hopeless.url, last_poll=CHANGED, failures=2, status="failing")
        )
        store.register(feeds)
    server = Server(directory, config)
    yield server
    server.kill()


class Starter:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.database = make_config(directory).database
        self.servers: list[Server] = []

    def __call__(self, *feeds: FeedConfig, poll: str = "idle", **settings: object) -> Server:
        config = make_config(self.directory, *feeds, **settings)
        with Store(config.database) as store:
            store.register(feeds)
            for feed in feeds:
                polled(store, feed)
        self.servers.append(Server(self.directory, config, poll))
        return self.servers[-1]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(tmp_path)
    yield starter
    for server in starter.servers:
        server.kill()
