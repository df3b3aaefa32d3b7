"""A publisher on the loopback interface, and a configuration that follows it, for tests of runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import feedparser
import pytest
from loopback import Answer, Reply, Request, Site, serving

from filterfeed import pipeline
from filterfeed.runs import FeedResult, FeedState, RunResult
from filterfeed.store import Store
from filterfeed.types import Config, FeedConfig, FetchConfig, Policy

START = datetime(2026, 11, 25, 12, tzinfo=UTC)


def company(number: int) -> str:
    """Another name for each number: digits alone do not make another story."""
    return "ABCDEFGH"[number % 8] + ("alden", "rvik", "ostock", "unmore")[number // 8 % 4]


def title(number: int) -> str:
    return f"{company(number)} Freight rises again after strong quarter"


def story(number: int) -> str:
    """HTML of a story that any classifier takes for one; each number has words of its own."""
    name = company(number)
    return (
        f"<p>Shares of {name} Freight rose {number + 2}.4 percent in Oslo on Tuesday after"
        f" {name} reported a quarterly profit that beat the expectations of analysts, helped by"
        f" container rates that have doubled since March {1900 + number}.</p>"
        f"<p>Operating profit of {name} came to {number}61 million crowns in the third quarter, up"
        " from 118 million a year earlier, the company said before the market opened.</p>"
        f"<p>Chief executive Ingrid Aas told reporters that {name} expected demand to hold until"
        f" the end of the year, and would propose a dividend of {number} crowns.</p>"
    )


def page(number: int) -> bytes:
    """The story with what publishers put around it."""
    return (
        "<!doctype html><html><head><title>Wire</title></head><body>"
        "<nav><a href='/'>Home</a> <a href='/markets'>Markets</a></nav>"
        f"<main><article><h1>{title(number)}</h1>{story(number)}"
        f"<p>Analysts at three banks raised their estimates for {company(number)} after the"
        " report, and the shares have now gained a third since the beginning of the year. Two of"
        " them said that rates in the autumn had been higher than they had thought possible, and"
        f" that {company(number)} had more ships free for the spot market than its competitors."
        "</p></article></main>"
        "<footer><p>Copyright Wire Example. All rights reserved.</p></footer></body></html>"
    ).encode()


def item(number: int, link: str = "", text: str = "", name: str = "") -> str:
    return (
        f"<item><title>{name or title(number)}</title>"
        f"<guid isPermaLink='false'>story-{number}</guid>"
        f"<link>{escape(link)}</link><description>{escape(text)}</description>"
        f"<pubDate>Tue, 24 Nov 2026 {number % 24:02}:00:00 +0000</pubDate></item>"
    )


def rss(*items: str, head: str = "") -> bytes:
    channel = (
        f"<title>Wire</title><link>https://wire.example/</link><description>d</description>{head}"
    )
    return f"<rss version='2.0'><channel>{channel}{''.join(items)}</channel></rss>".encode()


def conditional(body: bytes) -> Answer:
    """`body` with ETag and Last-Modified, and 304 for whoever sends both back."""
    tag, date = f'"{hashlib.sha256(body).hexdigest()[:16]}"', "Tue, 24 Nov 2026 09:00:00 GMT"
    headers = [("ETag", tag), ("Last-Modified", date), ("Content-Type", "application/rss+xml")]

    def answer(request: Request) -> Reply:
        sent = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
        return Reply(304, headers) if sent == (tag, date) else Reply(200, headers, body)

    return answer


@dataclass
class Newsroom:
    """A site, what is configured of it, and the clock."""

    site: Site
    directory: Path
    feeds: list[FeedConfig] = field(default_factory=list)
    now: datetime = START
    settings: dict[str, Any] = field(default_factory=dict)

    def follow(self, name: str, body: bytes | Answer, **settings: Any) -> None:
        """Publish `body` at /<name> and configure a feed for it."""
        self.publish(f"/{name}", body)
        self.feeds.append(FeedConfig(name, self.site.url(f"/{name}"), **settings))

    def publish(self, path: str, body: bytes | Answer) -> None:
        self.site.pages[path] = conditional(body) if isinstance(body, bytes) else body

    def change(self, name: str, **settings: Any) -> None:
        self.feeds = [replace(own, **settings) if own.name == name else own for own in self.feeds]

    @property
    def config(self) -> Config:
        return Config(
            path=str(self.directory / "filterfeed.toml"),
            output=str(self.directory / "clean"),
            database=str(self.directory / "filterfeed.sqlite"),
            models=str(self.directory / "filterfeed.models"),
            fetch=FetchConfig(timeout=0.5, delay=0, allow_hosts=("127.0.0.1",)),
            feeds=tuple(self.feeds),
            **self.settings,
        )

    def run(self, **how: Any) -> RunResult:
        return pipeline.run(self.config, lambda: self.now, **how)

    def later(self, hours: float = 1, **how: Any) -> RunResult:
        self.now += timedelta(hours=hours)
        return self.run(**how)

    def write_config(self, more: str = "") -> Path:
        """The same configuration as a file, for the command line."""
        feeds = [
            f'[[feed]]\nname = "{feed.name}"\nurl = "{feed.url}"\ninterval = {feed.interval}\n'
            for feed in self.feeds
        ]
        fetch = '[fetch]\ntimeout = 5\ndelay = 0\nallow_hosts = ["127.0.0.1"]\n'
        path = self.directory / "filterfeed.toml"
        path.write_text("\n".join([fetch, *feeds, more]), encoding="utf-8")
        return path

    def run_by_the_clock(self) -> RunResult:
        """For a process that then looks at the same clock."""
        self.now = datetime.now(UTC)
        return self.run()

    def output(self, name: str) -> bytes:
        return (self.directory / "clean" / f"{name}.xml").read_bytes()

    def asked(self) -> list[str]:
        """The paths that were asked for since the last time."""
        paths = [request.path for request in self.site.requests]
        self.site.requests.clear()
        return paths


def outcomes(result: RunResult) -> dict[str, str]:
    return {feed.name: feed.outcome for feed in result.feeds}


def only(feeds: Sequence[FeedResult]) -> FeedResult:
    (feed,) = feeds
    return feed


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with serving() as site:
        yield Newsroom(site, tmp_path)


@pytest.fixture
def polled(room: Newsroom) -> Newsroom:
    """A newsroom whose feed was polled a moment ago, and has had something removed."""
    text = story(1) + "<p>Buy our newsletter, no article at all.</p>"
    policy = Policy(drop_patterns=("Buy our newsletter",))
    room.follow("wire", rss(item(1, text=text), item(2, text=story(2))), policy=policy)
    room.write_config('drop_patterns = ["Buy our newsletter"]\n')
    room.run_by_the_clock()
    return room


def with_page(room: Newsroom, number: int, **how: Any) -> str:
    """An item whose story is on a page of the room's site."""
    room.publish(f"/story/{number}", page(number))
    return item(number, room.site.url(f"/story/{number}"), **how)


def entries(room: Newsroom, name: str = "wire") -> list[Any]:
    """Of an output, which has to be well-formed."""
    parsed = feedparser.parse(room.output(name))
    assert not parsed.bozo
    return list(parsed.entries)


def texts(room: Newsroom, name: str = "wire") -> list[str]:
    return [str(entry.get("content", [{"value": ""}])[0]["value"]) for entry in entries(room, name)]


def state(room: Newsroom, name: str = "wire") -> FeedState:
    with Store(room.config.database) as store:
        return store.state(name)
