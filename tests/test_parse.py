"""parse: what publishers send as feeds, into Items; whatever it is, quickly and without a crash."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterfeed.errors import ParseError
from filterfeed.parse import parse, sniff_text
from filterfeed.types import Category, Document, Enclosure, Feed, Item, Person

URL = "https://feeds.example/news/feed.xml"


def read(body: str | bytes, content_type: str = "", url: str = URL) -> Feed:
    data = body.encode() if isinstance(body, str) else body
    return parse(Document(url=url, final_url=url, status=200, body=data, content_type=content_type))


def rss(
    items: str = "", channel: str = "<link>https://site.example/</link>", attributes: str = ""
) -> str:
    start = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {attributes}><channel>'
    return f"{start}<title>News</title>{channel}{items}</channel></rss>"


NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:t="https://tickers.example/1.0"'
)


def item(fields: str, channel: str = "<link>https://site.example/</link>") -> Item:
    """The only item of an RSS feed."""
    (only,) = read(rss(f"<item>{fields}</item>", channel, NAMESPACES)).items
    return only


def atom(entry: str, feed: str = "", attributes: str = "") -> str:
    start = f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>News</title>'
    return f"{start}{feed}<entry>{entry}</entry></feed>"


def entry(fields: str, attributes: str = "") -> Item:
    """The only entry of an Atom feed."""
    (only,) = read(atom(fields, attributes=attributes)).items
    return only


# The formats


def test_rss_2() -> None:
    """An RSS 2.0 item arrives with all that it carries."""
    fields = """
        <title>Rates rise</title><link>https://site.example/rates</link>
        <guid isPermaLink="false">id-1</guid><pubDate>Mon, 02 Mar 2026 09:30:00 +0100</pubDate>
        <description>&lt;p&gt;Short&lt;/p&gt;</description><author>ann@site.example (Ann A)</author>
        <content:encoded><![CDATA[<p class="x">Long <b>text</b></p>]]></content:encoded>
        <category domain="https://site.example/tags">Banks &amp; bonds</category>
        <enclosure url="https://site.example/a.mp3" type="audio/mpeg" length="123"/>
        <comments>https://site.example/rates#comments</comments>"""
    assert item(fields) == Item(
        guid="id-1",
        link="https://site.example/rates",
        title="Rates rise",
        summary="<p>Short</p>",
        content='<p class="x">Long <b>text</b></p>',
        authors=(Person("Ann A", "ann@site.example"),),
        published=datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
        categories=(Category("Banks & bonds", "https://site.example/tags"),),
        enclosures=(Enclosure("https://site.example/a.mp3", "audio/mpeg", "123"),),
        comments="https://site.example/rates#comments",
    )


def test_atom_1() -> None:
    """An Atom 1.0 entry arrives with all that it carries."""
    fields = """
        <title type="html">Fed &lt;b&gt;hikes&lt;/b&gt; &amp;amp; waits</title>
        <id>tag:site.example,2026:1</id>
        <link rel="enclosure" href="https://site.example/a.pdf" type="application/pdf" length="9"/>
        <link href="https://site.example/1"/><updated>2026-03-02T10:00:00.5Z</updated>
        <published>2026-03-02T11:00:00+02:00</published><summary>a &lt; b</summary>
        <content type="html">&lt;p&gt;Text&lt;/p&gt;</content>
        <author><name>Ann A</name><email>ann@site.example</email><uri>/ann</uri></author>
        <author><name>Bob B</name></author>
        <category term="banks" scheme="https://site.example/s" label="Banks"/>"""
    assert entry(fields) == Item(
        guid="tag:site.example,2026:1",
        link="https://site.example/1",
        title="Fed hikes & waits",
        summary="a &lt; b",
        content="<p>Text</p>",
        authors=(Person("Ann A", "ann@site.example", "https://feeds.example/ann"), Person("Bob B")),
        published=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        updated=datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
        categories=(Category("banks", "https://site.example/s"),),
        enclosures=(Enclosure("https://site.example/a.pdf", "application/pdf", "9"),),
    )


def test_rss_1() -> None:
    """RSS 1.0: items beside the channel, the id in rdf:about, the date in dc:date."""
    feed = read("""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
        xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel rdf:about="https://bank.example/"><title>Bank</title>
        <link>https://bank.example/</link><items><rdf:Seq/></items><dc:date>2026-03-01</dc:date>
        </channel><image><url>https://bank.example/logo.png</url></image>
        <item rdf:about="https://bank.example/1"><title>One</title><dc:subject>rates</dc:subject>
        <link>https://bank.example/1?x</link><dc:date>2026-03-02T09:00:00Z</dc:date>
        <dc:creator>Ann A</dc:creator><description>Text</description></item></rdf:RDF>""")
    assert (feed.title, feed.image) == ("Bank", "https://bank.example/logo.png")
    assert feed.items == (
        Item(
            guid="https://bank.example/1",
            link="https://bank.example/1?x",
            title="One",
            summary="Text",
            authors=(Person("Ann A"),),
            published=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
            categories=(Category("rates"),),
        ),
    )


def test_atom_03() -> None:
    """Atom 0.3 with its own namespace, dates and modes."""
    (only,) = read("""<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Old</title>
        <entry><title>One</title><id>x:1</id><issued>2003-12-13T08:29:29-04:00</issued>
        <modified>2003-12-14T08:29:29Z</modified><link rel="alternate" href="https://o.example/1"/>
        <summary type="text/plain">Short</summary>
        <content type="text/html" mode="base64">PHA+VGV4dDwvcD4=</content></entry></feed>""").items
    assert (only.guid, only.link, only.title) == ("x:1", "https://o.example/1", "One")
    assert (only.summary, only.content) == ("Short", "<p>Text</p>")
    assert only.published == datetime(2003, 12, 13, 12, 29, 29, tzinfo=UTC)
    assert only.updated == datetime(2003, 12, 14, 8, 29, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    "feed",
    [
        '<rss version="0.91"><channel><title>Old</title><item><title>One</title>'
        "<link>https://o.example/1</link></item></channel></rss>",
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        '"http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>'
        "<title>Old</title><item><title>One</title><link>https://o.example/1</link></item>"
        "</channel></rss>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>Old</title></channel>'
        "<item><title>One</title><link>https://o.example/1</link></item></rdf:RDF>",
        '<CHANNEL HREF="https://o.example/"><TITLE>Old</TITLE><ITEM HREF="https://o.example/1">'
        "<TITLE>One</TITLE></ITEM></CHANNEL>",
        "<RSS VERSION='2.0'><CHANNEL><TITLE>Old</TITLE><ITEM><TITLE>One</TITLE>"
        "<LINK>https://o.example/1</LINK></ITEM></CHANNEL></RSS>",
        '<rss xmlns="https://unknown.example/rss"><channel><title>Old</title><item>'
        "<title>One</title><link>https://o.example/1</link></item></channel></rss>",
    ],
    ids=["rss-0.91", "rss-0.91n", "rss-0.90", "cdf", "upper-case", "own-namespace"],
)
def test_old_formats(feed: str) -> None:
    """RSS 0.90 and 0.91, CDF and what resembles them are feeds too."""
    result = read(feed)
    assert result.title == "Old"
    assert [(one.title, one.link) for one in result.items] == [("One", "https://o.example/1")]


def json_feed(**fields: object) -> str:
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "News", "items": [], **fields})


def test_json_feed() -> None:
    """A JSON Feed 1.1 arrives with all that it carries."""
    text = json_feed(
        home_page_url="https://site.example/",
        description="All news",
        language="en",
        icon="/icon.png",
        items=[
            {
                "id": "1",
                "url": "/one",
                "title": "One",
                "summary": "a < b",
                "content_html": "<p>Text</p>",
                "authors": [{"name": "Ann A", "url": "https://site.example/ann"}, {"name": "Bob"}],
                "date_published": "2026-03-02T09:30:00+01:00",
                "date_modified": "2026-03-02T10:00:00Z",
                "tags": ["banks", "bonds"],
                "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 123}],
                "image": "/a.png",
            }
        ],
    )
    assert read(text) == Feed(
        title="News",
        link="https://site.example/",
        description="All news",
        language="en",
        image="https://site.example/icon.png",
        items=(
            Item(
                guid="1",
                link="https://site.example/one",
                title="One",
                summary="a &lt; b",
                content="<p>Text</p>",
                authors=(Person("Ann A", "", "https://site.example/ann"), Person("Bob")),
                published=datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
                updated=datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
                categories=(Category("banks"), Category("bonds")),
                enclosures=(Enclosure("https://site.example/a.mp3", "audio/mpeg", "123"),),
                extensions=(
                    '<media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" '
                    'url="https://site.example/a.png"/>',
                ),
            ),
        ),
    )


def test_json_feed_1_0() -> None:
    """JSON Feed 1.0 has one author; ids may be numbers, texts plain, fields of any type."""
    broken: dict[str, object] = {"id": {}, "title": 7, "tags": "x", "authors": [3]}
    text = json_feed(
        version="https://jsonfeed.org/version/1",
        items=[{"id": 7, "author": {"name": "Ann"}, "content_text": "a\n\nb & c"}, 5, broken],
    )
    first, second = read(text).items
    assert (first.guid, first.authors) == ("7", (Person("Ann"),))
    assert first.content == "<p>a</p><p>b &amp; c</p>"
    assert (second.guid, second.title) == ("", "7")


# Identity and links


def test_ids_are_verbatim() -> None:
    """An id is no link: neither resolved, nor normalised, nor taken apart."""
    base = 'xml:base="https://base.example/dir/"'
    for guid in ("a/../b", "file:///tmp//x", "A  b", "http://h.example//x/./y?", "\u00c3\u00a9"):
        assert entry(f"<id>{guid}</id>", base).guid == guid
        assert item(f"<guid>\n {guid} </guid>").guid == guid
    assert item("<guid> \n </guid>").guid == ""


def test_relative_links() -> None:
    """They are joined to xml:base, else the site of the channel, else the feed's own address."""
    based = '<link href="one"/><content type="html">&lt;a href="two" class="c"&gt;</content>'
    assert entry(based, 'xml:base="https://b.example/d/"').link == "https://b.example/d/one"
    assert (
        entry(based, 'xml:base="/d/"').content == '<a href="https://feeds.example/d/two" class="c">'
    )
    assert entry(based).content == '<a href="two" class="c">'
    assert item("<link>/one</link>").link == "https://site.example/one"
    assert item("<link>one</link>", channel="").link == "https://feeds.example/news/one"
    assert item("<link>one</link>", "<link>../</link>").link == "https://feeds.example/one"


def test_absolute_links_stay_as_they_are() -> None:
    """Nothing of a link is normalised, but a script is no link."""
    for link in ("https://x.example/a/../b?", "file:///tmp/x", "https://x.example/?a=1&amp;copy=2"):
        assert item(f"<link>{link}</link>").link == link.replace("&amp;", "&")
    assert item("<link>javascript:alert(1)</link>").link == ""


def test_links_of_a_local_file() -> None:
    """Relative to a file there are no web addresses."""
    feed = rss("<item><title>T</title><link>one.html</link></item>", "")
    assert read(feed, url="/home/ann/feed.xml").items[0].link == ""


def test_guid_as_link() -> None:
    """A permalink guid is the link of an item without one, unless it says that it is none."""
    assert item("<guid>https://site.example/1</guid>").link == "https://site.example/1"
    assert item('<guid isPermaLink="false">https://site.example/1</guid>').link == ""
    assert item("<guid>abc</guid>").link == ""


def test_html_link_before_others() -> None:
    """Of several links to the entry the one to HTML is meant."""
    links = """<link rel="self" href="https://a.example/self"/>
        <link rel="alternate" type="application/json" href="https://a.example/json"/>
        <link rel="alternate" type="text/html" href="https://a.example/html"/>"""
    assert entry(links).link == "https://a.example/html"


# Texts


def test_empty_content_hides_nothing() -> None:
    """An empty content:encoded beside a description (as CoinDesk has it) is none."""
    only = item("<description>Real text</description><content:encoded/>")
    assert (only.summary, only.content) == ("Real text", "")
    only = item("<description>Real text</description><content:encoded>&lt;p/&gt;</content:encoded>")
    assert only.content == ""


def test_full_text_in_an_element_of_the_publishers_own() -> None:
    """Whatever a publisher calls it, the longest text is the content, and no extension."""
    only = item("<description>Short</description><t:full-text>The whole\n\nstory</t:full-text>")
    assert (only.summary, only.content) == ("Short", "<p>The whole</p><p>story</p>")
    assert only.extensions == ()
    only = item(
        "<fulltext>&lt;p&gt;Longer text&lt;/p&gt;</fulltext><content:encoded>x</content:encoded>"
    )
    assert only.content == "<p>Longer text</p>"


def test_caption_is_no_content() -> None:
    """media:description is what a photograph shows, not the text of the item."""
    caption = (
        "<media:content><media:description>A long caption of it</media:description></media:content>"
    )
    only = item(f"{caption}<description>Text</description>")
    assert (only.summary, only.content) == ("Text", "")
    assert item(caption).summary == "A long caption of it"


def test_content_arrives_whole() -> None:
    """Frames, tables, classes, ids, scripts, unknown tags: nothing is sanitised here."""
    html = (
        '<div class="promo-box x" id="ad-1"><iframe src="https://v.example/1"></iframe>'
        "<table><tr><td>1</td></tr></table><script>x()</script><my-tag>&nbsp;\u00e9 &amp; </my-tag></div>"
    )
    assert item(f"<content:encoded><![CDATA[{html}]]></content:encoded>").content == html


@pytest.mark.parametrize(
    "written",
    [
        "&lt;![CDATA[&lt;p&gt;x &amp;amp; y&lt;/p&gt;]]&gt;",
        "\n &lt;![CDATA[\n&lt;p&gt;x &amp;amp; y&lt;/p&gt; ]]&gt; ",
        "<![CDATA[&lt;p&gt;x &amp;amp; y&lt;/p&gt;]]>",
        "<![CDATA[<![CDATA[<p>x &amp; y</p>]]]]><![CDATA[>]]>",
    ],
)
def test_doubly_escaped(written: str) -> None:
    """HTML that was escaped once too often is HTML all the same."""
    assert item(f"<description>{written}</description>").summary == "<p>x &amp; y</p>"


def test_xhtml_content() -> None:
    """XHTML loses its wrapper and namespaces, and void elements get no end tags."""
    xhtml = (
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <b class="c">b</b>'
        "<br></br>c &lt; d<img src='x'/></div></content>"
    )
    assert entry(xhtml).content == 'a <b class="c">b</b><br>c &lt; d<img src="x">'


def test_plain_text_content() -> None:
    """Atom's text is escaped; where the type is missing and it is HTML it is taken as such."""
    assert entry('<content type="text">&lt;b&gt; &amp;\nx</content>').content == (
        "<p>&lt;b&gt; &amp;<br>x</p>"
    )
    assert entry("<content>&lt;p&gt;x&lt;/p&gt;</content>").content == "<p>x</p>"
    assert entry('<content type="image/png">iVBORw0KGgo=</content>').content == ""


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("<![CDATA[S&amp;P 500 &#8217;26]]>", "S&P 500 \u201926"),
        ("AT&T & Co", "AT&T & Co"),
        ("Fed &lt;b&gt;hikes&lt;/b&gt; &lt;br/&gt; again", "Fed hikes again"),
        ("Fed <b>hikes</b>", "Fed hikes"),
        ("Yields &lt; 3%, x &lt;y&gt; z", "Yields < 3%, x <y> z"),
        ("If a&lt;b then List&lt;T&gt;", "If a<b then List<T>"),
        (" two\n  lines ", "two lines"),
        ("?a=1&amp;copy=2", "?a=1&copy=2"),
    ],
)
def test_titles_are_plain_text(written: str, title: str) -> None:
    """Tags and entities go from titles; what only looks like them stays."""
    assert item(f"<title>{written}</title>").title == title


def test_atom_titles() -> None:
    """Atom says of a title what it is."""
    assert entry("<title>&amp;amp; &lt;b&gt;x&lt;/b&gt;</title>").title == "&amp; <b>x</b>"
    assert entry('<title type="html">&amp;amp; &lt;b&gt;x&lt;/b&gt;</title>').title == "& x"
    xhtml = '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <i>b</i></div></title>'
    assert entry(xhtml).title == "a b"


# Dates


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Mon, 05 Jan 2026 09:30:00 GMT", "2026-01-05T09:30:00"),
        ("Mon, 05 Jan 2026 09:30:00 EST", "2026-01-05T14:30:00"),
        ("Mon, 05 Jan 2026 09:30:00 +0530", "2026-01-05T04:00:00"),
        ("5 Jan 26 09:30 Z", "2026-01-05T09:30:00"),
        ("Mon, 05 Jan 2026 9:30 PM EST", "2026-01-06T02:30:00"),
        ("Mo, 05 M\u00e4r 2026 09:30:00 +0100", "2026-03-05T08:30:00"),
        ("05. Dez. 2026", "2026-12-05T00:00:00"),
        ("2026-01-05 09:30:00", "2026-01-05T09:30:00"),
        ("2026-01-05T09:30:00.123+01:00", "2026-01-05T08:30:00"),
        ("2026-01-05T09:30Z", "2026-01-05T09:30:00"),
        ("2026-01-05", "2026-01-05T00:00:00"),
        ("1767605400", "2026-01-05T09:30:00"),
        ("Mon Jan 05 09:30:00 2026", "2026-01-05T09:30:00"),
        ("Mon, 05 Jan 2026 23:59:60 GMT", "2026-01-05T23:59:59"),
        ("Mon, 05 Jan 2026 09:30:00 +9999", "2026-01-05T09:30:00"),
    ],
)
def test_dates(written: str, moment: str) -> None:
    """All the usual ways to write a date; without a zone it is UTC."""
    expected = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert item(f"<pubDate>{written}</pubDate>").published == expected


@pytest.mark.parametrize(
    "written",
    [
        *("", "yesterday-ish", "Mon, 30 Feb 2026 09:30:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"),
        *("0001-01-01T00:00:00Z", "-9999-01-05T09:30:00Z", "Tue, 05 Jan 2199 09:30:00 GMT"),
        *("Mon, 05 Jan 99999 09:30:00 GMT", "17", "--02-03", "9999999999", "2026-13-01"),
    ],
)
def test_dates_that_cannot_be_true(written: str) -> None:
    """No date rather than a wrong one, or one made from the clock."""
    assert item(f"<pubDate>{written}</pubDate>").published is None


# People, files, extensions, the feed itself


@pytest.mark.parametrize(
    ("written", "people"),
    [
        ("<author>ann@x.example (Ann A)</author>", (Person("Ann A", "ann@x.example"),)),
        ("<author>Ann A &lt;ann@x.example&gt;</author>", (Person("Ann A", "ann@x.example"),)),
        ("<author>ann@x.example</author>", (Person("", "ann@x.example"),)),
        (
            "<dc:creator>Ann A</dc:creator><dc:creator>Bob</dc:creator>",
            (Person("Ann A"), Person("Bob")),
        ),
        (
            "<dc:creator>Ann A</dc:creator><author>ann@x.example (Ann A)</author>",
            (Person("Ann A", "ann@x.example"),),
        ),
        ("<author/><dc:creator> </dc:creator>", ()),
    ],
)
def test_authors(written: str, people: tuple[Person, ...]) -> None:
    """Each author once, with what is known of him or her."""
    assert item(written).authors == people


def test_all_enclosures() -> None:
    """Several files, RSS's and Atom's, each once; lengths as they were written."""
    one = '<enclosure url="/a.mp3" type="audio/mpeg" length="12 MB"/>'
    two = '<atom:link rel="enclosure" href="https://x.example/b.mp3"/>'
    assert item(one + two + one).enclosures == (
        Enclosure("https://site.example/a.mp3", "audio/mpeg", "12 MB"),
        Enclosure("https://x.example/b.mp3"),
    )


def test_extensions() -> None:
    """Elements of other namespaces are handed on, each as XML that stands by itself."""
    only = item("""<dc:creator>Ann</dc:creator><dc:date>2026-01-05</dc:date><atom:link href="x"/>
        <content:encoded>x</content:encoded><t:stock t:s="N"><t:symbol>AAPL</t:symbol></t:stock>
        <media:content url="/a.png"><media:credit>Bob &amp; Co</media:credit></media:content>
        <xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>""")
    assert only.extensions == (
        '<t:stock xmlns:t="https://tickers.example/1.0" t:s="N"><t:symbol>AAPL</t:symbol></t:stock>',
        '<media:content xmlns:media="http://search.yahoo.com/mrss/" url="https://site.example/a.png">'
        "<media:credit>Bob &amp; Co</media:credit></media:content>",
    )


def test_extensions_are_bounded() -> None:
    """Neither very many nor very long ones."""
    assert len(item("<t:a>x</t:a>" * 100).extensions) == 50
    assert item(f"<t:a>{'x' * 20_000}</t:a><t:b/>").extensions == (
        '<t:b xmlns:t="https://tickers.example/1.0"/>',
    )


def test_the_feed_itself() -> None:
    """Title, site, language, rights, picture, dates, extensions, and when not to poll."""
    feed = read(
        rss(
            channel="""<link>https://site.example/</link><description>All &amp;amp; more</description>
            <language>en-us</language><copyright>&#169; News</copyright><ttl>30</ttl>
            <image><url>/logo.png</url><title>Logo</title><link>https://x.example/</link></image>
            <lastBuildDate>Mon, 05 Jan 2026 09:30:00 GMT</lastBuildDate><t:region>EU</t:region>
            <atom:link rel="self" href="https://feeds.example/self"/>
            <skipHours><hour>0</hour><hour>24</hour><hour>23</hour><hour>77</hour></skipHours>
            <skipDays><day>sunday</day><day>Noday</day></skipDays>""",
            attributes=NAMESPACES,
        )
    )
    assert feed == Feed(
        title="News",
        link="https://site.example/",
        description="All & more",
        language="en-us",
        copyright="\u00a9 News",
        image="https://site.example/logo.png",
        updated=datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
        ttl=1800,
        skip_hours=frozenset({0, 23}),
        skip_days=frozenset({"Sunday"}),
        extensions=('<t:region xmlns:t="https://tickers.example/1.0">EU</t:region>',),
    )


def test_update_period() -> None:
    """sy:updatePeriod and updateFrequency say how long to wait where there is no ttl."""
    sy = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    twice = "<sy:updatePeriod> daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
    assert read(rss(channel=twice, attributes=sy)).ttl == 43200
    assert read(rss(channel=f"{twice}<ttl>5</ttl>", attributes=sy)).ttl == 300
    assert read(rss(channel="<ttl>soon</ttl>")).ttl is None


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


# Hostile input

HEAD, TAIL = "<rss><channel><title>T</title>", "</channel></rss>"
ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
MIB = 1024 * 1024


@pytest.mark.parametrize(
    "make",
    [
        lambda: HEAD + "<item><title " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/></item>",
        lambda: HEAD + "<item><t " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/></item>" + TAIL,
        lambda: HEAD + "<item>" + "<a>" * 100_000 + "</a>" * 100_000 + "</item>" + TAIL,
        lambda: HEAD + "<item>" * 100_000,
        lambda: HEAD + "<a>" * 1_000_000,
        lambda: HEAD + "<item><description>" + "x" * 50 * MIB + "</description></item>" + TAIL,
        lambda: HEAD + "<item><description>" + "x " * 10 * MIB + "</description></item>" + TAIL,
        lambda: HEAD + "<item><title>" + "&lt;b&gt; " * MIB + "</title></item>" + TAIL,
        lambda: HEAD + "<item><author>" + "a" * 5 * MIB + "</author></item>" + TAIL,
        lambda: HEAD + ("<item>" + "<category>x</category>" * 150 + "</item>") * 1000 + TAIL,
        lambda: f'<!DOCTYPE rss [<!ENTITY a0 "ha">{ENTITIES}]>{HEAD}<item><title>&a9;</title></item>{TAIL}',
        lambda: f'<!DOCTYPE rss [<!ENTITY a "{"A" * 100_000}">]>{HEAD}<item><title>{"&a;" * 100_000}',
        lambda: '<rss xml:base="http://x/' + "a/" * 500_000 + '"><item><link>b</link></item></rss>',
        lambda: "<rss>" + "<" * 5 * MIB,
        lambda: "<rss>" + '<a "' * MIB,
        lambda: "<rss>" + "<!-- " * MIB,
        lambda: "<!DOCTYPE " * MIB,
        lambda: "<rss>" + "<![CDATA[" * MIB,
        lambda: "[" * 1_000_000,
        lambda: '{"items":' * 1_000_000,
        lambda: "\ud800\ufffe\x00" + HEAD + "<item><title>&#xD800;&#xFFFF;\udfff</title></item>",
    ],
)  # fmt: skip
def test_hostile_input_ends_soon(make: Callable[[], str]) -> None:
    """Whatever is sent, the answer comes within two seconds."""
    body = make().encode("utf-8", "surrogatepass")
    start = time.monotonic()
    with contextlib.suppress(ParseError):
        read(body)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("end", ["</item>", ""])
def test_very_many_items(end: str) -> None:
    """The first 2,000 of 50,000 items are kept, also where the feed is broken."""
    fields = "<title>{0}</title><link>https://x.example/{0}</link><description>d</description>"
    items = "".join(f"<item>{fields.format(n)}{end}" for n in range(50_000))
    start = time.monotonic()
    feed = read(HEAD + items + TAIL)
    assert time.monotonic() - start < 5
    assert [one.title for one in feed.items] == [str(n) for n in range(2000)]


def test_external_entities() -> None:
    """Entities are never fetched, whatever they name."""
    doctype = (
        f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{Path(__file__)}"><!ENTITY % p SYSTEM "x"> %p;]>'
    )
    (only,) = read(f"{doctype}{HEAD}<item><title>&x;</title></item>{TAIL}").items
    assert only.title == "&x;"


@given(st.binary(max_size=300))
def test_arbitrary_bytes(body: bytes) -> None:
    """Bytes of any kind give a Feed or a ParseError."""
    with contextlib.suppress(ParseError):
        read(body)


PIECES = st.sampled_from(
    [
        *("<rss>", "</rss>", "<channel>", "</channel>", "<item>", "</item>", "<title>", "</title>"),
        *("<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "</entry>", "<link href='x'/>"),
        *(
            "<content type='xhtml'>",
            "</content>",
            "<div>",
            "</div>",
            "<br>",
            "&amp;",
            "&nbsp;",
            "&",
        ),
        *(
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<",
            ">",
            "<dc:creator>",
            "<media:x url='",
            "'/>",
            "\0",
        ),
        *(
            "xml:base='//['",
            "<guid>",
            "</guid>",
            "<pubDate>2026",
            "<link>http://[",
            "\ud800",
            "&#0;",
        ),
        *(
            "<author>",
            "<name>",
            "<image>",
            "<url>",
            "{",
            '{"items":[',
            "x",
            " ",
            "<?xml ",
            "<!DOCTYPE ",
        ),
    ]
)


@settings(max_examples=300)
@given(
    st.lists(PIECES, max_size=30), st.sampled_from(["", "<rss><channel><item>", "<feed><entry>"])
)
def test_arbitrary_pieces_of_feeds(pieces: list[str], start: str) -> None:
    """So do the pieces of feeds in any order; and what is read can be written in UTF-8."""
    body = (start + "".join(pieces)).encode("utf-8", "surrogatepass")
    with contextlib.suppress(ParseError):
        repr(read(body)).encode()


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


@given(
    st.lists(
        st.tuples(TEXT, st.from_regex(r"[a-z0-9/?=&%]{0,20}", fullmatch=True), TEXT), max_size=5
    )
)
def test_json_feed_round_trip(rows: list[tuple[str, str, str]]) -> None:
    """Ids, links and titles come out of a JSON Feed as they went in."""
    links = [f"https://x.example/{path}" for _, path, _ in rows]
    fields = [
        {"id": guid, "url": link, "title": title}
        for (guid, _, title), link in zip(rows, links, strict=True)
    ]
    items = read(json_feed(items=fields)).items
    assert [one.guid for one in items] == [guid.strip() for guid, _, _ in rows]
    assert [one.link for one in items] == links
    assert [one.title for one in items] == [" ".join(title.split()) for _, _, title in rows]


# Real feeds


@pytest.mark.shared
def test_finance_feeds(shared: Path) -> None:
    """Every real financial feed is read with all its items."""
    folder = shared / "feeds" / "finance"
    lines = (folder / "manifest.jsonl").read_text().splitlines()
    expected = {line["file"]: line["items"] for line in map(json.loads, lines)}
    found = {name: len(read((folder / name).read_bytes()).items) for name in expected}
    assert len(found) >= 80
    assert found == expected


@pytest.mark.shared
def test_files_of_other_parsers_tests(shared: Path) -> None:
    """Thousands of odd files: each a Feed or a ParseError, each within two seconds."""
    slow, feeds, errors = [], 0, 0
    files = sorted(path for path in (shared / "feeds" / "robust").rglob("*") if path.is_file())
    for path in files:
        start = time.monotonic()
        try:
            read(path.read_bytes())
            feeds += 1
        except ParseError as error:
            assert "can be read" not in str(error), path
            errors += 1
        if time.monotonic() - start > 2:
            slow.append(path)
    assert not slow
    assert feeds > 3900
    assert feeds + errors == len(files)
