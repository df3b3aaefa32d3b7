"""Blocks cut between their sentences."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filterfeed.clean import clean
from filterfeed.segment import key, segment
from filterfeed.segment.sentences import ends, split, texts
from filterfeed.types import Block, Verdict


def sentences(html: str) -> list[str]:
    (block,) = segment(html, "https://wire.example/")
    return [part.text for part in split(block, ends(block))]


@pytest.mark.parametrize(
    "text",
    [
        "Profit rose. ¶Sales fell! ¶Why? ¶Nobody knows… ¶Yet.",
        "“It fell.” ¶He left. ¶(Reporting by Ida Pell.) ¶More later.",
        "Mr. Pell of Harrow Inc. sold 3.5 percent, e.g. to J. K. Orwell, vs. 2 then. ¶So it is.",
        "The U.S. Treasury and St. Anne No. 5 met at 9.30 a.m. on Friday. ¶It was late.",
        "Am 1. Mai stieg der Kurs, z.B. Gold. ¶Das 3. Quartal beginnt.",
        "1. Harrow Mills makes flour. ¶2. Tolland Rail runs trains.",
        "Yahoo! said so, and eBay too. iPhones sold well. ¶It was seen.",
        "It rose 4%.¶Read more at www.Example.com/A.Html or a.B@example.com now.",
        "株価が上がった。¶今日も続く！¶「はい。」と言った。¶終わり",
        "Sign Up For Free » ¶Shares rose. ¶It fell.",
        "He said: « Non. » ¶It fell. ¶«Nous verrons», il a dit.",
        "Sie sagte: »Nein. ¶Nie.« ¶Er ging.",
        "Watchlists | ¶Results of the meeting • ¶The board met.",
    ],
)
def test_where_sentences_end(text: str) -> None:
    """Full stops of abbreviations, initials, numbers and addresses end none."""
    wanted = [sentence.strip() for sentence in text.split("¶")]
    assert sentences(f"<p>{text.replace('¶', '')}</p>") == wanted


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        (
            "<p>Profit rose<br>Sign up now<br>it goes on</p>",
            ["Profit rose", "Sign up now it goes on"],
        ),
        (
            "<p><b>Read more: Ten stocks</b> The mill closed.</p>",
            ["Read more: Ten stocks", "The mill closed."],
        ),
        (
            "<p>It fell. <a href='/x'>Why it fell. And how</a>The mill closed.</p>",
            ["It fell.", "Why it fell. And how", "The mill closed."],
        ),
        (
            "<p><b>Sales fell<br></b><br>It rained |<br>Results</p>",
            ["Sales fell", "It rained |", "Results"],
        ),
        ("<p>Shares of <a href='/x'>Harrow</a> Mills rose.</p>", ["Shares of Harrow Mills rose."]),
        ("<p><a href='/x'>It fell. It rose.</a></p>", ["It fell. It rose."]),
        (
            "<p><a href='/x'>It fell. <b><a href='/y'>Why?</a></b> It rose. It fell.</a></p>",
            ["It fell. Why? It rose. It fell."],
        ),
    ],
)
def test_breaks_and_elements_end_sentences_too(html: str, wanted: list[str]) -> None:
    """Line breaks; links and bold words that a sentence begins with; nothing inside of a link."""
    assert sentences(html) == wanted


def test_elements_are_closed_and_opened_again() -> None:
    """Each part is whole HTML."""
    (block,) = segment("<p><i>He <b>left. She</b> stayed.</i></p>")
    assert [part.html for part in split(block, ends(block))] == [
        "<p><i>He <b>left. </b></i></p>",
        "<p><i><b>She</b> stayed.</i></p>",
    ]


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "run", ["。" * 500_000 + "」と。", "<b>x<br></b>" + "<b><br></b>" * 200_000]
)
def test_long_runs_take_no_long_time(run: str) -> None:
    """Of signs that end no sentence, and of line breaks: each is looked at once."""
    (block,) = segment(f"<p>Profit rose. {run} Sales fell. It rained.</p>")
    assert len(ends(block)) >= 2


def test_a_part_is_a_block() -> None:
    """With its own key and share of links, at the place of the whole."""
    (block,) = segment("<ul><li>Profit rose. <a href='/x'>Read more here</a></li></ul>")
    story, more = split(block, ends(block))
    assert (more.key, more.link_share, story.link_share) == (key("Read more here"), 1.0, 0.0)
    assert (more.tag, more.frame, more.path) == (block.tag, block.frame, block.path)


TEXTS = (
    *("Profit rose.", "Sales fell", "it goes on.", "U.S.", "«Non.»", "Why?", "終わり。次"),
    *("&amp; &lt;so&gt;", "3.5", "»", " |", "\n", " ", "<br>", "<b><br></b>"),
)
TAGS = st.sampled_from(["b", "i", "span", "a href='https://x.example/?a=1&b=2'"])


def _element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda tag, children: f"<{tag}>{''.join(children)}</{tag.split()[0]}>",
        TAGS,
        st.lists(inner, max_size=4),
    )


INLINE = st.recursive(st.sampled_from(TEXTS), _element, max_leaves=12)
BLOCKS = st.lists(INLINE, min_size=1, max_size=8).map(lambda own: segment(f"<p>{''.join(own)}</p>"))


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "br":
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def _is_balanced(html: str) -> bool:
    parser = _Balance()
    parser.feed(html)
    return not parser.opened


def _joined(html: str) -> str:
    """Without the ends of elements that begin again right there: they look the same."""
    while (fewer := re.sub(r"</(\w+)><\1>", "", html)) != html:
        html = fewer
    return html


def _bare(text: str) -> str:
    return "".join(text.split())


@given(BLOCKS)
def test_parts_keep_every_word_in_order(blocks: tuple[Block, ...]) -> None:
    """In balanced HTML that reads as their texts do."""
    for block in blocks:
        places = ends(block)
        parts = split(block, places)
        assert "".join(_bare(part.text) for part in parts) == _bare(block.text)
        assert texts(block, places) == [part.text for part in parts]
        for part in parts:
            assert part.text
            assert _is_balanced(part.html)
            assert [again.text for again in segment(part.html)] == [part.text]


@given(BLOCKS, st.integers(0, 7))
def test_parts_that_stay_are_one_again(blocks: tuple[Block, ...], number: int) -> None:
    """A block that was cut in vain goes out as if it had not been."""
    for block in blocks:
        if places := ends(block):
            place = places[number % len(places)]
            parts = [
                Block(n, own.text, own.html, own.tag, part=n)
                for n, own in enumerate(split(block, [place]), 1)
            ]
            cut, whole = (
                clean([Verdict(own, "article", (1.0, 0.0, 0.0, 0.0), "keep", "") for own in one])
                for one in (parts, [block])
            )
            assert cut.count("<p>") == 1
            assert _joined(cut) == _joined(whole)
            assert "</b><b>" in whole or "</b><b>" not in cut
