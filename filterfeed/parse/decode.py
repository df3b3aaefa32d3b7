"""Bytes to text: the byte order mark, HTTP's charset, the document's own, then a guess."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from filterfeed import markup

XML_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]{1,40})", re.IGNORECASE)
HTML_ENCODING = re.compile(
    rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?([^\"'\s;/>]{1,40})", re.IGNORECASE
)
_HTTP_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\"'\s;,]+)", re.IGNORECASE)
# In this order: UTF-32's mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How "<" and one more ASCII character begin a document that has no mark.
_WIDE = (
    (re.compile(rb"<\0\0\0", re.DOTALL), "utf-32-le"),
    (re.compile(rb"\0\0\0<", re.DOTALL), "utf-32-be"),
    (re.compile(rb"<\0[^\0]\0", re.DOTALL), "utf-16-le"),
    (re.compile(rb"\0<\0[^\0]", re.DOTALL), "utf-16-be"),
)
# What publishers mean by the names that they write (as in the WHATWG's Encoding Standard).
_MEANT = {
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
}
# Of the codecs that turn bytes into text these are none that a document is written in.
_NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
_GUESSES = [
    *("cp1252", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
_SAMPLE = 16 * 1024
_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_HIGH = bytes(range(128, 256))


def to_text(body: bytes, content_type: str, declaration: re.Pattern[bytes]) -> str:
    """The text of a document; `declaration` finds the charset that the document itself names."""
    return markup.legal(_decode(body, content_type, declaration))


def _decode(body: bytes, content_type: str, declaration: re.Pattern[bytes]) -> str:
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    for start, codec in _WIDE:
        if start.match(body):
            return body.decode(codec, "replace")
    for codec in (*_declared(body, content_type, declaration), "utf-8"):
        text = _mostly(body, codec)
        if text is not None:
            return _utf8_instead(body, codec) or text
    return body.decode(_guess(body), "replace")


def _declared(body: bytes, content_type: str, declaration: re.Pattern[bytes]) -> list[str]:
    """Python's names of the charsets that HTTP and the document name, if they can be true."""
    http = _HTTP_CHARSET.search(content_type)
    own = declaration.search(body[:4096])
    names = (http and http[1], own and own[1].decode("latin-1"))
    return [codec for codec in map(_codec, filter(None, names)) if codec]


def _codec(name: str) -> str:
    try:
        codec = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return ""
    # A UTF-16 or UTF-32 document has been recognised by now: the name is a mistake.
    if codec in _NO_CHARSETS or codec.startswith(("utf-16", "utf-32")):
        return ""
    return _MEANT.get(codec, codec)


def _mostly(body: bytes, codec: str) -> str | None:
    """The text when next to all of it is in that charset: one bad byte does not make it another."""
    try:
        text = body.decode(codec, "replace")
    except (LookupError, ValueError):  # LookupError: a codec that gives no text, as "zip"
        return None
    bad = text.count("\ufffd") - body.count("\ufffd".encode())
    high = len(body) - len(body.translate(None, _HIGH)) if bad else 0
    return text if bad * 20 <= high else None


def _utf8_instead(body: bytes, codec: str) -> str | None:
    """Any bytes are valid in a one-byte charset, but only UTF-8 is valid UTF-8: it wins."""
    if not codec.startswith(("cp125", "iso8859")):
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _guess(body: bytes) -> str:
    """The likeliest charset of bytes that are not UTF-8."""
    first = _NOT_ASCII.search(body)
    sample = body[first.start() :][:_SAMPLE] if first else b""
    runs = _NOT_ASCII.findall(sample)
    # Letters with accents stand alone among others; other scripts make whole words of such bytes.
    if len(b"".join(runs)) < 1.5 * len(runs):
        return "cp1252"
    best = from_bytes(sample, cp_isolation=_GUESSES).best()
    return best.encoding if best else "cp1252"
