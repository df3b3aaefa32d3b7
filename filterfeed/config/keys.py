"""Every key of filterfeed.toml, once: what is checked, read, and written by `init` follows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from filterfeed.config.kinds import (
    FEED_URL,
    NAME,
    PATH,
    TEXT,
    WEB_URL,
    Kind,
    choice,
    duration,
    number,
    optional,
    rounded,
    size,
    whole,
)
from filterfeed.config.many import HEADERS, HOSTS, PATTERNS
from filterfeed.types import Policy

Table = Literal["filterfeed", "fetch", "defaults", "feed"]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the configuration."""

    tables: tuple[Table, ...]
    """Where it may stand."""
    name: str
    kind: Kind
    default: Any
    """As it would be written in the file; None: it must be written."""
    doc: str
    """One line: what it sets."""

    @property
    def variable(self) -> str:
        """The environment variable that takes its place, or ""."""
        if self.kind.from_text is None or "feed" in self.tables:
            return ""
        table = "" if self.tables == ("filterfeed",) else f"{self.tables[0]}_"
        return f"filterfeed_{table}{self.name}".upper()

    def from_text(self, text: str) -> Any:
        """What `text` from the environment means in TOML; itself when it means nothing there."""
        try:
            return self.kind.from_text(text) if self.kind.from_text else text
        except ValueError:
            return text

    @property
    def written(self) -> str:
        """Its line in the file, with the default."""
        return f"{self.name} = {_toml(self.default)}"


_MAIN: tuple[Table, ...] = ("filterfeed",)
_FETCH: tuple[Table, ...] = ("fetch",)
_FEED: tuple[Table, ...] = ("feed",)
_BOTH: tuple[Table, ...] = ("defaults", "feed")
_ACTION = choice("drop", "collapse", "keep")

# `interval` is at least a second, so that a server never polls in a circle.
KEYS: tuple[Key, ...] = (
    Key(_MAIN, "output", PATH, "clean", "directory of the cleaned feeds"),
    Key(_MAIN, "database", PATH, "filterfeed.sqlite", "what is remembered between runs"),
    Key(
        _MAIN,
        "model",
        optional(PATH),
        "",
        'a model file; "" means the one that `filterfeed model use` or `train` has put in use',
    ),
    Key(_MAIN, "models", PATH, "filterfeed.models", "directory of the models trained here"),
    Key(
        _MAIN,
        "base_url",
        optional(WEB_URL),
        "",
        "public address; the cleaned feeds are at <base_url>/feeds/<name>.xml",
    ),
    Key(_MAIN, "host", TEXT, "127.0.0.1", "address on which `serve` listens"),
    Key(_MAIN, "port", whole(0, 65535), 8484, "port on which `serve` listens"),
    Key(_MAIN, "workers", whole(1, 256), 1, "processes that clean items"),
    Key(
        _FETCH,
        "user_agent",
        TEXT,
        "",
        'who asks publishers; "" means filterfeed and its version',
    ),
    Key(
        _FETCH, "timeout", duration("0.1s", "1h"), "30s", "for a whole request, redirects included"
    ),
    Key(
        _FETCH,
        "max_bytes",
        size("1 B", "1 GiB"),
        "10 MiB",
        "longest feed or page that is read, decompressed",
    ),
    Key(_FETCH, "max_redirects", whole(0, 50), 5, "redirects that are followed"),
    Key(_FETCH, "concurrency", whole(1, 256), 8, "requests under way at once"),
    Key(_FETCH, "per_host", whole(1, 256), 2, "requests under way at once to one host"),
    Key(_FETCH, "delay", duration("0s", "1h"), 0.5, "least time between two requests to one host"),
    Key(
        _FETCH,
        "allow_hosts",
        HOSTS,
        [],
        "hosts that may have a local or private address",
    ),
    Key(_FEED, "name", NAME, None, "of the cleaned feed: the name of its file and in its URL"),
    Key(_FEED, "url", FEED_URL, None, "the publisher's feed: a URL, or the path of a local file"),
    Key(_FEED, "title", TEXT, "", 'of the cleaned feed; "" means the publisher\'s'),
    Key(
        _BOTH,
        "source",
        choice("auto", "page", "body"),
        "auto",
        "the text of the linked page, of the feed itself, or the better of both",
    ),
    Key(_BOTH, "ad", _ACTION, "drop", "what happens to advertising"),
    Key(_BOTH, "legal", _ACTION, "drop", "what happens to disclaimers and disclosures"),
    Key(_BOTH, "chrome", _ACTION, "drop", "what happens to page furniture"),
    Key(
        _BOTH,
        "promoted",
        choice("drop", "tag", "keep"),
        "drop",
        "what happens to items that are nothing but advertising",
    ),
    Key(
        _BOTH,
        "threshold",
        number(0, 1),
        Policy().threshold,
        "how sure it must be that a block is not the story's before it goes",
    ),
    Key(_BOTH, "keep_patterns", PATTERNS, [], "blocks in which one of these is found stay"),
    Key(_BOTH, "drop_patterns", PATTERNS, [], "blocks in which one of these is found go"),
    Key(
        _BOTH,
        "interval",
        rounded(duration("1s", "30d")),
        "30m",
        "least time between two polls",
    ),
    Key(
        _BOTH,
        "keep_items",
        whole(1, 100_000),
        100,
        "items in the cleaned feed; those that the publisher lists are never cut",
    ),
    Key(_BOTH, "max_pages", whole(0, 100_000), 50, "pages fetched in one run; the next continues"),
    Key(
        _BOTH,
        "headers",
        HEADERS,
        {},
        'sent with each request; "${NAME}" stands for an environment variable',
    ),
    Key(
        _BOTH,
        "mirror",
        optional(PATH),
        "",
        "directory of saved pages (by host and path) that is read instead of the network",
    ),
)


def keys_of(table: Table) -> Mapping[str, Key]:
    """The keys that may stand in [`table`], by name, in the order of KEYS."""
    return {key.name: key for key in KEYS if table in key.tables}


def _toml(value: Any) -> str:
    # Of what KEYS has as defaults, TOML and JSON write all alike.
    return json.dumps(value)


def _template() -> Iterator[str]:
    yield from _HEAD
    for table in ("filterfeed", "fetch", "defaults"):
        yield f"[{table}]"
        for key in keys_of(table).values():
            yield f"# {key.doc}"
            yield f"#{key.written}"
        yield ""
    yield from _TAIL


_HEAD = (
    "# Configuration of filterfeed. Settings behind a # are the defaults.",
    '# Paths are relative to this file. Times are seconds or "45s", "30m", "2h", "1d".',
    "# Each setting of [filterfeed] and [fetch] may also come from the environment, as in",
    "# FILTERFEED_PORT and FILTERFEED_FETCH_TIMEOUT, or from a file, as in FILTERFEED_PORT_FILE.",
    "",
)
_TAIL = (
    "# One [[feed]] for each cleaned feed, with a name and a url, and a title if you like.",
    "# What [defaults] sets may be set here too, for this feed alone; headers add to those there.",
    "[[feed]]",
    'name = "example"',
    'url = "https://example.com/feed.xml"',
)

TEMPLATE = "\n".join((*_template(), ""))
"""A commented filterfeed.toml that has all the defaults and one feed."""
