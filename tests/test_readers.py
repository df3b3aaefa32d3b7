"""Real feed readers subscribed to a real `serve`: what they get, and what they take for new."""

from __future__ import annotations

import http.client
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from loopback import Reply, Request, Site, serving
from newsroom import Newsroom, item, rss, story, title
from terminal import filterfeed, started

from filterfeed import model

pytestmark = pytest.mark.reader

FEEDS = ("wire", "titles")
PROMO = "<p>Subscribe to our newsletter today and save 50% on your first year!</p>"


@dataclass
class Relay:
    """Stands between readers and `serve`, wherever that listens, and notes what goes through."""

    site: Site
    target: str = ""
    answers: list[tuple[int, int]] = field(default_factory=list)
    """Status and length of each."""

    def __post_init__(self) -> None:
        self.urls = [self.site.url(f"/feeds/{name}.xml") for name in FEEDS]
        self.site.pages |= {urlsplit(url).path: self.answer for url in self.urls}

    def answer(self, request: Request) -> Reply:
        connection = http.client.HTTPConnection(self.target, timeout=10)
        connection.request("GET", request.path, headers=request.headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self.answers.append((answer.status, len(body)))
        headers = [own for own in answer.getheaders() if own[0].lower() != "content-length"]
        return Reply(answer.status, headers, body)


@dataclass
class Newsboat:
    home: Path
    urls: Sequence[str]

    def __post_init__(self) -> None:
        (self.home / "urls").write_text("\n".join([*self.urls, ""]))
        (self.home / "config").touch()

    def reload(self) -> None:
        self._run("reload")

    def titles(self) -> list[str]:
        return sorted(title for (title,) in self._sql("SELECT title FROM rss_item"))

    def read_all(self) -> None:
        self._sql("UPDATE rss_item SET unread = 0")

    def unread(self) -> int:
        return int(self._run("print-unread").split()[0])

    def _run(self, command: str) -> str:
        options = [part for name in ("urls", "config", "cache") for part in self._option(name)]
        return run("newsboat", *options, "-x", command, home=self.home)

    def _option(self, name: str) -> tuple[str, str]:
        return {"urls": "-u", "config": "-C", "cache": "-c"}[name], str(self.home / name)

    def _sql(self, statement: str) -> list[tuple[str]]:
        with sqlite3.connect(self.home / "cache") as cache:
            return cache.execute(statement).fetchall()


SFEEDRC = """\
sfeedpath="{home}/feeds"
fetch() {{
    etag="$3.etag"
    curl -f -s -m 15 --compressed --etag-save "$etag" --etag-compare "$etag" "$2"
}}
feeds() {{
{feeds}
}}
"""


@dataclass
class Sfeed:
    """It has no list of what was read: what it takes for an item of its own is in its files."""

    home: Path
    urls: Sequence[str]
    _read: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        feeds = "\n".join(f'    feed "{number}" "{url}"' for number, url in enumerate(self.urls))
        (self.home / "sfeedrc").write_text(SFEEDRC.format(home=self.home, feeds=feeds))

    def reload(self) -> None:
        run("sfeed_update", str(self.home / "sfeedrc"), home=self.home)

    def titles(self) -> list[str]:
        return sorted(row.split("\t")[1] for row in self._rows())

    def read_all(self) -> None:
        self._read |= self._items()

    def unread(self) -> int:
        return len(self._items() - self._read)

    def _items(self) -> set[str]:
        return {row.split("\t")[5] for row in self._rows()}

    def _rows(self) -> list[str]:
        files = (self.home / "feeds" / str(number) for number in range(len(self.urls)))
        return [row for file in files for row in file.read_text().splitlines()]


def run(*command: str, home: Path) -> str:
    environ = {**os.environ, "HOME": str(home)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def relay() -> Iterator[Relay]:
    with serving() as site:
        yield Relay(site)


@pytest.fixture(params=["newsboat", "sfeed_update"])
def reader(request: pytest.FixtureRequest, tmp_path: Path, relay: Relay) -> Newsboat | Sfeed:
    if not shutil.which(request.param):
        pytest.skip(f"needs {request.param}")
    home = tmp_path / "reader"
    home.mkdir()
    return (Newsboat if request.param == "newsboat" else Sfeed)(home, relay.urls)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """One feed with ids and one with neither ids nor texts, both polled once."""
    with serving() as site:
        room = Newsroom(site, tmp_path)
        wire = [item(number, text=story(number) + PROMO) for number in (2, 1)]
        room.follow("wire", rss(*wire), interval=1)
        room.follow("titles", rss(*(untold(number) for number in (6, 5))), interval=1)
        configure(room)
        assert filterfeed("run", cwd=room.directory).returncode == 0
        yield room


def untold(number: int) -> str:
    return (
        f"<item><title>{title(number)}</title><pubDate>2026-11-2{number} 10:00:00</pubDate>"
        f"<link>https://wire.example/{number}</link></item>"
    )


def configure(room: Newsroom, main: str = "", defaults: str = "") -> None:
    room.write_config(f"""
[filterfeed]
port = 0
{main}
[defaults]
source = "body"
{defaults}
""")


@contextmanager
def served(room: Newsroom, relay: Relay) -> Iterator[Callable[[], None]]:
    """`serve` behind the relay; what is yielded kills it."""
    process = started("serve", cwd=room.directory)
    try:
        assert process.stdout
        relay.target = urlsplit(process.stdout.readline().split()[-1]).netloc
        yield process.kill
    finally:
        process.terminate()
        process.communicate(timeout=10)


def answers(relay: Relay, reader: Newsboat | Sfeed) -> list[int]:
    """The statuses that a reload meets; a 304 is nothing but that."""
    relay.answers.clear()
    reader.reload()
    assert all(length == 0 for status, length in relay.answers if status == 304)
    return [status for status, _ in relay.answers]


def test_items_arrive_and_then_nothing(
    room: Newsroom, relay: Relay, reader: Newsboat | Sfeed
) -> None:
    """Both feeds' items have their titles; later reloads transfer nothing."""
    with served(room, relay):
        assert answers(relay, reader) == [200, 200]
        assert reader.titles() == sorted(title(number) for number in (1, 2, 5, 6))
        reader.reload()  # newsboat 2.21 has its validators ready for the third
        assert answers(relay, reader) == [304, 304]
        assert answers(relay, reader) == [304, 304]


def test_nothing_is_unread_again(room: Newsroom, relay: Relay, reader: Newsboat | Sfeed) -> None:
    """After another model and threshold, a run of all and a restart; what is new is unread."""
    with served(room, relay):
        reader.reload()
        titles = reader.titles()
        assert reader.unread() == 4
        reader.read_all()
    before = room.output("wire")
    for end in ("joblib", "json"):
        shutil.copy(model.shipped_path().with_suffix(f".{end}"), room.directory / f"mine.{end}")
    configure(room, 'model = "mine.joblib"', "threshold = 1")
    assert filterfeed("run", "--force", cwd=room.directory).returncode == 0
    assert room.output("wire") != before
    with served(room, relay):
        assert 200 in answers(relay, reader)
        assert (reader.titles(), reader.unread()) == (titles, 0)
    room.publish("/titles", rss(*(untold(number) for number in (7, 6, 5))))
    assert filterfeed("run", "--force", cwd=room.directory).returncode == 0
    with served(room, relay):
        reader.reload()
        assert (len(reader.titles()), reader.unread()) == (5, 1)


def test_a_killed_server_comes_back(room: Newsroom, relay: Relay, reader: Newsboat | Sfeed) -> None:
    """kill -9 in the middle of a poll: the next one answers at once as before, and polls anew."""
    asked, go = threading.Event(), threading.Event()
    body = rss(*(item(number, text=story(number)) for number in (3, 2, 1)))

    def slow(request: Request) -> Reply:
        asked.set()
        go.wait(30)
        return Reply(200, body=body)

    with served(room, relay) as kill:
        for _ in range(3):
            reader.reload()
        reader.read_all()
        room.publish("/wire", slow)
        assert asked.wait(10)
        kill()
    asked.clear()
    with served(room, relay):
        assert asked.wait(10)
        assert answers(relay, reader) == [304, 304]
        go.set()
        while b"story-3" not in room.output("wire"):
            time.sleep(0.1)
        assert 200 in answers(relay, reader)
        assert (len(reader.titles()), reader.unread()) == (5, 1)
