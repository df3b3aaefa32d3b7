"""fetch: what is asked of publishers, and what comes of their answers."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import brotli
import pytest
from backports import zstd
from loopback import CERTIFICATE, Reply, Site, serving

from filterfeed.errors import Blocked, FetchError, Gone, HttpStatus, Refused, Unreachable
from filterfeed.fetch import PAGE_ACCEPT, Fetcher, user_agent
from filterfeed.types import FetchConfig

CONFIG = FetchConfig(timeout=5, delay=0, allow_hosts=("127.0.0.1", "localhost"))
FEED = b"<rss version='2.0'><channel><title>Example Markets</title></channel></rss>"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(CONFIG) as fetcher:
        yield fetcher


# Requests


def test_document(site: Site, fetcher: Fetcher) -> None:
    """An answer becomes a Document with all that later polls and parsing need."""
    headers = [
        ("Content-Type", "application/rss+xml; charset=utf-8"),
        ("ETag", 'W/"a b"'),
        ("Last-Modified", "yesterday, about noon"),
        ("Cache-Control", "public, max-age=600"),
    ]
    site.pages["/feed"] = Reply(200, headers, FEED)
    document = fetcher.get(site.url("/feed"))
    assert (document.url, document.final_url) == (site.url("/feed"), site.url("/feed"))
    assert (document.status, document.body) == (200, FEED)
    assert document.content_type == "application/rss+xml; charset=utf-8"
    assert (document.etag, document.last_modified) == ('W/"a b"', "yesterday, about noon")
    assert (document.max_age, document.moved_to) == (600, None)


def test_request_headers(site: Site, fetcher: Fetcher) -> None:
    """A request says honestly who asks, and for what; compression is asked for."""
    site.pages["/"] = Reply(body=FEED)
    fetcher.get(site.url())
    headers = site.requests[0].headers
    assert headers["user-agent"] == user_agent()
    assert user_agent().startswith("Mozilla/5.0 (compatible; filterfeed/")
    assert "application/rss+xml" in headers["accept"]
    assert {"gzip", "br", "zstd"} <= set(headers["accept-encoding"].split(","))
    assert not {"if-none-match", "if-modified-since", "cookie", "authorization"} & set(headers)


def test_own_headers(site: Site) -> None:
    """The configuration's user agent, one call's, and a feed's own headers win in this order."""
    site.pages["/"] = Reply(body=FEED)
    with Fetcher(replace(CONFIG, user_agent="configured")) as fetcher:
        fetcher.get(site.url())
        fetcher.get(site.url(), user_agent="called", accept=PAGE_ACCEPT)
        fetcher.get(
            site.url(), user_agent="called", headers=[("user-agent", "own"), ("X-Key", "k")]
        )
    assert [seen.headers["user-agent"] for seen in site.requests] == ["configured", "called", "own"]
    assert site.requests[1].headers["accept"] == PAGE_ACCEPT
    assert site.requests[2].headers["x-key"] == "k"


def test_conditional(site: Site, fetcher: Fetcher) -> None:
    """ETag and Last-Modified go back as they came; 304 is a Document without a body."""
    site.pages["/"] = lambda request: Reply(304 if "if-none-match" in request.headers else 200)
    document = fetcher.get(site.url(), etag='W/"ä"', last_modified="Tue, 1 Jul 2025 1:2:3 GMT")
    assert (document.status, document.body) == (304, b"")
    assert site.requests[0].headers["if-none-match"] == 'W/"ä"'
    assert site.requests[0].headers["if-modified-since"] == "Tue, 1 Jul 2025 1:2:3 GMT"


def test_unasked_304(site: Site, fetcher: Fetcher) -> None:
    """A 304 to an unconditional request is an error: there is nothing that it could mean."""
    site.pages["/"] = Reply(304)
    with pytest.raises(HttpStatus, match=r"no condition \(304\)"):
        fetcher.get(site.url())


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
)
def test_compressed(
    site: Site, fetcher: Fetcher, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    """gzip, Brotli and Zstandard are unpacked."""
    site.pages["/"] = Reply(200, [("Content-Encoding", encoding)], pack(FEED * 5000))
    assert fetcher.get(site.url()).body == FEED * 5000


def test_credentials(site: Site, fetcher: Fetcher) -> None:
    """User and password in a URL become Basic authentication and are shown nowhere."""
    site.pages["/"] = Reply(body=FEED)
    url = site.url().replace("//", "//user%40desk:se:cret@")
    document = fetcher.get(url)
    assert site.requests[0].headers["authorization"] == "Basic dXNlckBkZXNrOnNlOmNyZXQ="
    assert document.url == document.final_url == site.url()
    with pytest.raises(HttpStatus) as caught:
        fetcher.get(url + "missing")
    assert str(caught.value) == f"{site.url('/missing')}: not found (404)"
    assert "cret" not in caught.value.url


def test_odd_urls(site: Site, fetcher: Fetcher) -> None:
    """Spaces, umlauts and fragments in a URL are sent as browsers send them."""
    site.pages["/b%C3%B6rse%20heute?q=%C3%A4"] = Reply(body=FEED)
    document = fetcher.get(f" {site.url('/börse heute?q=ä')}#top\n")
    assert document.final_url == site.url("/b%C3%B6rse%20heute?q=%C3%A4")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/feed", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("example.com/feed", "only http and https"),
        ("", "only http and https"),
        ("http:///feed", "without a host"),
        ("http://user:cret/s@example.com/", "not a valid URL"),
        ("http://[::1/", "not a valid URL"),
        ("http://exa mple.com/", "not a valid URL"),
        ("http://example.com:99999/", "not a valid URL"),
    ],
)
def test_bad_urls(fetcher: Fetcher, url: str, why: str) -> None:
    """What is no http URL is refused in words."""
    with pytest.raises(Refused, match=why) as caught:
        fetcher.get(url)
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example", "xn--a..example"])
def test_bad_hosts(fetcher: Fetcher, host: str) -> None:
    """A host name that does not exist, or cannot, is one line about the host name."""
    with pytest.raises(Unreachable, match="host name"):
        fetcher.get(f"http://{host}/")


@pytest.mark.parametrize("value", ["se\r\ncret: 1", "secret\u20ac"])
def test_bad_header(site: Site, fetcher: Fetcher, value: str) -> None:
    """A header that cannot be sent is an error that does not show it."""
    with pytest.raises(Unreachable) as caught:
        fetcher.get(site.url(), headers=[("X-Key", value)])
    assert "cret" not in str(caught.value)


# Statuses


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (204, HttpStatus, "unexpected answer (204)"),
        (301, HttpStatus, "redirect to nowhere (301)"),
        (400, HttpStatus, "request refused (400)"),
        (401, Blocked, "needs a login (401)"),
        (403, Blocked, "blocked (403)"),
        (404, HttpStatus, "not found (404)"),
        (406, Blocked, "blocked (406)"),
        (410, Gone, "gone for good (410)"),
        (429, Blocked, "asked too often (429)"),
        (451, Blocked, "blocked for legal reasons (451)"),
        (500, HttpStatus, "server error (500)"),
        (503, Blocked, "not available now (503)"),
    ],
)
def test_statuses(
    site: Site, fetcher: Fetcher, status: int, kind: type[HttpStatus], words: str
) -> None:
    """Each status other than 200 and 304 is an error of its kind, in words."""
    site.pages["/"] = Reply(status)
    with pytest.raises(HttpStatus) as caught:
        fetcher.get(site.url())
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.retry_after) == (status, None)
    assert str(caught.value) == f"{site.url()}: {words}"


def _in(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


IN_TWO_HOURS = _in(7200)
"""Of the moment in which tests are collected: a long run may begin this one much later."""


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [("120", 120, 120), (IN_TWO_HOURS, 3600, 7200), (_in(-60), 0, 0), ("soon", None, None)],
)
def test_retry_after(
    site: Site, fetcher: Fetcher, value: str, least: int | None, most: int | None
) -> None:
    """Retry-After is understood as seconds and as a date; nonsense is nothing."""
    site.pages["/"] = Reply(429, [("Retry-After", value)])
    with pytest.raises(Blocked) as caught:
        fetcher.get(site.url())
    got = caught.value.retry_after
    assert got is None if least is None or most is None else least <= (got or 0) <= most


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ([], None, None),
        ([("Cache-Control", "private, Max-Age=90, must-revalidate")], 90, 90),
        ([("Cache-Control", "s-maxage=90")], None, None),
        ([("Cache-Control", "max-age=90"), ("Age", "30"), ("Expires", IN_TWO_HOURS)], 60, 60),
        ([("Cache-Control", "no-cache, max-age=90")], 0, 0),
        ([("Cache-Control", "max-age=" + "9" * 5000)], None, None),
        ([("Expires", IN_TWO_HOURS)], 3600, 7200),
        ([("Expires", "0")], 0, 0),
    ],
)
def test_max_age(
    site: Site,
    fetcher: Fetcher,
    headers: list[tuple[str, str]],
    least: int | None,
    most: int | None,
) -> None:
    """Cache-Control, less the time in caches, before Expires, says how long it is fresh."""
    site.pages["/"] = Reply(200, headers, FEED)
    got = fetcher.get(site.url()).max_age
    assert got is None if least is None or most is None else least <= (got or 0) <= most


# TLS, imports


def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """https works with a certificate of a known authority for that very host, and only so."""
    authority = tmp_path / "authority.pem"
    authority.write_text(CERTIFICATE)
    with serving(tmp_path) as site:
        site.pages["/"] = Reply(body=FEED)
        with Fetcher(CONFIG) as fetcher, pytest.raises(Unreachable, match="certificate"):
            fetcher.get(site.url("/", "localhost"))
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        with Fetcher(CONFIG) as fetcher:
            assert fetcher.get(site.url("/", "localhost")).body == FEED
            with pytest.raises(Unreachable, match="certificate is not valid: IP address mismatch"):
                fetcher.get(site.url())


def test_tls_where_there_is_none(site: Site, fetcher: Fetcher) -> None:
    """https to a plain http port is an error of the tree."""
    with pytest.raises(FetchError, match="no secure connection"):
        fetcher.get(site.url().replace("http", "https"))


def test_imports() -> None:
    """Importing fetch imports nothing slow but urllib3."""
    slow = (
        "{'sklearn', 'numpy', 'trafilatura', 'feedparser', 'starlette', 'lxml', 'rich', 'jinja2'}"
    )
    code = f"import sys, filterfeed.fetch; print({slow} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
