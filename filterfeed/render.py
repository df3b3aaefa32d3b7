"""CleanItems -> RSS 2.0 bytes. Pure: the same input gives the same bytes.

The referee is the W3C feed validator; what looks roundabout here mostly answers one of its rules.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from filterfeed import markup
from filterfeed.markup import Element, add
from filterfeed.types import CleanItem, Feed

GENERATOR = "filterfeed (https://filterfeed.example/)"

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"
XHTML = "http://www.w3.org/1999/xhtml"
NAMESPACES = {"atom": ATOM, "content": CONTENT, "dc": DC, "media": MEDIA}

# Common misspellings, which every reader takes for the right ones.
_MISSPELT = {
    "http://search.yahoo.com/mrss": MEDIA,
    "https://search.yahoo.com/mrss/": MEDIA,
    "https://purl.org/dc/elements/1.1/": DC,
}
# Extensions that would say again what we say, or bring back the text as it was before cleaning.
_OUR_NAMESPACES = frozenset({ATOM, CONTENT, SYNDICATION, XHTML})
_OUR_TAGS = frozenset(
    {f"{{{DC}}}{name}" for name in ["creator", "date", "description", "language", "rights", "subject", "title"]}
    | {f"{{{MEDIA}}}text"}
)
_MEDIA_CONTENT = f"{{{MEDIA}}}content"

_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.IGNORECASE | re.ASCII)
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_HTTP = re.compile(r"https?://[^/]", re.IGNORECASE)
_AUTHORITY = re.compile(r"([a-z][a-z0-9+.-]*://)([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_SCRIPT = re.compile(r"(javascript|vbscript|data):", re.IGNORECASE)
_URI_CHARACTERS = ";/?:@&=+$-_.!~*'(),#%"
# An instance, not the module's functions: those read the machine's own tables.
_TYPES = mimetypes.MimeTypes()

# Characters. A first paragraph is nearly always longer than the first of these, and the second
# only stops a text without any paragraphs from going out twice.
EXCERPT_ENOUGH = 150
EXCERPT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Channel:
    """What an output feed says about itself."""

    feed: Feed
    """The publisher's; its `items` are not looked at."""
    title: str
    """"" means the publisher's."""
    self_url: str
    """Our public URL of this feed, or ""."""
    source_url: str
    """The publisher's feed: an http(s) URL, or a local path, which is not made public."""
    updated: datetime | None
    """When what we publish changed last."""
    ttl_seconds: int
    """How long readers may wait before they ask again; 0 means unsaid."""


def render_rss(channel: Channel, items: Sequence[CleanItem]) -> bytes:
    """An RSS 2.0 document of `items`, in their order."""
    rss = markup.new("rss", NAMESPACES)
    rss.set("version", "2.0")
    element = add(rss, "channel")
    _add_head(element, channel)
    for item in items:
        _add_item(add(element, "item"), item)
    markup.hoist_namespaces(rss, keep=NAMESPACES)
    return markup.to_xml(rss)


def _add_head(element: Element, channel: Channel) -> None:
    feed = channel.feed
    link = uri(feed.link) or _site(channel.source_url) or uri(channel.self_url) or GENERATOR_URL
    title = channel.title.strip() or feed.title.strip() or link
    add(element, "title", title)
    add(element, "link", link)
    add(element, "description", feed.description.strip() or title)
    _add_atom_links(element, channel)
    _add_if(element, "language", _language(feed.language))
    _add_if(element, "copyright", feed.copyright.strip())
    _add_if(element, "lastBuildDate", _rfc822(channel.updated))
    add(element, "generator", GENERATOR)
    if channel.ttl_seconds > 0:
        add(element, "ttl", str(-(-channel.ttl_seconds // 60)))
    if image := uri(feed.image):
        _add_image(element, image, title, link)
    for extension in _extensions(feed.extensions):
        element.append(extension)


def _add_atom_links(element: Element, channel: Channel) -> None:
    if self_url := uri(channel.self_url):
        attributes = {"href": self_url, "rel": "self", "type": "application/rss+xml"}
        add(element, f"{{{ATOM}}}link", **attributes)
    if _HTTP.match(channel.source_url):
        add(element, f"{{{ATOM}}}link", href=uri(channel.source_url), rel="via")
