"""parse: whatever is sent, the answer comes quickly and without a crash; and real feeds."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from feedtexts import json_feed, read
from hypothesis import given, settings
from hypothesis import strategies as st

from filterfeed.errors import ParseError

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
    """Whatever is sent, the answer takes a second or two: what is quadratic takes minutes."""
    body = make().encode("utf-8", "surrogatepass")
    start = time.process_time()
    with contextlib.suppress(ParseError):
        read(body)
    assert time.process_time() - start < 6  # machines are shared, and some are slow


@pytest.mark.parametrize("end", ["</item>", ""])
def test_very_many_items(end: str) -> None:
    """The first 2,000 of 50,000 items are kept, also where the feed is broken."""
    fields = "<title>{0}</title><link>https://x.example/{0}</link><description>d</description>"
    items = "".join(f"<item>{fields.format(n)}{end}" for n in range(50_000))
    start = time.process_time()
    feed = read(HEAD + items + TAIL)
    assert time.process_time() - start < 5
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
        start = time.process_time()
        try:
            read(path.read_bytes())
            feeds += 1
        except ParseError as error:
            assert "can be read" not in str(error), path
            errors += 1
        if time.process_time() - start > 2:
            slow.append(path)
    assert not slow
    assert feeds > 3900
    assert feeds + errors == len(files)
