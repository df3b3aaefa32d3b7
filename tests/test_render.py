"""Output feeds as a whole, and their channels: valid, and the same bytes for the same items."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from rendered import MEDIA, NOON, SELF, SOURCE, channel, clean, read, render

from filterfeed.render import Channel, render_rss
from filterfeed.types import Category, CleanItem, Enclosure, Feed, Item, Person

GOLDEN = Path(__file__).parent / "golden"

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
    assert links == {
        ("alternate", "https://wire.example/"),
        ("self", SELF),
        ("via", "https://wire.example/rss"),
    }
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


def test_no_secret_of_the_source_gets_out() -> None:
    """A local path is not published, nor are a password or a token in a URL."""
    assert "/home" not in render(feed=Feed(), source_url="/home/reader/wire.xml")
    body = render(feed=Feed(), source_url="https://ada:secret@wire.example/rss?key=secret#secret")
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
