"""The values in a feed: plain text, HTML, URLs. Pure; every function takes any string."""

from __future__ import annotations

import html
import re
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
_SURELY_HTML = re.compile(
    rf"</(?:{_TAG_NAMES})\s*>|<(?:br|hr|img|p)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_SEPARATES = re.compile(r"br|p|div|li|h[1-6]|hr|td|th|tr|blockquote", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*>")
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*?)(?:\]\]>\s*|\Z)\Z", re.DOTALL)
_ESCAPED_HTML = re.compile(
    r"\s*&lt;(?:p|div|table|h[1-6]|ul|ol|img|figure|a|span|br)\b", re.IGNORECASE
)

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
    return len("".join(references(_ANY_TAG.sub("", text)).split()))


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
