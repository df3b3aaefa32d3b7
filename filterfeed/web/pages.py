"""What people and readers see beside the feeds: the index page and the subscription list.

Titles, links and errors come from publishers: the templates escape them, and no link leads
anywhere but to http or https.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from filterfeed import markup, urls
from filterfeed.runs import FeedState
from filterfeed.types import Feed, FeedConfig

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True)
class Row:
    """One feed as the pages show it."""

    name: str
    title: str
    address: str
    """Where a reader subscribes, absolute."""
    site: str
    """The publisher's http(s) page, or ""."""
    items: int | None
    """In the output; None while there is none."""
    state: FeedState

    @property
    def error(self) -> str:
        """Without the address, which the user knows and which may hold a token."""
        address = urls.without_credentials(self.state.url)
        return self.state.error.removeprefix(f"{address}: ").rstrip(".")


def row(
    config: FeedConfig, state: FeedState, feed: Feed | None, items: int | None, base: str
) -> Row:
    feed = feed or Feed()
    return Row(
        name=config.name,
        title=config.title or feed.title.strip() or config.name,
        address=f"{base}/feeds/{config.name}.xml",
        # Of a feed's own address only the host: the rest may hold a token.
        site=feed.link if urls.is_web(feed.link) else urls.site(config.url),
        items=items,
        state=state,
    )


def index(rows: Sequence[Row], base: str, now: datetime) -> str:
    """The HTML of `/`."""
    template = _TEMPLATES.get_template("index.html")
    host = urlsplit(base).netloc
    return template.render(rows=rows, host=host, ago=lambda then: ago(then, now))


def opml(rows: Sequence[Row]) -> bytes:
    """OPML 2.0 with one outline for each feed."""
    root = markup.new("opml")
    root.set("version", "2.0")
    markup.add(markup.add(root, "head"), "title", "filterfeed")
    body = markup.add(root, "body")
    for each in rows:
        outline = markup.add(body, "outline", type="rss", xmlUrl=each.address)
        outline.set("text", markup.legal(each.title))
        outline.set("title", markup.legal(each.title))
        if each.site:
            outline.set("htmlUrl", markup.legal(each.site))
    return markup.to_xml(root)


def ago(then: datetime, now: datetime) -> str:
    """ "3 hours ago", in the largest unit that fits."""
    seconds = (now - then).total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"
