"""HTTP: feeds with all that readers and caches need."""

from __future__ import annotations

import gzip
import re
import sqlite3
import threading
import time
from contextlib import closing
from datetime import timedelta
from email.utils import format_datetime

import pytest
from webserver import (
    BODY,
    CHANGED,
    Server,
    Starter,
    feed_config,
)

from filterfeed.store import Store

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
