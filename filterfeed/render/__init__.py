"""CleanItems -> RSS 2.0 bytes. Pure: the same input gives the same bytes.

The referee is the W3C feed validator; what looks roundabout here mostly answers one of its rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from filterfeed import markup, urls
from filterfeed.markup import Element, add
from filterfeed.render import names, values
from filterfeed.render.extensions import own_elements
from filterfeed.types import Category, CleanItem, Enclosure, Feed, Item, Person

__all__ = ["Channel", "render_rss"]

HOME = "https://filterfeed.example/"
GENERATOR = f"filterfeed ({HOME})"


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
    """The publisher's feed: an http(s) URL, of which query and credentials are not made public,
    or a local path, of which nothing is."""
    updated: datetime | None
    """When what we publish changed last."""
    ttl_seconds: int
    """How long readers may wait before they ask again; 0 means unsaid."""


def render_rss(channel: Channel, items: Sequence[CleanItem]) -> bytes:
    """An RSS 2.0 document of `items`, in their order."""
    rss = markup.new("rss", names.DECLARED)
    rss.set("version", "2.0")
    element = add(rss, "channel")
    _add_head(element, channel)
    for item in items:
        _add_item(add(element, "item"), item)
    markup.hoist_namespaces(rss, keep=names.DECLARED)
    return markup.to_xml(rss)


def _add_head(element: Element, channel: Channel) -> None:
    feed = channel.feed
    link = _channel_link(channel)
    title = channel.title.strip() or feed.title.strip() or link
    add(element, "title", title)
    add(element, "link", link)
    add(element, "description", feed.description.strip() or title)
    _add_atom_links(element, channel)
    _add_if(element, "language", values.language(feed.language))
    _add_if(element, "copyright", feed.copyright.strip())
    _add_if(element, "lastBuildDate", values.rfc822(channel.updated))
    add(element, "generator", GENERATOR)
    if channel.ttl_seconds > 0:
        add(element, "ttl", str(-(-channel.ttl_seconds // 60)))
    if feed.image:
        image = add(element, "image")
        add(image, "url", values.uri(feed.image))
        add(image, "title", title)
        add(image, "link", link)
    element.extend(own_elements(feed.extensions))


def _channel_link(channel: Channel) -> str:
    """The publisher's site. A local feed may name none; RSS must."""
    own = values.uri(channel.feed.link)
    if urls.is_web(own):
        return own
    return values.uri(urls.site(channel.source_url)) or values.uri(channel.self_url) or HOME


def _add_atom_links(element: Element, channel: Channel) -> None:
    if channel.self_url:
        href = values.uri(channel.self_url)
        add(element, names.ATOM_LINK, href=href, rel="self", type="application/rss+xml")
    if source := values.uri(urls.public(channel.source_url)):
        add(element, names.ATOM_LINK, href=source, rel="via")


def _add_item(element: Element, clean: CleanItem) -> None:
    item = clean.item
    link = values.uri(item.link)
    _add_if(element, "title", item.title.strip())
    _add_if(element, "link", link)
    if item.guid:
        # Where it is not the link, a reader that opened it might find nothing.
        permanent = item.guid == link and urls.is_web(link)
        add(element, "guid", item.guid, isPermaLink=str(permanent).lower())
    # Most readers date an item without pubDate by the time at which they first saw it.
    _add_if(element, "pubDate", values.rfc822(item.published or item.updated))
    _add_if(element, names.ATOM_UPDATED, values.rfc3339(item.updated))
    _add_authors(element, item.authors)
    _add_categories(element, item.categories)
    _add_if(element, "comments", values.uri(item.comments))
    _add_text(element, clean)
    _add_media(element, item)


def _add_authors(element: Element, authors: Sequence[Person]) -> None:
    texts = [text for author in authors if (text := values.person(author))]
    # An item has one `author` at most, and readers that know dc:creator would show both.
    is_author = len(texts) == 1 and values.is_author(texts[0])
    for text in texts:
        add(element, "author" if is_author else names.DC_CREATOR, text)


def _add_categories(element: Element, categories: Sequence[Category]) -> None:
    for category in categories:
        if term := category.term.strip():
            domain = {"domain": category.scheme} if category.scheme else {}
            add(element, "category", term, **domain)


def _add_text(element: Element, clean: CleanItem) -> None:
    """`description` comes with and before `content:encoded`, and for the sake of a title."""
    html = clean.html.strip()
    if html or not clean.item.title.strip():
        add(element, "description", values.summary(clean.item) or values.excerpt(html))
    _add_if(element, names.CONTENT_ENCODED, html)


def _add_media(element: Element, item: Item) -> None:
    """The first enclosure as `enclosure`, which has to be http(s); more as `media:content`."""
    extensions = list(own_elements(item.extensions))
    # The publisher's media:content of a file says more than ours would.
    shown = {each.get("url") for each in extensions if each.tag == names.MEDIA_CONTENT}
    enclosed = False
    for enclosure in item.enclosures:
        url = values.uri(enclosure.url)
        if not enclosed and urls.is_web(url):
            _add_enclosure(element, url, enclosure)
            enclosed = True
        elif url and url not in shown:
            _add_media_content(element, url, enclosure)
        shown.add(url)
    element.extend(extensions)


def _add_enclosure(element: Element, url: str, enclosure: Enclosure) -> None:
    length = str(values.size(enclosure.length))
    mime = values.mime(url, enclosure.type) or "application/octet-stream"
    add(element, "enclosure", url=url, length=length, type=mime)


def _add_media_content(element: Element, url: str, enclosure: Enclosure) -> None:
    attributes = {"url": url}
    if size := values.size(enclosure.length):
        attributes["fileSize"] = str(size)
    if mime := values.mime(url, enclosure.type):
        attributes["type"] = mime
    add(element, names.MEDIA_CONTENT, **attributes)


def _add_if(element: Element, tag: str, text: str) -> None:
    if text:
        add(element, tag, text)
