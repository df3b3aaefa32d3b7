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

HOME = "https://filterfeed.example/"
GENERATOR = f"filterfeed ({HOME})"

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
_OURS = frozenset(
    f"{{{DC}}}{name}" for name in "creator date description language rights subject title".split()
)
_MEDIA_CONTENT = f"{{{MEDIA}}}content"

_AUTHOR = re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+ \(.+\)", re.ASCII)
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.IGNORECASE | re.ASCII)
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w.+-]+=[\w.+-]+)*", re.ASCII)
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
    link = uri(feed.link) or _site(channel.source_url) or uri(channel.self_url) or HOME
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


def _add_image(element: Element, url: str, title: str, link: str) -> None:
    image = add(element, "image")
    add(image, "url", url)
    add(image, "title", title)
    add(image, "link", link)


def _add_item(element: Element, clean: CleanItem) -> None:
    item = clean.item
    link = uri(item.link)
    _add_if(element, "title", item.title.strip())
    _add_if(element, "link", link)
    if item.guid:
        # A permalink only where nothing is lost if a reader opens it instead of the link.
        permanent = item.guid == link and bool(_HTTP.match(link))
        add(element, "guid", item.guid, isPermaLink=str(permanent).lower())
    # Readers date an item without pubDate by the time at which they saw it first.
    _add_if(element, "pubDate", _rfc822(item.published or item.updated))
    _add_authors(element, item.authors)
    for category in item.categories:
        if term := category.term.strip():
            domain = {"domain": category.scheme} if category.scheme else {}
            add(element, "category", term, **domain)
    _add_if(element, "comments", uri(item.comments))
    _add_text(element, clean)
    _add_media(element, item)
    if item.updated:
        add(element, f"{{{ATOM}}}updated", item.updated.replace(microsecond=0).isoformat())


def _add_text(element: Element, clean: CleanItem) -> None:
    """`description` always comes with, and before, `content:encoded`, or stands in for a title."""
    if clean.html or not clean.item.title.strip():
        add(element, "description", _summary(clean.item) or _excerpt(clean.html))
    _add_if(element, f"{{{CONTENT}}}encoded", clean.html)


def _summary(item: Item) -> str:
    """The publisher's summary, unless it is the text itself (which only goes out cleaned)."""
    if not (item.summary and item.content):
        return ""
    summary, content = (" ".join(markup.text_lines(html)) for html in (item.summary, item.content))
    return item.summary if len(summary) < len(content) else ""


def _excerpt(html: str) -> str:
    """HTML of the first paragraphs of `html`, without their mark-up."""
    words = ""
    for line in markup.text_lines(html):
        words = f"{words} {line}".lstrip()
        if len(words) >= EXCERPT_ENOUGH:
            break
    return escape(textwrap.shorten(words, EXCERPT_MOST, placeholder=""), quote=False)


def _add_authors(element: Element, authors: Sequence[Person]) -> None:
    texts = [text for author in authors if (text := _person(author))]
    # `author` must have an address and a name, and there can be only one of it.
    tag = "author" if len(texts) == 1 and _AUTHOR.fullmatch(texts[0]) else f"{{{DC}}}creator"
    for text in texts:
        add(element, tag, text)


def _person(person: Person) -> str:
    name, email = person.name.strip(), person.email.strip()
    return f"{email} ({name})" if name and email and name != email else name or email


def _add_media(element: Element, item: Item) -> None:
    """The first enclosure as `enclosure`, which has to be http(s); more as `media:content`."""
    extensions = list(_extensions(item.extensions))
    # The publisher's media:content of a file says more than ours would.
    shown = {extension.get("url") for extension in extensions if extension.tag == _MEDIA_CONTENT}
    enclosed = False
    for enclosure in item.enclosures:
        url = uri(enclosure.url)
        if _HTTP.match(url) and not enclosed:
            _add_enclosure(element, url, enclosure)
            enclosed = True
        elif url and url not in shown:
            _add_media_content(element, url, enclosure)
        shown.add(url)
    for extension in extensions:
        element.append(extension)


def _add_enclosure(element: Element, url: str, enclosure: Enclosure) -> None:
    length = str(_size(enclosure.length))
    mime = _mime(url, enclosure.type) or "application/octet-stream"
    add(element, "enclosure", url=url, length=length, type=mime)


def _add_media_content(element: Element, url: str, enclosure: Enclosure) -> None:
    size, mime = _size(enclosure.length), _mime(url, enclosure.type)
    attributes = {"url": url} | ({"fileSize": str(size)} if size else {})
    add(element, _MEDIA_CONTENT, **attributes | ({"type": mime} if mime else {}))


def _size(length: str) -> int:
    """Bytes; 0, which in an enclosure stands for unknown, when it is no plausible number."""
    return int(length) if _DIGITS.fullmatch(length.strip()) else 0


def _mime(url: str, declared: str) -> str:
    if _MIME.fullmatch(declared):
        return declared
    return _TYPES.guess_type(urlsplit(url).path)[0] or ""


def _extensions(fragments: Sequence[str]) -> Iterator[Element]:
    """The publisher's own elements, those that can go out as they are."""
    for fragment in fragments:
        element = markup.parse_xml(markup.legal(fragment).encode())
        if element is not None and _is_foreign(element):
            _correct(element)
            if not _repeats(element.tag):
                yield element


def _is_foreign(element: Element) -> bool:
    """No element without a namespace in it, nor an entity reference (whose `tag` is no text)."""
    return all(isinstance(node.tag, str) and node.tag[0] == "{" for node in element.iter())


def _correct(element: Element) -> None:
    """Spell namespaces right, and take out what repeats the story."""
    for node in list(element.iter()):
        namespace, _, name = node.tag[1:].partition("}")
        node.tag = f"{{{_MISSPELT.get(namespace, namespace)}}}{name}"
        parent = node.getparent()
        if parent is not None and _is_text(node.tag):
            parent.remove(node)


def _is_text(tag: str) -> bool:
    """Whether such elements hold the story as it was before cleaning."""
    return tag.startswith((f"{{{CONTENT}}}", f"{{{XHTML}}}")) or tag == f"{{{MEDIA}}}text"


def _repeats(tag: str) -> bool:
    """Whether we write the same ourselves, in other elements perhaps."""
    return _is_text(tag) or tag.startswith((f"{{{ATOM}}}", f"{{{SYNDICATION}}}")) or tag in _OURS


def _add_if(element: Element, tag: str, text: str) -> None:
    if text:
        add(element, tag, text)


def _rfc822(when: datetime | None) -> str:
    return format_datetime(when) if when else ""


def _language(language: str) -> str:
    language = language.strip().replace("_", "-")
    return language if _LANGUAGE.fullmatch(language) else ""


def _site(url: str) -> str:
    """The front page of the host of an http(s) URL, or ""."""
    scheme, host, _ = _split(url)
    return uri(f"{scheme}{host}/") if _HTTP.match(url) else ""


def uri(url: str) -> str:
    """An address in the characters of RFC 3986; "" for one that would run as a script."""
    scheme, authority, rest = _split(markup.legal(url).strip())
    escaped = scheme + _host(authority) + quote(rest, safe=_URI_CHARACTERS)
    return "" if _SCRIPT.match(escaped) else escaped


def _split(url: str) -> tuple[str, str, str]:
    """Scheme with "://" and authority, where there are such, and the rest."""
    match = _AUTHORITY.fullmatch(url)
    return (match[1], match[2], match[3]) if match else ("", "", url)


def _host(authority: str) -> str:
    try:
        return authority if authority.isascii() else authority.encode("idna").decode()
    except UnicodeError:
        return quote(authority, safe=_URI_CHARACTERS)
