"""Any item at all can be rendered, and what is rendered can be read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rendered import SELF, channel, clean, read, render

from filterfeed.parse import parse
from filterfeed.render import render_rss
from filterfeed.render.values import uri
from filterfeed.types import Category, CleanItem, Document, Enclosure, Feed, Item, Person

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
