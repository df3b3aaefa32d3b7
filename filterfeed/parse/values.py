"""The values in a feed: plain text, HTML, URLs, dates. Pure; every function takes any string."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta, timezone
from time import struct_time
from urllib.parse import urljoin

from filterfeed.markup import legal

_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG_NAMES = (
    "a|abbr|acronym|b|big|blockquote|br|center|cite|code|del|dfn|div|em|figure|font|h[1-6]|hr|i"
    "|img|ins|kbd|li|mark|nobr|ol|p|pre|q|s|samp|small|span|strike|strong|sub|sup|table|tbody|td"
    "|time|th|tr|tt|u|ul|var|wbr"
)
# Only names that HTML knows: "a < b" and "List<T>" are not markup.
_TAG = re.compile(rf"</?({_TAG_NAMES})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_SURELY_HTML = re.compile(rf"</(?:{_TAG_NAMES})\s*>|<(?:br|hr|img|p)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_SEPARATES = re.compile(r"br|p|div|li|h[1-6]|hr|td|th|tr|blockquote", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*>")
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*?)(?:\]\]>\s*|\Z)\Z", re.DOTALL)
_ESCAPED_HTML = re.compile(r"\s*&lt;(?:p|div|table|h[1-6]|ul|ol|img|figure|a|span|br)\b", re.IGNORECASE)

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_UNSAFE_SCHEME = re.compile(r"(?:javascript|vbscript|data):", re.IGNORECASE)
_URL_ATTRIBUTE = re.compile(
    r"(\s(?:href|src|poster|cite)\s*=\s*)(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.IGNORECASE
)


def references(text: str) -> str:
    """Character references resolved; "AT&T" and "?a=1&copy=2" stay as they are."""
    return legal(_REFERENCE.sub(lambda match: html.unescape(match[0]), text))


def line(text: str) -> str:
    """One line: white space collapsed."""
    return " ".join(text.split())


def plain(text: str, *, is_html: bool) -> str:
    """A title or name as one line of plain text. With `is_html` it may be text all the same."""
    if not is_html:
        return line(text)
    if _SURELY_HTML.search(text):
        text = _TAG.sub(lambda tag: " " if _SEPARATES.fullmatch(tag[1]) else "", text)
    return line(references(text))


def looks_like_html(text: str) -> bool:
    return _SURELY_HTML.search(text) is not None


def text_to_html(text: str) -> str:
    """HTML of plain text: its paragraphs and line ends are kept."""
    escaped = html.escape(text.strip(), quote=False)
    paragraphs = re.split(r"\n[ \t\r]*\n\s*", escaped)
    if len(paragraphs) == 1 and "\n" not in escaped:
        return escaped
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs)


def unwrapped(text: str) -> str:
    """HTML that was escaped once more than needed, by itself or in a CDATA section, as HTML."""
    cdata = _CDATA.match(text)
    text = (cdata[1] if cdata else text).strip()
    if "<" not in text and _ESCAPED_HTML.match(text):
        return references(text)
    return text


def visible_length(text: str) -> int:
    """Number of characters of HTML that are neither tags nor white space."""
    return len("".join(_ANY_TAG.sub("", text.replace("&nbsp;", " ")).split()))


def absolute(url: str, base: str) -> str:
    """An absolute URL, as it was written where it is one already; "" where there is none."""
    url = re.sub(r"[\t\r\n]", "", url.strip())
    if not url or _UNSAFE_SCHEME.match(url):
        return ""
    if _SCHEME.match(url):
        return url
    try:
        joined = urljoin(base, url)
    except ValueError:
        return ""
    return joined if _SCHEME.match(joined) else ""


def absolute_urls(text: str, base: str) -> str:
    """HTML with its relative URLs joined to `base`; nothing else of it changes."""

    def join(match: re.Match[str]) -> str:
        url = match[2] if match[2] is not None else match[3]
        if not url.strip() or url.startswith("#") or _SCHEME.match(url.strip()):
            return match[0]
        return f'{match[1]}"{absolute(url, base)}"'

    return _URL_ATTRIBUTE.sub(join, text)


_MONTHS = {
    **{"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9},
    **{"oct": 10, "nov": 11, "dec": 12, "mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12},
}
# Hours. Names that mean different times in different countries (IST, BST in Asia) count as UTC.
_ZONES = {
    **{"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7},
    **{"et": -5, "ct": -6, "mt": -7, "pt": -8, "cet": 1, "cest": 2, "met": 1, "mest": 2},
    **{"eet": 2, "eest": 3, "bst": 1, "jst": 9},
}
_TIME = (
    r"(?P<hour>\d\d?):(?P<minute>\d\d?)(?::(?P<second>\d\d?)(?:[.,]\d+)?)?\s*(?P<half>[ap]m)?"
    r"\s*(?P<zone>(?:gmt|utc)?[+-]\d\d?:?(?:\d\d)?|[a-z]{1,5}(?:/[a-z]+)?)?"
)
_ISO = re.compile(
    rf"(?P<year>\d{{4}})[-/](?P<month>\d\d?)[-/](?P<day>\d\d?)(?:[T\s]\s*{_TIME})?\W*", re.IGNORECASE
)
_RFC822 = re.compile(
    r"(?:[^\W\d]+\.?,?\s*)?(?P<day>\d\d?)[\s.-]+(?P<month>[^\W\d]{3,})\.?[\s,-]+"
    rf"(?P<year>\d{{4}}|\d\d)(?:[\s,]+{_TIME})?(?:\W.*)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"([+-])(\d\d?):?(\d\d)?$")
# There were no feeds before 1997 and few online archives reach behind 1990, while the years in use
# for "no date" (1, 1601, 1899, 1970, 1980) are older. Beyond 2100 it is a slip, never a plan.
_YEARS = range(1990, 2101)


def date(text: str, parsed: struct_time | None = None) -> datetime | None:
    """The moment that a feed's date names, in UTC; None when it names none that can be true.

    Dates without a zone are UTC. `parsed` is feedparser's reading, for forms unknown here.
    """
    text = line(text)[:100]
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return _in_range(datetime.fromtimestamp(int(text[:10]), UTC))
    match = _ISO.fullmatch(text) or _RFC822.fullmatch(text)
    try:
        return _in_range(_moment(match) if match else _trusted(text, parsed))
    except (ValueError, OverflowError):
        return None


def _in_range(moment: datetime | None) -> datetime | None:
    return moment if moment and moment.year in _YEARS else None


def _moment(match: re.Match[str]) -> datetime | None:
    month = match["month"]
    year = int(match["year"])
    if len(match["year"]) == 2:
        year += 1900 if year >= 90 else 2000
    return datetime(
        year,
        int(month) if month.isdecimal() else _MONTHS.get(month[:3].lower(), 0),
        int(match["day"]),
        _hour(match["hour"], match["half"]),
        int(match["minute"] or 0),
        min(int(match["second"] or 0), 59),  # 60: a leap second
        tzinfo=_zone(match["zone"] or ""),
    ).astimezone(UTC)


def _hour(hour: str | None, half: str | None) -> int:
    number = int(hour or 0)
    if not half:
        return number
    return number % 12 + (12 if half.lower() == "pm" else 0)


def _zone(name: str) -> timezone:
    offset = _OFFSET.search(name)
    if not offset:
        return timezone(timedelta(hours=_ZONES.get(name.lower(), 0)))
    shift = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    if shift > timedelta(hours=14):  # no place on earth: the rest of the date still holds
        return UTC
    return timezone(shift if offset[1] == "+" else -shift)


def _trusted(text: str, parsed: struct_time | None) -> datetime | None:
    """feedparser fills what it does not find in a date from the clock: the year must be there."""
    if not parsed or not any(str(parsed.tm_year + off) in text for off in (-1, 0, 1)):
        return None
    return datetime(*parsed[:6], tzinfo=UTC)
