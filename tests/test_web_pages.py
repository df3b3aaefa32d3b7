"""HTTP: the index page, OPML, the health check."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

from lxml import etree
from webserver import (
    HOSTILE,
    SECRET,
    Server,
    Starter,
    feed_config,
)

from filterfeed.runs import FeedState
from filterfeed.store import Store
from filterfeed.types import Feed

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
    moved = feed.url.replace("://", f"://ada:{SECRET}@")
    with Store(start.database) as store:
        state = FeedState("evil", moved, status="failing", error=f"{feed.url}: <b>x</b>")
        described = Feed(title=HOSTILE + "\x00\x0b", link="javascript:alert(1)")
        store.save_poll(state, described, (), ())
    page, opml = server.ask("/"), server.ask("/opml")
    assert b"<script" not in page.body
    assert b"<b>" not in page.body
    assert b": <bdi>&lt;b&gt;x&lt;/b&gt;</bdi>." in page.body
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
