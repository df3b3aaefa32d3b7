"""The HTTP side: real server processes on loopback, real stores, the standard library as client."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import pickle
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import uvicorn
from lxml import etree
from starlette.types import Message, Receive, Scope, Send

from filterfeed import web
from filterfeed.errors import ServeError
from filterfeed.store import Store
from filterfeed.types import Config, Feed, FeedConfig, FeedState

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


# --- feeds ---


def test_feed_is_served_as_stored(site: Server) -> None:
    """A feed goes out byte for byte, with the headers that readers and caches need."""
    reply = site.ask("/feeds/wire.xml")
    assert (reply.status, reply.body) == (200, BODY)
    expected = {
        "Content-Type": "application/rss+xml; charset=utf-8",
        "Content-Length": str(len(BODY)),
        "Last-Modified": "Fri, 20 Nov 2026 10:30:00 GMT",
        "Cache-Control": "public, max-age=900",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    assert {name: reply.headers[name] for name in expected} == expected
    assert re.fullmatch(r'W/"[^"]+"', reply.headers["ETag"])
    assert reply.headers["Server"] is None
    assert reply.headers["Content-Encoding"] is None


def test_etag_gives_304_without_body(site: Server) -> None:
    """The ETag sent back gives 304: no body, and the headers of the 200 that matter."""
    first = site.ask("/feeds/wire.xml")
    again = site.ask("/feeds/wire.xml", {"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    for name in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["Content-Length"] is None


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("{strong}", 304),
        ("W/{strong}", 304),
        ('"other", W/"x,y" , {strong}', 304),
        (" * ", 304),
        ('"other"', 200),
        ('W/"other", "another"', 200),
        ("", 200),
        ("nonsense", 200),
    ],
)
def test_if_none_match_forms(site: Server, form: str, status: int) -> None:
    """If-None-Match compares weakly, takes lists and *, and anything else is no match."""
    strong = site.ask("/feeds/wire.xml").headers["ETag"].removeprefix("W/")
    header = {"If-None-Match": form.format(strong=strong)}
    assert site.ask("/feeds/wire.xml", header).status == status


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (format_datetime(CHANGED, usegmt=True), 304),
        (format_datetime(CHANGED + timedelta(days=1), usegmt=True), 304),
        ("Friday, 20-Nov-26 10:30:00 GMT", 304),
        ("Fri Nov 20 10:30:00 2026", 304),
        (format_datetime(CHANGED - timedelta(seconds=1), usegmt=True), 200),
        ("yesterday", 200),
        ("Fri, 99 Nov 99999 10:30:00 GMT", 200),
        ("", 200),
    ],
)
def test_if_modified_since(site: Server, since: str, status: int) -> None:
    """If-Modified-Since takes the three date forms of HTTP, and is ignored when unreadable."""
    assert site.ask("/feeds/wire.xml", {"If-Modified-Since": since}).status == status


def test_if_none_match_comes_first(site: Server) -> None:
    """With both validators only the ETag counts, whichever way they disagree."""
    etag = site.ask("/feeds/wire.xml").headers["ETag"]
    late = format_datetime(CHANGED + timedelta(days=1), usegmt=True)
    early = format_datetime(CHANGED - timedelta(days=1), usegmt=True)
    other = {"If-None-Match": '"other"', "If-Modified-Since": late}
    same = {"If-None-Match": etag, "If-Modified-Since": early}
    assert site.ask("/feeds/wire.xml", other).status == 200
    assert site.ask("/feeds/wire.xml", same).status == 304


def test_gzip_round(site: Server) -> None:
    """A reader that takes gzip gets it, and its ETag gives 304 with either coding."""
    zipped = site.ask("/feeds/wire.xml", {"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.headers["Vary"] == "Accept-Encoding"
    assert int(zipped.headers["Content-Length"]) == len(zipped.body) < len(BODY)
    assert gzip.decompress(zipped.body) == BODY
    known = {"If-None-Match": zipped.headers["ETag"]}
    assert site.ask("/feeds/wire.xml", {**known, "Accept-Encoding": "gzip"}).status == 304
    assert site.ask("/feeds/wire.xml", known).status == 304


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1.0, GZIP;q=0.8", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "gzip"),
        ("gzip;q=0", None),
        ("gzip; q=0.000, *", None),
        ("*;q=0", None),
        ("identity", None),
        ("br, zstd", None),
    ],
)
def test_accept_encoding(site: Server, accepted: str, coding: str | None) -> None:
    """gzip is sent only where the request allows it."""
    reply = site.ask("/feeds/wire.xml", {"Accept-Encoding": accepted})
    assert reply.headers["Content-Encoding"] == coding


def test_head(site: Server) -> None:
    """HEAD has the headers of GET and no body; other methods are refused."""
    head, get = (site.ask("/feeds/wire.xml", method=method) for method in ("HEAD", "GET"))
    assert (head.status, head.body) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Length", "Content-Type", "Cache-Control"):
        assert head.headers[name] == get.headers[name]
    known = {"If-None-Match": get.headers["ETag"]}
    assert site.ask("/feeds/wire.xml", known, "HEAD").status == 304
    assert site.ask("/feeds/wire.xml", method="POST").status == 405


def test_query_is_ignored(site: Server) -> None:
    """Unknown query parameters (cache busters, tokens) change nothing."""
    assert site.ask("/feeds/wire.xml?utm_source=x&_=123").body == BODY


@pytest.mark.parametrize("name", ["silent", "ended"])
def test_failing_feed_serves_last_good_copy(site: Server, name: str) -> None:
    """A feed whose publisher fails or has ended still answers 200 with what there is."""
    reply = site.ask(f"/feeds/{name}.xml")
    assert (reply.status, reply.body) == (200, BODY)


@pytest.mark.parametrize("name", ["fresh", "hopeless"])
def test_feed_without_any_copy_yet(site: Server, name: str) -> None:
    """A configured feed that no poll has brought yet is 503 with Retry-After, never empty."""
    reply = site.ask(f"/feeds/{name}.xml")
    assert reply.status == 503
    assert int(reply.headers["Retry-After"]) > 0
    assert reply.headers["Cache-Control"] == "no-store"


def test_removed_and_unknown_feeds(site: Server) -> None:
    """410 for a feed that was configured once, 404 for what never was one."""
    assert site.ask("/feeds/old.xml").status == 410
    for path in ("/feeds/none.xml", "/feeds/wire", "/feeds/..%2Fwire.xml", "/feeds/%ff.xml", "/x"):
        assert site.ask(path).status == 404, path


def test_change_is_served_at_once(start: Starter) -> None:
    """What another process publishes is in the next answer, with a new ETag."""
    feed = feed_config("wire")
    server = start(feed)
    before = server.ask("/feeds/wire.xml")
    with Store(start.database) as store:
        store.save_output("wire", b"<rss/>", CHANGED + timedelta(hours=1))
    after = server.ask("/feeds/wire.xml", {"If-None-Match": before.headers["ETag"]})
    assert (after.status, after.body) == (200, b"<rss/>")
    assert after.headers["Last-Modified"] == "Fri, 20 Nov 2026 11:30:00 GMT"


def test_reader_does_not_wait_for_a_writer(start: Starter) -> None:
    """A run that is writing to the database holds no reader up."""
    server = start(feed_config("wire"))
    with closing(sqlite3.connect(start.database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE outputs SET body = x'00'")
        begin = time.monotonic()
        assert server.ask("/feeds/wire.xml").body == BODY
        assert server.ask("/").status == 200
        assert time.monotonic() - begin < 2


def test_many_readers_at_once(site: Server) -> None:
    """Readers that come at the same time all get the whole feed."""
    bodies: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: bodies.append(site.ask("/feeds/wire.xml").body))
        for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == [BODY] * 40


# --- pages ---


def test_index_names_each_feed(site: Server) -> None:
    """The index has a title, address, count, state in words and original link for each feed."""
    page = site.ask("/").body.decode()
    text = " ".join(re.sub(r"<[^>]*>", "", page).split())
    for name in ("wire", "named", "silent", "hopeless", "ended", "fresh"):
        assert f"http://127.0.0.1:{site.port}/feeds/{name}.xml" in text
    assert "The wire Up to date. Last success" in text
    assert "20 items Subscribe Original" in text
    assert "Failing (3 in a row): answered 500. Last success" in text
    assert "Ended by its publisher: 410 Gone." in text
    assert "fresh Not polled yet." in text
    assert "No success so far." in text
    assert 'href="https://wire.example/news"' in page
    assert "old.xml" not in page


def test_index_autodiscovery(site: Server) -> None:
    """A reader that is given the index page finds every feed in its head."""
    head = etree.HTML(site.ask("/").body).find("head")
    links = head.findall("link[@rel='alternate']")
    assert {link.get("type") for link in links} == {"application/rss+xml"}
    assert [link.get("href").rpartition("/")[2] for link in links] == [
        f"{name}.xml" for name in ("wire", "named", "silent", "hopeless", "ended", "fresh")
    ]
    assert links[1].get("title") == HOSTILE


def test_index_tells_how_to_subscribe(site: Server) -> None:
    """The settings of readers that refuse local addresses are there by their exact names."""
    text = site.ask("/").body.decode()
    for setting in (
        "FETCHER_ALLOW_PRIVATE_NETWORKS=1",
        f"INTERNAL_HOST_ALLOWLIST=127.0.0.1:{site.port}",
        "commafeed.http-client.block-local-addresses=false",
        "allow_local_remote_servers",
        "Tiny Tiny RSS",
    ):
        assert setting in text


def test_pages_are_safe(start: Starter) -> None:
    """Hostile titles, links and errors stay text; no secret of a feed's address is shown."""
    feed = feed_config("evil")
    server = start(feed)
    with Store(start.database) as store:
        state = FeedState("evil", feed.url, status="failing", error=f"{feed.url}: <b>x</b>")
        described = Feed(title=HOSTILE + "\x00\x0b", link="javascript:alert(1)")
        store.save_poll(state, described, (), ())
    page, opml = server.ask("/"), server.ask("/opml")
    assert b"<script" not in page.body
    assert b"<b>" not in page.body
    for reply in (page, opml):
        assert b"javascript:" not in reply.body
        assert SECRET.encode() not in reply.body
        assert b"https://evil.example/" in reply.body
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; style-src 'self'; img-src 'self';"
    )
    assert etree.fromstring(opml.body).find("body/outline").get("text") == HOSTILE


def test_index_needs_nothing_from_elsewhere(site: Server) -> None:
    """Style and icons are the server's own, and there is no script."""
    page = etree.HTML(site.ask("/").body)
    assert not page.findall(".//script")
    wanted = {e.get("src") for e in page.iter("img")}
    wanted |= {e.get("href") for e in page.iter("link") if e.get("rel") in ("stylesheet", "icon")}
    assert wanted == {"static/style.css", "static/icon.svg"}
    types = {path: site.ask(f"/{path}").headers["Content-Type"] for path in wanted}
    assert types == {
        "static/style.css": "text/css; charset=utf-8",
        "static/icon.svg": "image/svg+xml",
    }
    icon = site.ask("/favicon.ico")
    assert (icon.status, icon.headers["Content-Type"]) == (200, "image/x-icon")
    assert icon.body.startswith(b"\x00\x00\x01\x00")


def test_index_without_feeds(start: Starter) -> None:
    """Without feeds the page says what to do; the other addresses still answer."""
    server = start()
    assert server.line.startswith("serving 0 feeds at ")
    assert b"No feeds are configured" in server.ask("/").body
    assert json.loads(server.ask("/healthz").body)["last_poll"] is None
    assert server.ask("/opml").status == 200


def test_opml(site: Server) -> None:
    """The OPML lists each feed with its title, our address and the publisher's page."""
    reply = site.ask("/opml")
    assert reply.headers["Content-Type"].startswith("text/x-opml")
    root = etree.fromstring(reply.body)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    outlines = root.findall("body/outline")
    assert len(outlines) == 6
    assert dict(outlines[0].attrib) == {
        "type": "rss",
        "text": "The wire",
        "title": "The wire",
        "xmlUrl": f"http://127.0.0.1:{site.port}/feeds/wire.xml",
        "htmlUrl": "https://wire.example/news",
    }
    assert outlines[1].get("text") == HOSTILE


def test_base_url(start: Starter) -> None:
    """With `base_url`, absolute addresses are the public ones, whatever Host says."""
    server = start(feed_config("wire"), base_url="https://news.example/clean")
    for path in ("/opml", "/"):
        body = server.ask(path, {"Host": "other.example"}).body
        assert b"https://news.example/clean/feeds/wire.xml" in body
        assert b"other.example" not in body


def test_healthz(site: Server) -> None:
    """/healthz is 200 while the server can serve, and names the feeds that fail."""
    reply = site.ask("/healthz")
    assert reply.status == 200
    assert json.loads(reply.body) == {
        "status": "ok",
        "feeds": 6,
        "failing": ["silent", "hopeless", "ended"],
        "last_poll": "2026-11-20T12:30:00+00:00",
    }


def test_damaged_database(start: Starter) -> None:
    """A database that cannot be read is a 500 without details, and one line in the log."""
    server = start(feed_config("wire"))
    with closing(sqlite3.connect(start.database)) as connection:
        connection.execute("DROP TABLE outputs")
    reply = server.ask("/feeds/wire.xml")
    assert (reply.status, reply.body) == (500, b"the database cannot be read\n")
    status, _, errors = server.end()
    assert status == 0
    assert len(errors.splitlines()) == 1
    assert "filterfeed.sqlite" in errors


# --- the process ---


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("poll", ["idle", "patient"])
def test_signal_ends_it(start: Starter, number: int, poll: str) -> None:
    """SIGTERM and SIGINT end it quickly and silently with status 0, in mid-poll too."""
    server = start(feed_config("wire"), poll=poll)
    assert server.line == f"serving 1 feed at http://127.0.0.1:{server.port}/\n"
    server.wait_for_notes(1)
    status, seconds, errors = server.end(number)
    assert (status, errors) == (0, "")
    assert seconds < 3
    if poll == "patient":
        assert server.wait_for_notes(2) == ["poll", "stopped"]


def test_hanging_poll(start: Starter) -> None:
    """A poll that hangs holds no reader up, nor, with a hanging client, the end for 5 seconds."""
    server = start(feed_config("wire"), poll="stuck")
    server.wait_for_notes(1)
    begin = time.monotonic()
    assert server.ask("/feeds/wire.xml").body == BODY
    assert time.monotonic() - begin < 1
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET /feeds/wire.xml HTTP/1.1\r\nHost: x\r\n")
        status, seconds, errors = server.end()
    assert (status, errors) == (0, "ended in the middle of a poll\n")
    assert seconds < 5


@pytest.mark.parametrize(
    ("poll", "line"),
    [
        ("failing", "poll: wire: a poll that fails"),
        ("broken", "poll: ZeroDivisionError: oops"),
    ],
)
def test_failing_poll_is_tried_again(start: Starter, poll: str, line: str) -> None:
    """A poll that raises is one line in the log and is tried again; the server goes on."""
    server = start(feed_config("wire"), poll=poll)
    assert len(server.wait_for_notes(2)) == 2
    assert server.ask("/feeds/wire.xml").status == 200
    status, _, errors = server.end()
    assert status == 0
    assert set(errors.splitlines()) == {line}


def test_reload(start: Starter) -> None:
    """SIGHUP serves the new configuration and polls at once; a bad one changes nothing."""
    wire, more = feed_config("wire", interval=900), feed_config("more")
    server = start(wire, more)
    server.wait_for_notes(1)
    server.configure(make_config(start.directory, replace(wire, interval=60)))
    server.process.send_signal(signal.SIGHUP)
    assert server.read_line().startswith("reloaded: serving 1 feed at ")
    assert len(server.wait_for_notes(2)) == 2
    assert server.ask("/feeds/wire.xml").headers["Cache-Control"] == "public, max-age=60"
    assert server.ask("/feeds/more.xml").status == 410

    server.configure(None)
    server.process.send_signal(signal.SIGHUP)
    assert server.process.stderr
    assert server.process.stderr.readline() == (
        "configuration not reloaded: filterfeed.toml: line 3: prot: unknown key,"
        " did you mean port?\n"
    )
    assert server.ask("/feeds/wire.xml").status == 200
    assert server.end()[0] == 0


def test_address_in_use(tmp_path: Path) -> None:
    """An address that is taken is one line that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = replace(make_config(tmp_path), port=taken.getsockname()[1])
        with pytest.raises(ServeError, match=rf"^127\.0\.0\.1:{config.port}: cannot listen: Addr"):
            web.serve(config, lambda stop: 1.0)


@pytest.mark.parametrize(
    ("host", "port"), [("203.0.113.9", 0), ("no such host", 0), ("127.0.0.1", 99999)]
)
def test_bad_address(tmp_path: Path, host: str, port: int) -> None:
    """An address that this machine does not have, or that is none, is one line too."""
    config = replace(make_config(tmp_path), host=host, port=port)
    with pytest.raises(ServeError, match=r"cannot listen: [^\n]+$"):
        web.serve(config, lambda stop: 1.0)


# --- readers ---


class Recorder:
    """Serves `config` in a thread, and keeps the status and body bytes of each answer."""

    def __init__(self, config: Config) -> None:
        self.answers: list[tuple[int, int]] = []
        self._app = web.build(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(self, lifespan="off", log_config=None))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = size = 0

        async def record(message: Message) -> None:
            nonlocal status, size
            status = message.get("status", status)
            size += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, record)
        self.answers.append((status, size))

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()


def run_reader(directory: Path, *command: str) -> str:
    """What the reader prints; `directory` is its home."""
    home = {**os.environ, "HOME": str(directory)}
    done = subprocess.run(
        command, cwd=directory, env=home, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    feed = feed_config("wire")
    config = make_config(tmp_path, feed)
    with Store(config.database) as store:
        store.register([feed])
        polled(store, feed)
    with Recorder(config) as server:
        yield server


@pytest.mark.reader
@pytest.mark.skipif(not shutil.which("newsboat"), reason="needs newsboat")
def test_newsboat_transfers_nothing_again(tmp_path: Path, recorder: Recorder) -> None:
    """newsboat reads the feed, and once it knows the ETag, a reload costs a 304."""
    (tmp_path / "urls").write_text(f"{recorder.url}/feeds/wire.xml\n")
    (tmp_path / "config").touch()
    newsboat = ("newsboat", "-u", "urls", "-c", "cache.db", "-C", "config", "-x")
    run_reader(tmp_path, *newsboat, "reload")
    assert run_reader(tmp_path, *newsboat, "print-unread").split()[0] == "20"
    # newsboat 2.21 forgets the validators of a feed's very first reload.
    run_reader(tmp_path, *newsboat, "reload")
    run_reader(tmp_path, *newsboat, "reload")
    assert recorder.answers[-1] == (304, 0)
    assert run_reader(tmp_path, *newsboat, "print-unread").split()[0] == "20"


@pytest.mark.reader
@pytest.mark.skipif(not shutil.which("sfeed_update"), reason="needs sfeed")
@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_sfeed_transfers_nothing_twice(tmp_path: Path, recorder: Recorder) -> None:
    """sfeed, told to keep ETags, reads the feed, and its second update costs a 304."""
    (tmp_path / "sfeedrc").write_text(
        f"sfeedpath={tmp_path}/feeds\n"
        f"fetch() {{ curl -fs --compressed --etag-save {tmp_path}/$1.etag"
        f' --etag-compare {tmp_path}/$1.etag "$2"; }}\n'
        f'feeds() {{ feed wire "{recorder.url}/feeds/wire.xml"; }}\n'
    )
    for _ in range(2):
        run_reader(tmp_path, "sfeed_update", "sfeedrc")
    assert len((tmp_path / "feeds" / "wire").read_text().splitlines()) == 20
    assert [status for status, _ in recorder.answers] == [200, 304]
    assert recorder.answers[1][1] == 0
