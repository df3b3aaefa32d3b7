"""parse: charsets, mistakes in feeds, and what is no feed at all."""

from __future__ import annotations

import pytest
from feedtexts import URL, item, json_feed, read, rss

from filterfeed.errors import ParseError
from filterfeed.parse import is_page, sniff_text
from filterfeed.types import Document

# Charsets

BOERSE = rss("<item><title>B\u00f6rse \u20ac</title></item>").replace(' encoding="utf-8"', "")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (BOERSE.encode(), ""),
        (BOERSE.encode("utf-8-sig"), "text/xml; charset=iso-8859-1"),
        (BOERSE.encode("utf-16"), ""),
        (BOERSE.encode("utf-16-le"), ""),
        (BOERSE.encode("utf-16-be"), "text/xml; charset=utf-8"),
        (BOERSE.encode("utf-32"), ""),
        (BOERSE.encode("utf-32-be"), ""),
        (BOERSE.encode("cp1252"), "text/xml; charset=ISO-8859-1"),
        (BOERSE.encode("cp1252"), ""),
        (BOERSE.encode(), "text/xml; charset=ISO-8859-1"),
        (BOERSE.encode(), 'application/rss+xml; charset="x-nonsense"'),
        (BOERSE.encode(), "text/xml; charset=utf-16"),
        (BOERSE.replace("?>", ' encoding="windows-1252"?>').encode("cp1252"), "text/xml"),
        (BOERSE.replace("?>", ' encoding="utf-8"?>').encode("cp1252"), ""),
        (BOERSE.replace("?>", ' encoding="utf-16"?>').encode(), ""),
        (BOERSE.replace("?>", ' encoding="utf-8"?>').encode("cp1252"), "text/xml; charset=cp1252"),
        (BOERSE.replace("?>", ' encoding="utf-7"?>').encode("utf-7"), ""),
        (BOERSE.replace("?>", ' encoding="hex"?>').encode(), "text/xml; charset=punycode"),
    ],
)
def test_charsets(body: bytes, content_type: str) -> None:
    """The mark, then HTTP, then the declaration, then a guess; a name that cannot be true is none."""
    assert read(body, content_type).items[0].title == "B\u00f6rse \u20ac"


def test_one_bad_byte_does_not_change_the_charset() -> None:
    """A cut character in UTF-8 is one bad character, not a page in another charset."""
    title = "B\u00f6rse \u00e4 \u00f6 \u00fc \u20ac " * 3
    body = rss(f"<item><title>{title}</title></item>").encode().replace(b"B\xc3\xb6", b"B\xc3", 1)
    assert read(body).items[0].title.endswith("B\u00f6rse \u00e4 \u00f6 \u00fc \u20ac")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('<meta charset="windows-1251"><p>\u0420\u0443\u0431\u043b\u044c'.encode("cp1251"), "text/html"),
        ("<p>\u0420\u0443\u0431\u043b\u044c".encode("koi8-r"), "text/html; charset=koi8-r"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=shift_jis"><p>'
         "\u65e5\u672c\u7d4c\u6e08".encode("shift_jis"), ""),
        ("<p>\u00dc\u0627\u20ac".encode(), ""),
        ("<p>B\u00f6rse \u201ex\u201c".encode("cp1252"), ""),
    ],
)  # fmt: skip
def test_sniff_text(body: bytes, content_type: str) -> None:
    """A page is read in the charset that HTTP or the page itself names, or that it looks like."""
    document = Document(URL, URL, 200, body, content_type)
    text = sniff_text(document).partition("<p>")[2]
    assert text in {
        "\u0420\u0443\u0431\u043b\u044c",
        "\u65e5\u672c\u7d4c\u6e08",
        "\u00dc\u0627\u20ac",
        "B\u00f6rse \u201ex\u201c",
    }


@pytest.mark.parametrize(
    ("content_type", "body", "page"),
    [
        ("text/html; charset=utf-8", b"<p>x", True),
        ("Application/XHTML+XML", b"<p>x", True),
        ("", b"<p>x", True),
        ("", b"%PDF-1.7", False),
        ("application/pdf", b"%PDF-1.7", False),
        ("image/png", b"\x89PNG", False),
        ("audio/mpeg", b"ID3", False),
        ("application/json", b"{}", False),
    ],
)
def test_is_page(content_type: str, body: bytes, page: bool) -> None:
    """Links lead to reports and recordings too, which have no story to read."""
    assert is_page(Document(URL, URL, 200, body, content_type)) is page


# What is wrong with feeds


@pytest.mark.parametrize(
    "feed",
    [
        "\n\n<br />\n<b>Warning</b>: foo() in /x.php\n<?xml version='1.0'?><rss><channel><item>"
        "<title>A &amp; B</title></item></channel></rss>",
        "<?xml version='1.0'?>\n<?xml version='1.0'?><rss><channel><item><title>A &amp; B</title>"
        "</item></channel></rss>",
        "<rss><channel><item><title>A & B</title><description>x<br>y<p>z</description></item>",
        "<rss><channel><item><title>A &amp; B</title></item></channel></rss><script>x</script>junk",
        "<rss><channel><item><title>A &amp; B</title><a:b>x</a:b><c d='1' d='2' e=3 f></c></item>"
        "</channel></rss>",
        "<rss><channel><item><title>A\x00 &amp;\x08 B&#1;</title></item></channel></rss>",
        "<rss><channel><item><title><![CDATA[A & B]]></title></wrong></item></channel></rss>",
    ],
    ids=["php", "declaration", "html", "tail", "attributes", "controls", "stray"],
)  # fmt: skip
def test_broken_feeds(feed: str) -> None:
    """What templates make of a feed is mended."""
    assert [one.title for one in read(feed).items] == ["A & B"]


def test_items_are_kept_apart() -> None:
    """HTML that nobody escaped or closed does not swallow the next item."""
    broken = "<item><title>{}</title><description><ul><li>a<li>b & <img src=x><br></description>"
    feed = read("<rss><channel>" + broken.format("one") + broken.format("two") + "</channel></rss>")
    assert [one.title for one in feed.items] == ["one", "two"]
    assert feed.items[0].summary == '<ul><li>a<li>b &amp; <img src="x"><br></li></li></ul>'


def test_undeclared_prefix() -> None:
    """Prefixes that everybody knows need no declaration; others are no extension."""
    feed = "<rss><channel><item><content:encoded>x</content:encoded><my:own>y</my:own></item>"
    (only,) = read(feed).items
    assert (only.content, only.extensions) == ("x", ())


def test_html_entities() -> None:
    """Entities of HTML are understood in XML, where they are a mistake."""
    assert item("<title>a&nbsp;b &mdash; &euro;</title>").title == "a b \u2014 \u20ac"


def test_truncated_feed() -> None:
    """What has arrived of a feed is a feed."""
    feed = rss("<item><title>One</title></item><item><title>Two</title><description>te")
    assert [one.title for one in read(feed[: feed.index("te</")]).items] == ["One", "Two"]


# What is no feed


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "empty document"),
        (" \n\ufeff", "empty document"),
        ("<!DOCTYPE html><html><body>Hi</body></html>", "this is an HTML page, not a feed"),
        ("<html><head></head></html>", "this is an HTML page, not a feed"),
        (
            "<html><link rel='alternate' type='application/rss+xml' href='/feed?a=1&amp;b'></html>",
            "this is an HTML page, not a feed; its feed is https://feeds.example/feed?a=1&b",
        ),
        ("<opml><body/></opml>", 'XML with the root element "opml", not a feed'),
        (
            '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><x/></r:RDF>',
            'XML with the root element "RDF", not a feed',
        ),
        ('{"error": 1}', "this is JSON, but not a JSON Feed"),
        ("[1, 2]", "this is JSON, but not a JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1.1"', "broken JSON, not a feed"),
        ("Not found", "neither XML nor JSON, not a feed"),
        (bytes(range(256)), "neither XML nor JSON, not a feed"),
    ],
)
def test_no_feed(body: str | bytes, message: str) -> None:
    """It is said in one line what the document is instead."""
    with pytest.raises(ParseError) as error:
        read(body)
    assert str(error.value) == f"{URL}: {message}"


def test_feed_without_items() -> None:
    """A feed in which there is nothing is a feed all the same."""
    assert read(rss()).items == ()
    assert read(json_feed()).items == ()
