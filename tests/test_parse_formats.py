"""parse: each format arrives with all that it carries."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from feedtexts import NAMESPACES, entry, item, json_feed, read, rss

from filterfeed.types import Category, Enclosure, Feed, Item, Person

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
