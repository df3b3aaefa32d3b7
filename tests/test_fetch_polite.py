"""fetch: how many requests at once, how far apart, and in which order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import pytest
from loopback import Reply, Request, Site, serving

from filterfeed.errors import Unreachable
from filterfeed.fetch import Fetcher
from filterfeed.types import FetchConfig

CONFIG = FetchConfig(timeout=5, delay=0, allow_hosts=("127.0.0.1", "localhost"))
FEED = b"<rss version='2.0'><channel><title>Example Markets</title></channel></rss>"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def at_once(fetcher: Fetcher, urls: list[str]) -> None:
    with ThreadPoolExecutor(len(urls)) as pool:
        for future in [pool.submit(fetcher.get, url) for url in urls]:
            future.result()


class Crowd:
    """A page that counts how many ask for it at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0
        self.most = 0

    def __call__(self, request: Request) -> Reply:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(0.1)
        with self._lock:
            self._now -= 1
        return Reply(body=FEED)


def test_delay(site: Site) -> None:
    """Requests to one host start `delay` apart, redirects included; other hosts do not wait."""
    with serving() as other, Fetcher(replace(CONFIG, delay=0.25)) as fetcher:
        site.pages |= {"/": Reply(body=FEED), "/a": Reply(302, [("Location", "/")])}
        other.pages["/"] = Reply(body=FEED)
        start = time.monotonic()
        at_once(fetcher, [site.url("/a"), site.url(), site.url(), other.url("/", "localhost")])
        starts = sorted(seen.at for seen in site.requests)
        assert len(starts) == 4
        assert all(later - earlier > 0.15 for earlier, later in pairwise(starts))
        assert other.requests[0].at - start < 0.2


def test_concurrency(site: Site) -> None:
    """At most `per_host` requests to one host, `concurrency` in all, and no fewer."""
    site.pages["/"] = here = Crowd()
    with Fetcher(replace(CONFIG, per_host=2, concurrency=3)) as fetcher:
        at_once(fetcher, [site.url()] * 8)
        assert here.most == 2
        site.pages["/"] = both = Crowd()
        at_once(fetcher, [site.url(), site.url("/", "localhost")] * 4)
        assert both.most == 3


def test_order(site: Site) -> None:
    """Who asked first is asked for first."""
    site.pages |= {f"/{n}": Reply(body=FEED) for n in range(6)}
    with (
        Fetcher(replace(CONFIG, per_host=1, delay=0.05)) as fetcher,
        ThreadPoolExecutor(6) as pool,
    ):
        for n in range(6):
            pool.submit(fetcher.get, site.url(f"/{n}"))
            time.sleep(0.01)
    assert [seen.path for seen in site.requests] == [f"/{n}" for n in range(6)]


def test_patience(site: Site) -> None:
    """Waiting for a turn is not the server's fault: it takes none of the time-out."""
    site.pages["/"] = Reply(body=FEED)
    with Fetcher(replace(CONFIG, timeout=0.5, delay=0.3)) as fetcher:
        at_once(fetcher, [site.url()] * 4)
    assert len(site.requests) == 4


def test_close(site: Site) -> None:
    """Closing ends what is under way and what waits: at once, as an error of the tree."""
    release = threading.Event()
    site.pages["/"] = lambda request: Reply(body=FEED) if release.wait(5) else Reply(500)
    fetcher = Fetcher(replace(CONFIG, per_host=1))
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(fetcher.get, site.url()) for _ in range(3)]
        while not site.requests:
            time.sleep(0.01)
        start = time.monotonic()
        fetcher.close()
        assert all(isinstance(future.exception(), Unreachable) for future in futures)
        assert time.monotonic() - start < 1
    release.set()
    with pytest.raises(Unreachable, match="stopped"):
        fetcher.get(site.url())
