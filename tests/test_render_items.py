"""Items in output feeds, with the publisher's own elements."""

from __future__ import annotations

import pytest
from rendered import MEDIA, NOON, clean, entry, read, render

from filterfeed.types import Enclosure, Person

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
