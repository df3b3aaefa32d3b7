"""Output feeds: valid, complete, and the same bytes for the same items."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterfeed.parse import parse
from filterfeed.render import Channel, render_rss
from filterfeed.render.values import uri
from filterfeed.types import Category, CleanItem, Document, Enclosure, Feed, Item, Person

GOLDEN = Path(__file__).parent / "golden"
SELF = "https://reader.example/feeds/wire.xml"
SOURCE = "https://wire.example/rss?section=markets"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'


def channel(feed: Feed | None = None, **changes: Any) -> Channel:
    values: dict[str, Any] = {
        "feed": feed or Feed(title="The Wire", link="https://wire.example/"),
        "title": "",
        "self_url": SELF,
        "source_url": SOURCE,
        "updated": NOON,
        "ttl_seconds": 1800,
    }
    return Channel(**values | changes)


def clean(html: str = "<p>Shares rose.</p>", **fields: Any) -> CleanItem:
    values: dict[str, Any] = {"guid": "w-1", "link": "https://wire.example/1", "title": "Shares"}
    return CleanItem(Item(**values | fields), html, "body", "only the body")


def render(*items: CleanItem, **changes: Any) -> str:
    return render_rss(channel(**changes), items).decode()


def read(body: bytes | str) -> Any:
    """feedparser's reading, which must find nothing to complain about."""
    result = feedparser.parse(io.BytesIO(body.encode() if isinstance(body, str) else body))
    assert not result.bozo, result.bozo_exception
    return result


def entry(item: CleanItem) -> Any:
    return read(render(item)).entries[0]


# --- Whole documents ------------------------------------------------------------------------

FULL = (
    channel(
        Feed(
            title="The Wire: markets & money",
            link="https://wire.example/markets",
            description="Companies, rates and currencies",
            language="en_GB",
            copyright="© 2026 The Wire",
            image="https://wire.example/logo.png",
            extensions=(
                '<desk:region xmlns:desk="https://wire.example/ns/desk">EMEA</desk:region>',
                '<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
                "hourly</sy:updatePeriod>",
            ),
        ),
        ttl_seconds=1799,
    ),
    (
        CleanItem(
            Item(
                guid="https://wire.example/2026/rates",
                link="https://wire.example/2026/rates",
                title="Rates < 2%: what it means for S&P 500 firms",
                summary="<p>The bank <b>cut</b> its rate.</p>",
                content="<p>The bank cut its rate on Monday to 1.75 percent.</p><p>Buy now!</p>",
                authors=(Person("Ada Smith", "ada@example.com"),),
                published=NOON,
                updated=NOON + timedelta(hours=2),
                categories=(Category("Rates", "https://wire.example/topics"), Category("Banks")),
                enclosures=(
                    Enclosure("https://wire.example/rates.mp3", "audio/mpeg", "1048576"),
                    Enclosure("https://wire.example/rates.jpg", "", ""),
                ),
                comments="https://wire.example/2026/rates#comments",
                extensions=(
                    '<tick:symbol xmlns:tick="https://wire.example/ns/ticker" tick:on="LSE">'
                    "ABC</tick:symbol>",
                    f'<media:thumbnail {MEDIA} url="https://wire.example/rates-s.jpg"/>',
                ),
            ),
            '<h2>A cut</h2><p>The bank cut its rate to <a href="https://wire.example/q?a=1&amp;b=2">'
            "1.75 percent</a>.</p><ul><li>One</li><li>Two</li></ul>",
            "body",
            "only the body",
        ),
        CleanItem(
            Item(
                guid="urn:filterfeed:0f1e2d3c",
                link="https://wire.example/2026/märkte",
                title="Zürich: Märkte 上昇",
                authors=(Person("Ben"), Person("Cleo", "cleo@example.com")),
                updated=NOON,
            ),
            "<p>Kurz &amp; gut.</p>",
            "page",
            "title only",
        ),
        CleanItem(Item(guid="12345678901", title="Only a title"), "", "body", "no text"),
        CleanItem(Item(guid="note"), "<p>Neither title nor link.</p>", "body", "only the body"),
        CleanItem(Item(guid="nothing"), "", "body", "no text"),
    ),
)
BARE = (Channel(Feed(), "", "", "/home/reader/wire.xml", None, 0), ())


@pytest.mark.parametrize("name", ["full", "bare"])
def test_golden_files(name: str, request: pytest.FixtureRequest) -> None:
    """The bytes of an output feed change only on purpose (pytest --regen)."""
    path = GOLDEN / f"{name}.xml"
    body = render_rss(*{"full": FULL, "bare": BARE}[name])
    if request.config.getoption("--regen"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
    assert body == path.read_bytes()
    read(body)


VALIDATE = """
import sys
sys.path.insert(0, sys.argv[1] + "/src")
import feedvalidator
from feedvalidator.logging import Error, Warning
with open(sys.argv[2], "rb") as file:
    events = feedvalidator.validateString(file.read(), base=sys.argv[3])["loggedEvents"]
for event in events:
    if isinstance(event, (Error, Warning)):
        print(type(event).__name__, event.params.get("element", ""), event.params.get("line"))
"""


@pytest.mark.skipif("FEEDVALIDATOR" not in os.environ, reason="needs the W3C feed validator")
def test_the_w3c_feed_validator_has_nothing_to_say() -> None:
    """No errors, and no warnings but for namespaces that are the publisher's own."""
    checkout = os.environ["FEEDVALIDATOR"]
    arguments = [sys.executable, "-c", VALIDATE, checkout, str(GOLDEN / "full.xml"), SELF]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert [line for line in done.stdout.splitlines() if "UnknownNamespace" not in line] == []


# --- The channel ----------------------------------------------------------------------------


def test_the_channel_is_ours_and_leads_to_the_publisher() -> None:
    """self is our address, link the publisher's site, via the publisher's feed."""
    feed = read(render(clean())).feed
    links = {(link.rel, link.href) for link in feed.links}
    assert links == {("alternate", "https://wire.example/"), ("self", SELF), ("via", SOURCE)}
    assert feed.generator.startswith("filterfeed")


@pytest.mark.parametrize(
    ("link", "source", "expected"),
    [
        ("https://wire.example/m", SOURCE, "https://wire.example/m"),
        ("", SOURCE, "https://wire.example/"),
        ("urn:wire", "http://wire.example:8080/x", "http://wire.example:8080/"),
        ("", "/home/reader/wire.xml", SELF),
    ],
)
def test_a_feed_without_a_site_gets_the_nearest(link: str, source: str, expected: str) -> None:
    """`link` is required: it falls back to the host of the source, then to our own address."""
    assert read(render(feed=Feed(link=link), source_url=source)).feed.link == expected


def test_neither_paths_nor_credentials_of_the_source_get_out() -> None:
    """A local path is not published, nor are a name and password in a URL."""
    assert "/home" not in render(feed=Feed(), source_url="/home/reader/wire.xml")
    body = render(feed=Feed(), source_url="https://ada:secret@wire.example/rss")
    assert "secret" not in body
    assert 'href="https://wire.example/rss" rel="via"' in body


def test_title_and_description_are_always_there() -> None:
    """The configured title wins over the publisher's; the description falls back to the title."""
    feed = read(render(title="Mine")).feed
    assert (feed.title, feed.subtitle) == ("Mine", "Mine")
    assert read(render(feed=Feed())).feed.title == "https://wire.example/"


@pytest.mark.parametrize(("seconds", "minutes"), [(1, "1"), (60, "1"), (61, "2"), (1800, "30")])
def test_ttl_is_in_minutes_rounded_up(seconds: int, minutes: str) -> None:
    """Readers are not asked to come back before the next poll."""
    assert read(render(ttl_seconds=seconds)).feed.ttl == minutes


def test_unknown_values_are_left_out() -> None:
    """No date of "now", no zero ttl, no self link without an address, no language that is none."""
    body = render(updated=None, ttl_seconds=0, self_url="", feed=Feed(language="n/a"))
    for element in ("lastBuildDate", "<ttl", 'rel="self"', "<language", "<image", "<copyright"):
        assert element not in body


# --- Items ----------------------------------------------------------------------------------

GUIDS = [
    ("https://wire.example/1", "https://wire.example/1", "true"),
    ("https://wire.example/?p=1", "https://wire.example/1", "false"),
    ("https://wire.example/1", "", "false"),
    ("https://wire.example/ä", "https://wire.example/ä", "false"),
    ("urn:wire:1", "urn:wire:1", "false"),
    ("4711", "https://wire.example/1", "false"),
]


@pytest.mark.parametrize(("guid", "link", "permanent"), GUIDS)
def test_a_guid_is_a_permalink_only_when_it_is_the_link(
    guid: str, link: str, permanent: str
) -> None:
    """Any other guid goes out verbatim and says that it is no address."""
    body = render(clean(guid=guid, link=link))
    assert f'<guid isPermaLink="{permanent}">{guid}</guid>' in body
    assert read(body).entries[0].id == guid


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://wire.example/a b|c[1]", "https://wire.example/a%20b%7Cc%5B1%5D"),
        ("https://wire.example/%C3%A4?q=ö#ü", "https://wire.example/%C3%A4?q=%C3%B6#%C3%BC"),
        ("https://märkte.example:8080/", "https://xn--mrkte-gra.example:8080/"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
    ],
)
def test_addresses_are_escaped(link: str, expected: str) -> None:
    """RSS takes URIs, not IRIs; what is escaped already stays so."""
    assert entry(clean(link=link)).link == expected


def test_the_text_comes_after_a_description() -> None:
    """Readers that take the first text they find must not find the long one first."""
    body = render(clean("<p>Shares rose.</p>"))
    assert body.index("<description>Shares rose.") < body.index("<content:encoded>")


def test_a_publishers_summary_is_used_beside_a_longer_text() -> None:
    """A summary that is all there was, or is the text once more, goes out only as cleaned."""
    text = "<p>Shares rose on Monday, and fell on Tuesday. Subscribe now!</p>"
    short = entry(clean(summary="<i>Shares</i> rose.", content=text))
    assert short.summary == "<i>Shares</i> rose."
    for fields in ({"summary": text, "content": text}, {"summary": text, "content": ""}):
        assert entry(clean("<p>Shares <b>rose</b> &amp; fell.</p>", **fields)).summary == (
            "Shares rose &amp; fell."
        )


def test_a_description_without_a_summary_is_whole_paragraphs() -> None:
    """The first ones until there is something to read; a text without any is cut at a word."""
    html = f"<h2>Rates</h2><p>Short.</p><p>{'rates ' * 40}</p><p>More.</p>"
    assert entry(clean(html)).summary == f"Rates Short. {'rates ' * 40}".rstrip()
    endless = entry(clean(f"<p>{'rates ' * 4000}</p>"))
    assert len(endless.summary) <= 1000
    assert endless.summary.endswith("rates")


def test_every_item_has_a_title_or_a_description() -> None:
    """RSS wants one of them, and nothing is made up for it."""
    assert "<description/>" in render(clean("", title=""))
    assert "<description" not in render(clean("", title="Shares")).partition("<item>")[2]
    assert "content:encoded>" not in render(clean("  "))


def test_authors_with_and_without_addresses() -> None:
    """`author` holds an address and a name; any other author is a dc:creator."""
    both, name, mail = (
        Person("Ada (AS)", "ada@example.com"),
        Person("Ben"),
        Person(email="c@example.com"),
    )
    assert "<author>ada@example.com (Ada (AS))</author>" in render(clean(authors=(both,)))
    assert "<dc:creator>Ben</dc:creator>" in render(clean(authors=(name,)))
    assert "<dc:creator>c@example.com</dc:creator>" in render(clean(authors=(mail,)))
    assert "<author>" not in render(clean(authors=(both, name)))
    assert entry(clean(authors=(both, name))).authors == [
        {"name": "Ada (AS)", "email": "ada@example.com"},
        {"name": "Ben"},
    ]


def test_dates_are_rfc_822_with_a_numeric_zone() -> None:
    """An item that was only ever updated is dated by that."""
    assert "<pubDate>Mon, 02 Mar 2026 12:00:00 +0000</pubDate>" in render(clean(published=NOON))
    assert "<pubDate>Mon, 02 Mar 2026 12:00:00 +0000</pubDate>" in render(clean(updated=NOON))
    assert "<atom:updated>2026-03-02T12:00:00+00:00</atom:updated>" in render(clean(updated=NOON))
    assert "pubDate" not in render(clean())


@pytest.mark.parametrize(
    ("enclosure", "attributes"),
    [
        (Enclosure("https://w.example/a.mp3?x=1.txt"), 'length="0" type="audio/mpeg"'),
        (Enclosure("https://w.example/a", "audio/mpeg", " 12 "), 'length="12" type="audio/mpeg"'),
        (Enclosure("https://w.example/a.mp3", "mp3", "-1"), 'length="0" type="audio/mpeg"'),
        (Enclosure("https://w.example/a", "", "9" * 5000), 'length="0" type="application/octet-s'),
    ],
)
def test_an_enclosure_is_complete(enclosure: Enclosure, attributes: str) -> None:
    """RSS wants address, length and type; what is missing or wrong is guessed."""
    expected = f'<enclosure url="{enclosure.url}" {attributes}'
    assert expected in render(clean(enclosures=(enclosure,)))


def test_further_enclosures_are_media_content() -> None:
    """One enclosure an item, and it is on the web; a file is named once."""
    one, two, odd = (
        Enclosure("https://w.example/1.mp3"),
        Enclosure("https://w.example/2.jpg", "image/jpeg", "7"),
        Enclosure("ftp://w.example/3"),
    )
    item = entry(clean(enclosures=(odd, one, two, two, one)))
    assert [enclosure.href for enclosure in item.enclosures] == [one.url]
    assert [media["url"] for media in item.media_content] == [odd.url, two.url]


def test_the_publishers_own_media_element_wins_over_ours() -> None:
    """It is not doubled, and keeps its caption."""
    url = "https://w.example/2.jpg"
    own = (
        f'<media:content {MEDIA} url="{url}" medium="image">'
        "<media:title>Rates</media:title></media:content>"
    )
    enclosures = (Enclosure("https://w.example/1.mp3"), Enclosure(url))
    item = entry(clean(enclosures=enclosures, extensions=(own,)))
    assert item.media_content == [{"url": url, "medium": "image"}]
    assert "<media:title>Rates</media:title>" in render(clean(extensions=(own,)))


# --- The publisher's own elements -----------------------------------------------------------


def test_namespaces_are_declared_once_at_the_root() -> None:
    """The first meaning of a prefix is declared there, a second one where it is used."""
    first, second = 'xmlns:t="urn:example:one"', 'xmlns:t="urn:example:two"'
    items = [clean(extensions=(f"<t:s {ns}>A</t:s>",)) for ns in (first, second, first)]
    body = render(*items, clean(extensions=('<u:s xmlns:u="urn:example:one">B</u:s>',)))
    assert body.count(first) == 1
    assert first in body.partition("<channel>")[0]
    assert body.count("<t:s>A</t:s>") == 2
    assert "<t:s>B</t:s>" in body
    assert f"<t:s {second}>A</t:s>" in body
    read(body)


@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "no element",
        "<t:s>undeclared</t:s>",
        '<t:s xmlns:t="urn:t">cut off',
        "<title>no namespace</title>",
        '<t:s xmlns:t="urn:t"><id>4711</id></t:s>',
        '<t:s xmlns:t="urn:t"/>',
        '<!DOCTYPE s [<!ENTITY e "x">]><t:s xmlns:t="urn:t">a &e; b</t:s>',
        '<c:encoded xmlns:c="http://purl.org/rss/1.0/modules/content/">uncleaned</c:encoded>',
        f'<media:text {MEDIA} type="html">uncleaned</media:text>',
        '<x:body xmlns:x="http://www.w3.org/1999/xhtml"><x:p>uncleaned</x:p></x:body>',
        '<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="self" href="https://w.example/"/>',
        '<dc:creator xmlns:dc="https://purl.org/dc/elements/1.1/">Ada</dc:creator>',
        '<w:commentRss xmlns:w="http://wellformedweb.org/CommentAPI/">../feed</w:commentRss>',
    ],
)
def test_what_cannot_go_out_as_it_is_does_not(fragment: str) -> None:
    """Broken, empty and RSS's own elements, uncleaned texts, and what we say ourselves."""
    assert render(clean(extensions=(fragment,))) == render(clean())


def test_uncleaned_text_inside_a_media_element_is_taken_out() -> None:
    """The picture stays."""
    fragment = (
        f'<media:group {MEDIA}><media:content url="https://w.example/a b.jpg"/>'
        "<media:text>Buy now</media:text></media:group>"
    )
    body = render(clean(extensions=(fragment,)))
    assert "Buy now" not in body
    assert '<media:content url="https://w.example/a%20b.jpg"/>' in body


def test_misspelt_namespaces_are_put_right() -> None:
    """Readers take Media RSS without its slash for the same; the validator does not."""
    fragment = '<m:credit xmlns:m="http://search.yahoo.com/mrss">Ada</m:credit>'
    body = render(clean(extensions=(fragment,)))
    assert "<media:credit>Ada</media:credit>" in body
    assert 'mrss"' not in body


# --- Any item at all ------------------------------------------------------------------------

WORDS = st.lists(
    st.text(st.sampled_from("abcXYZäß上 0123.,:%$€-'\""), min_size=1, max_size=8).map(str.strip),
    min_size=1,
    max_size=5,
).map(lambda words: " ".join(" ".join(words).split()))
TEXT = WORDS.filter(bool)
TITLE = st.one_of(TEXT, TEXT.map(lambda text: f"{text} & {text} < 3"))
PATH = st.text(st.sampled_from("abc123-_.~%2F"), max_size=8).map(lambda path: path.rstrip("%"))
URL = st.builds("https://{}.example/{}?q={}".format, st.sampled_from("abc"), PATH, PATH)
GUID = st.one_of(URL, st.uuids().map(lambda uuid: uuid.urn), TEXT)
MOMENT = st.datetimes(datetime(1990, 1, 2), datetime(2099, 1, 1), timezones=st.just(UTC))
PERSON = st.builds(Person, TEXT.filter(str.isalpha), st.sampled_from(["", "ada@example.com"]))
HTML = st.lists(TEXT, max_size=4).map(
    lambda texts: "".join(f"<p>{text.replace('<', '')} &amp; <b>so</b></p>" for text in texts)
)
ITEM = st.builds(
    Item,
    guid=GUID,
    link=st.one_of(st.just(""), URL),
    title=st.one_of(st.just(""), TITLE),
    authors=st.lists(PERSON, max_size=3, unique_by=lambda person: person.name).map(tuple),
    published=st.none() | MOMENT,
    updated=st.none() | MOMENT,
    categories=st.lists(st.builds(Category, TEXT, st.just("") | URL), max_size=3, unique=True).map(
        tuple
    ),
    enclosures=st.lists(
        st.builds(
            Enclosure,
            URL,
            st.sampled_from(["audio/mpeg", "image/png"]),
            st.integers(0, 10**9).map(str),
        ),
        max_size=1,
    ).map(tuple),
    comments=st.just("") | URL,
)
CLEAN = st.builds(CleanItem, ITEM, HTML, st.just("body"), st.just("test"))


def whole_second(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(microsecond=0)


def parsed(body: bytes) -> Feed:
    return parse(Document(url=SELF, final_url=SELF, status=200, body=body))


@settings(max_examples=150, deadline=None)
@given(st.lists(CLEAN, max_size=4))
def test_what_is_rendered_can_be_read_again(items: list[CleanItem]) -> None:
    """Ids, links, titles, dates, authors, categories, enclosures, order and text come back."""
    body = render_rss(channel(), items)
    read(body)
    feed = parsed(body)
    assert len(feed.items) == len(items)
    for got, item in zip(feed.items, items, strict=True):
        sent = item.item
        assert got.guid == sent.guid
        assert got.link == sent.link
        assert got.title == sent.title
        assert got.published == whole_second(sent.published or sent.updated)
        assert got.updated == whole_second(sent.updated)
        assert got.authors == sent.authors
        assert got.categories == sent.categories
        assert got.enclosures == sent.enclosures
        assert got.comments == sent.comments
        assert (got.content or got.summary) == item.html


@settings(max_examples=100, deadline=None)
@given(st.lists(CLEAN, max_size=4))
def test_rendering_is_a_fixed_point(items: list[CleanItem]) -> None:
    """What is read from our bytes gives the same bytes."""
    body = render_rss(channel(), items)
    feed = parsed(body)
    again = [
        CleanItem(got, item.html, "body", "test")
        for got, item in zip(feed.items, items, strict=True)
    ]
    assert render_rss(channel(feed), again) == body


@pytest.mark.shared
def test_real_feeds_come_out_whole(shared: Path) -> None:
    """Same ids and links in the same order, and nothing for feedparser to complain about."""
    files = sorted((shared / "feeds" / "finance").glob("*.xml"))
    assert files
    for file in files:
        feed = parsed(file.read_bytes())
        items = [
            CleanItem(replace(item, guid=item.guid or item.link), "<p>Text.</p>", "body", "test")
            for item in feed.items
        ]
        entries = read(render_rss(channel(feed), items)).entries
        sent = [(item.item.guid, uri(item.item.link)) for item in items]
        assert [(entry.id, entry.get("link", "")) for entry in entries] == sent, file.name


ANYTHING = st.text(max_size=20)
WILD = st.builds(
    Item,
    guid=ANYTHING,
    link=ANYTHING,
    title=ANYTHING,
    summary=ANYTHING,
    content=ANYTHING,
    authors=st.builds(Person, ANYTHING, ANYTHING).map(lambda person: (person,)),
    categories=st.builds(Category, ANYTHING, ANYTHING).map(lambda category: (category,)),
    enclosures=st.builds(Enclosure, ANYTHING, ANYTHING, ANYTHING).map(lambda it: (it, it)),
    comments=ANYTHING,
    extensions=ANYTHING.map(lambda text: (text, f'<t:s xmlns:t="urn:t" a="{text}">{text}</t:s>')),
)


@settings(max_examples=150, deadline=None)
@given(WILD, ANYTHING)
def test_any_text_gives_well_formed_xml(item: Item, text: str) -> None:
    """Control characters, surrogates and markup in any field do no harm."""
    feed = Feed(title=text, link=text, description=text, language=text, image=text)
    cleaned = CleanItem(item, text, "body", "test")
    body = render_rss(channel(feed, title=text, self_url=text, source_url=text), [cleaned])
    assert len(read(body).entries) == 1


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud800", "\udfff", "\ufffe"])
def test_characters_that_xml_forbids_are_left_out(character: str) -> None:
    """Escaped they would be as wrong as bare."""
    text = f"a{character}b"
    body = render(clean(f"<p>{text}</p>", title=text, guid=text, link=f"https://w.example/{text}"))
    item = read(body).entries[0]
    assert (item.title, item.id, item.link) == ("ab", "ab", "https://w.example/ab")
    assert item.content[0].value == "<p>ab</p>"
