"""parse: ids, links, texts, dates, people, files and extensions of items."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from feedtexts import entry, item, json_feed, read, rss

from filterfeed.types import Enclosure, Person

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


def test_no_link_takes_along_the_secret_of_the_feed() -> None:
    """What is relative to the feed itself does not get the token in its address."""
    url = "https://ada:secret@feeds.example/feed.xml?token=secret"
    for link in ("#1", "?p=1", "1", "//feeds.example/1"):
        fields = f"<item><title>T</title><link>{link}</link></item>"
        (only,) = read(rss(fields, channel=""), url=url).items
        assert only.link.startswith("https://feeds.example/")
        assert "secret" not in only.link
    (only,) = read(json_feed(items=[{"id": "1", "url": "#1"}]), url=url).items
    assert only.link == "https://feeds.example/feed.xml#1"


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
