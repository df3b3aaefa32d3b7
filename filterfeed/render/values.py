"""The values in an output feed: dates, types, addresses, short texts. Any string will do."""

from __future__ import annotations

import mimetypes
import re
import textwrap
from contextlib import suppress
from datetime import datetime
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

from filterfeed import markup
from filterfeed.types import Item, Person

# Characters. A first paragraph is nearly always longer than the first of these; the second only
# keeps a long text without any paragraphs from going out twice.
EXCERPT_ENOUGH = 150
EXCERPT_MOST = 1000

_URL = re.compile(r"([a-z][a-z0-9+.-]*://)([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_URI_CHARACTERS = ";/?:@&=+$-_.!~*'(),#%"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.IGNORECASE | re.ASCII)
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w.+-]+=[\w.+-]+)*", re.ASCII)
_AUTHOR = re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+ \(.+\)", re.ASCII)
# An instance, not the module's functions: those read the machine's own tables.
_TYPES = mimetypes.MimeTypes()


def uri(url: str) -> str:
    """An address in the characters of RFC 3986, which is all that XML vocabularies allow."""
    scheme, authority, rest = _split(markup.legal(url).strip())
    return scheme + _ascii(authority) + quote(rest, safe=_URI_CHARACTERS)


def _split(url: str) -> tuple[str, str, str]:
    """Scheme with "://" and authority, where there are such, and the rest."""
    match = _URL.fullmatch(url)
    return (match[1], match[2], match[3]) if match else ("", "", url)


def _ascii(authority: str) -> str:
    with suppress(UnicodeError):
        authority = authority.encode("idna").decode()
    return quote(authority, safe=_URI_CHARACTERS + "[]")


def rfc822(when: datetime | None) -> str:
    return format_datetime(when) if when else ""


def rfc3339(when: datetime | None) -> str:
    return when.isoformat(timespec="seconds") if when else ""


def language(text: str) -> str:
    """A language tag, or "" where there is something else."""
    text = text.strip().replace("_", "-")
    return text if _LANGUAGE.fullmatch(text) else ""


def size(length: str) -> int:
    """Bytes; 0, which in an enclosure stands for unknown, when it is no plausible number."""
    return int(length) if re.fullmatch(r"\s*[0-9]{1,18}\s*", length) else 0


def mime(url: str, declared: str) -> str:
    """The declared type, else one by the extension, else ""."""
    if _MIME.fullmatch(declared):
        return declared
    path = re.split(r"[?#]", url, maxsplit=1)[0]
    return _TYPES.guess_type(path)[0] or ""


def person(who: Person) -> str:
    """`mail (Name)`, or what there is of it."""
    name, email = who.name.strip(), who.email.strip()
    return f"{email} ({name})" if name and email and name != email else name or email


def is_author(text: str) -> bool:
    """Whether it can stand in RSS's `author`, which has to have both address and name."""
    return _AUTHOR.fullmatch(text) is not None


def summary(item: Item) -> str:
    """The publisher's summary, unless it is more or less the text, which only goes out cleaned."""
    if not (item.summary and item.content):
        return ""
    short, full = (" ".join(markup.text_lines(html)) for html in (item.summary, item.content))
    return item.summary.strip() if 2 * len(short) <= len(full) else ""


def excerpt(html: str) -> str:
    """The words of the first paragraphs of `html`, as HTML without tags."""
    words = ""
    for line in markup.text_lines(html):
        words = f"{words} {line}".lstrip()
        if len(words) >= EXCERPT_ENOUGH:
            break
    return escape(textwrap.shorten(words, EXCERPT_MOST, placeholder=""), quote=False)
