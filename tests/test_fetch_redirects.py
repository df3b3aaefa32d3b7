"""fetch: where redirects may lead, what is told there, and addresses that are never asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from loopback import HAS_IPV6, Reply, Request, Site, serving

from filterfeed.errors import HttpStatus, Refused
from filterfeed.fetch import Fetcher, user_agent
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


def moved(to: str, status: int = 302, *cookies: str) -> Reply:
    return Reply(status, [("Location", to), *(("Set-Cookie", cookie) for cookie in cookies)])


# Redirects


def test_moved_for_good(site: Site, fetcher: Fetcher) -> None:
    """Where permanent redirects alone lead is where to ask from now on, credentials included."""
    site.pages |= {
        "/a": moved("/b", 301),
        "/b": moved("c?x=1#top", 308),
        "/c?x=1": Reply(body=FEED),
    }
    document = fetcher.get(site.url("/a"))
    assert (document.url, document.final_url) == (site.url("/a"), site.url("/c?x=1"))
    assert document.moved_to == site.url("/c?x=1")
    secret = fetcher.get(site.url("/a").replace("//", "//u:p@"))
    assert secret.final_url == site.url("/c?x=1")
    assert secret.moved_to == site.url("/c?x=1").replace("//", "//u:p@")


@pytest.mark.parametrize("status", [302, 303, 307])
def test_moved_for_now(site: Site, fetcher: Fetcher, status: int) -> None:
    """One temporary redirect on the way, and the old address stays the one to ask."""
    site.pages |= {"/a": moved("/b", 301), "/b": moved("/c", status), "/c": Reply(body=FEED)}
    document = fetcher.get(site.url("/a"))
    assert (document.final_url, document.moved_to) == (site.url("/c"), None)


@pytest.mark.parametrize("location", ["/b\xf6rse heute", "/b\xc3\xb6rse heute"])
def test_odd_location(site: Site, fetcher: Fetcher, location: str) -> None:
    """A Location that is not ASCII (Latin-1, or UTF-8 bytes) leads where it would in a browser."""
    site.pages |= {"/a": moved(location), "/b%C3%B6rse%20heute": Reply(body=FEED)}
    assert fetcher.get(site.url("/a")).body == FEED


def test_endless_redirects(site: Site) -> None:
    """More than `max_redirects`, and a circle, are refused."""
    site.pages |= {f"/{n}": moved(f"/{n + 1}") for n in range(5)}
    site.pages |= {"/5": Reply(body=FEED), "/x": moved("/y"), "/y": moved("/x")}
    with Fetcher(replace(CONFIG, max_redirects=4)) as fetcher:
        assert fetcher.get(site.url("/1")).body == FEED
        with pytest.raises(Refused, match="more than 4 redirects"):
            fetcher.get(site.url("/0"))
        with pytest.raises(Refused, match="redirects in a circle"):
            fetcher.get(site.url("/x"))


def test_redirect_out_of_http(site: Site, fetcher: Fetcher) -> None:
    """A redirect to a file or to a broken URL is refused."""
    site.pages |= {"/a": moved("file:///etc/passwd"), "/b": moved("http://[x/")}
    with pytest.raises(Refused, match="redirects to file:///etc/passwd: only http and https"):
        fetcher.get(site.url("/a"))
    with pytest.raises(Refused, match="redirects to"):
        fetcher.get(site.url("/b"))


def test_secrets_stay_at_home(site: Site, fetcher: Fetcher) -> None:
    """Own headers and credentials are not told to another host; conditions are."""
    site.pages |= {"/a": moved("/b"), "/b": moved(site.url("/c", "localhost")), "/c": Reply(304)}
    url = site.url("/a").replace("//", "//u:p@")
    headers = [("X-Key", "k"), ("Cookie", "session=1"), ("User-Agent", "own")]
    fetcher.get(url, headers=headers, etag='"1"')
    for seen in site.requests[:2]:
        assert (seen.headers["x-key"], seen.headers["user-agent"]) == ("k", "own")
        assert seen.headers["authorization"].startswith("Basic ")
    last = site.requests[2].headers
    assert not {"x-key", "cookie", "authorization"} & set(last)
    assert (last["if-none-match"], last["user-agent"]) == ('"1"', user_agent())


def test_secrets_stay_at_the_port(site: Site, fetcher: Fetcher) -> None:
    """Another port of the same host is another server, to which own headers are not told."""
    with serving() as other:
        site.pages["/"] = moved(other.url())
        other.pages["/"] = Reply(body=FEED)
        fetcher.get(site.url(), headers=[("X-Key", "k")])
        assert "x-key" not in other.requests[0].headers


def test_cookie_gate(site: Site, fetcher: Fetcher) -> None:
    """A redirect to itself that only sets a cookie is passed, within this one request."""

    def gate(request: Request) -> Reply:
        if request.headers.get("cookie") == "mine=1; seen=yes; n=":
            return Reply(body=FEED)
        return moved("/", 302, "seen=yes; Path=/; HttpOnly", "n=", "nonsense")

    site.pages["/"] = gate
    assert fetcher.get(site.url(), headers=[("Cookie", "mine=1")]).body == FEED
    site.pages["/"] = Reply(body=FEED)
    fetcher.get(site.url())
    assert "cookie" not in site.requests[-1].headers


def test_cookies_stay_at_home(site: Site, fetcher: Fetcher) -> None:
    """A cookie set on the way goes back to the host that set it, and to no other."""
    site.pages |= {
        "/a": moved(site.url("/b", "localhost"), 302, "a=1"),
        "/b": moved(site.url("/c"), 302, "b=1"),
        "/c": Reply(body=FEED),
    }
    fetcher.get(site.url("/a"))
    assert [seen.headers.get("cookie") for seen in site.requests] == [None, None, "a=1"]


def test_detour_is_named(site: Site, fetcher: Fetcher) -> None:
    """An error after a redirect names the feed's URL, and where it had led, but no token."""
    site.pages["/a"] = moved("/b?token=secret")
    with pytest.raises(HttpStatus) as caught:
        fetcher.get(site.url("/a"))
    words = f"not found (404) (redirected to {site.url('/b')})"
    assert str(caught.value) == f"{site.url('/a')}: {words}"


# The guard


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_private_hosts(site: Site, host: str) -> None:
    """A private address is never asked, however it is written or named."""
    with Fetcher(replace(CONFIG, allow_hosts=())) as fetcher, pytest.raises(Refused) as caught:
        fetcher.get(site.url("/", host))
    assert "is private; allow it with allow_hosts" in str(caught.value)
    assert not site.requests


def test_private_redirect(site: Site) -> None:
    """The address of each redirect is checked too; a host:port allows just that port."""
    with serving() as inside:
        site.pages["/"] = moved(inside.url("/admin"))
        config = replace(CONFIG, allow_hosts=(f"127.0.0.1:{site.port}",))
        with Fetcher(config) as fetcher, pytest.raises(Refused, match=r"127\.0\.0\.1 is private"):
            fetcher.get(site.url())
        assert not inside.requests


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
def test_ipv6() -> None:
    """An IPv6 address in a URL is asked, and named in Host, as it should be."""
    with serving(address="::1") as site, Fetcher(replace(CONFIG, allow_hosts=("::1",))) as fetcher:
        site.pages["/"] = Reply(body=FEED)
        assert fetcher.get(site.url("/", "[::1]")).body == FEED
        assert site.requests[0].headers["host"] == f"[::1]:{site.port}"


def test_no_proxy(site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment, behind which nothing could be checked, is not used."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    site.pages["/"] = Reply(body=FEED)
    assert fetcher.get(site.url()).body == FEED
