"""The real feeds of ../shared behind a loopback server, for tests of whole runs over them.

Publishers must never be asked, so their addresses in the feeds are changed to ours before the
feeds are served; what is compared with the output is the feed as it was served.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape, unescape
from pathlib import Path
from time import struct_time
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import feedparser
from loopback import Reply, Site
from newsroom import conditional

from filterfeed.parse import parse
from filterfeed.types import Document, Item

PAGES = 2
"""Items of each feed whose link leads to a page; the other links lead nowhere."""


@dataclass
class Press:
    """All the feeds on one site: `/<name>/feed.xml`, and pages where their items' links lead."""

    site: Site
    served: dict[str, bytes] = field(default_factory=dict)
    """Each feed as it is served."""

    @classmethod
    def at(cls, site: Site, shared: Path) -> Press:
        press = cls(site)
        pages = _pages(shared)
        for file in sorted((shared / "feeds" / "finance").glob("*.xml")):
            press._serve(file.stem, file.read_bytes(), pages)
        return press

    def url(self, name: str) -> str:
        return self.site.url(f"/{name}/feed.xml")

    @cached_property
    def facts(self) -> dict[str, list[Facts]]:
        """What feedparser reads in each feed as it is served."""
        return {name: facts(body, self.url(name)) for name, body in self.served.items()}

    def _serve(self, name: str, body: bytes, pages: Iterator[str]) -> None:
        for host in _hosts(body):
            body = _moved(body, host, self.site.url(f"/{host}"))
        self.served[name] = body
        self.site.pages[f"/{name}/feed.xml"] = conditional(body)
        for item in _with_links(self.url(name), body)[:PAGES]:
            assert item.link.startswith(self.site.url("/")), item.link
            self.site.pages.setdefault(_path(item.link), _page(next(pages), item.title))

    def configuration(self, more: str = "", step: int = 1) -> str:
        """Of every `step`th feed."""
        feeds = [
            f'[[feed]]\nname = "{name}"\nurl = "{self.url(name)}"\nmax_pages = 1000\n'
            for name in list(self.served)[::step]
        ]
        fetch = '[fetch]\ndelay = 0\nper_host = 8\nallow_hosts = ["127.0.0.1"]\n'
        return "\n".join([more, fetch, *feeds])

    def asked(self) -> list[str]:
        """The paths that were asked for since the last time."""
        paths = [request.path for request in self.site.requests]
        self.site.requests.clear()
        return paths


def _hosts(body: bytes) -> set[str]:
    """The hosts of all links that could be followed."""
    found = feedparser.parse(body)
    links = [found.feed.get("link", ""), *(entry.get("link", "") for entry in found.entries)]
    return {urlsplit(link).netloc for link in links} - {""}


def _moved(body: bytes, host: str, to: str) -> bytes:
    pattern = rb"https?://" + re.escape(host.encode()) + rb"(?![\w.:-])"
    return re.sub(pattern, to.encode(), body, flags=re.IGNORECASE)


def _with_links(url: str, body: bytes) -> list[Item]:
    feed = parse(Document(url, url, 200, body))
    return [item for item in feed.items if item.link]


def _path(link: str) -> str:
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _pages(shared: Path) -> Iterator[str]:
    """Real pages of financial publishers."""
    with gzip.open(shared / "corpus" / "finance" / "blocks.jsonl.gz", "rt") as lines:
        for document in map(json.loads, lines):
            if document["kind"] == "page":
                yield document["html"]


def _page(html: str, title: str) -> Reply:
    """A stand-in has to speak of what the item's title does, or it is not believed."""
    head = f"<h1>{escape(title)}</h1>"
    html = re.sub(r"<body[^>]*>", lambda body: body[0] + head, html, count=1, flags=re.I)
    return Reply(200, [("Content-Type", "text/html; charset=utf-8")], html.encode())


# What feedparser reads


@dataclass(frozen=True)
class Facts:
    """Of one item, without the ways in which a feed may say the same differently."""

    id: str
    """The link where the publisher gives no id: all of these have a link then, each its own."""
    link: str
    """Absolute."""
    title: str
    """Plain text: some titles hold tags, references escaped twice, and doubled white space."""
    published: struct_time | None
    """The update where there is no more (RSS 1.0, Atom): a reader of RSS knows only this date."""
    authors: tuple[str, ...]
    """Each once, though a feed names them in two elements. RSS has no place for their pages."""
    categories: tuple[tuple[str, str], ...]
    """Terms with schemes. Some terms are escaped twice."""
    enclosures: tuple[tuple[str, str, int], ...]
    """Absolute URLs, types, lengths: 0 when unsaid, as RSS has to say something."""


def facts(body: bytes, url: str) -> list[Facts]:
    """The items that feedparser finds in a feed that came from `url`, if it finds no fault."""
    feed = feedparser.parse(body)
    assert not feed.bozo, f"{url}: {feed.bozo_exception}"
    base = urljoin(url, feed.feed.get("link", ""))
    return [_facts(entry, base) for entry in feed.entries]


def _facts(entry: Any, base: str) -> Facts:
    link = urljoin(base, entry["link"]) if entry.get("link") else ""
    names = (author.get("name", "") for author in entry.get("authors", []))
    return Facts(
        id=entry.get("id", "") or link,
        link=link,
        title=_plain(entry.get("title", "")),
        published=entry.get("published_parsed") or dict.get(entry, "updated_parsed"),
        authors=tuple(dict.fromkeys(filter(None, names))),
        categories=tuple((_plain(tag.term), tag.scheme or "") for tag in entry.get("tags", [])),
        enclosures=tuple(_enclosure(file, base) for file in entry.get("enclosures", [])),
    )


def _plain(text: str) -> str:
    return " ".join(unescape(re.sub("</?[a-z]+>", "", text)).split())


def _enclosure(file: Any, base: str) -> tuple[str, str, int]:
    address = quote(urljoin(base, file.href), safe=":/?#@!$&'()*+,;=%")
    return address, file.get("type", ""), int(file.get("length") or 0)
