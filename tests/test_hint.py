"""What a page's JSON-LD says of its story."""

from __future__ import annotations

import json

import pytest

from filterfeed.hint import EXTRACTOR, PUBLISHER, Witness, article_body, hinted
from filterfeed.segment import segment
from filterfeed.types import Probabilities

STORY = [
    f"Harrow Mills said on day {day} that orders for its looms had risen again, and that the plant"
    f" in district {day} would take on {day + 20} more weavers before the summer."
    for day in range(1, 6)
]
DOUBT: Probabilities = (0.4, 0.2, 0.2, 0.2)
SURE: Probabilities = (0.97, 0.01, 0.01, 0.01)


def page(*scripts: str, paragraphs: list[str] = STORY) -> str:
    told = "".join(f'<script type="application/ld+json">{own}</script>' for own in scripts)
    return f"<html><head>{told}</head><body>{''.join(f'<p>{p}</p>' for p in paragraphs)}</body>"


def said(text: str) -> str:
    return json.dumps({"@type": "NewsArticle", "articleBody": text})


def test_the_text_is_found() -> None:
    """Alone, in a list or in a graph; tags in it are no words."""
    text = " ".join(STORY)
    assert article_body(page(said(text))) == text
    assert article_body(page(f"[{said(text)}]")) == text
    assert article_body(page('{"@graph": [{"@type": "WebPage"}, ' + said(text) + "]}")) == text
    assert "<p>" not in article_body(page(said("<p>" + text.replace(". ", ".<p>"))))


@pytest.mark.parametrize(
    "script",
    [
        '{"articleBody": ',
        '{"articleBody": 7}',
        '{"articleBody": "A teaser only."}',
        '{"@graph": {"articleBody": null}}',
        "[" * 100_000 + '"articleBody"',
        '"articleBody"',
    ],
)
def test_no_text_is_no_error(script: str) -> None:
    """What is broken, of another kind or too short says nothing."""
    assert article_body(page(script)) == ""


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "html",
    [
        '"articleBody"' + "<script " * 100_000,
        '"articleBody"' + '<script type="application/ld+json">' * 100_000,
        '"articleBody"<script ' + "application/ld+json" * 100_000,
        page(said("<" * 500_000)),
    ],
)
def test_a_broken_page_takes_no_long_time(html: str) -> None:
    """Each of its scripts and tags is looked at once, though nothing closes them."""
    assert article_body(html) == ""


def test_a_page_without_says_nothing() -> None:
    assert article_body(page()) == ""


def test_what_it_has_is_likelier_the_storys() -> None:
    """And what it has not is less likely, in the same proportions."""
    pitch = "Our letter names ten stocks that the machine likes for the year, for nine euros."
    blocks = segment(page(paragraphs=[*STORY, pitch]))
    scores = [SURE, SURE, SURE, SURE, DOUBT, DOUBT]
    *_, last, other = hinted(blocks, scores, " ".join(STORY), PUBLISHER)
    assert last[0] > 0.7 > DOUBT[0] > 0.1 > other[0]
    assert other[1] == pytest.approx(other[2])
    assert sum(last) == pytest.approx(1)
    assert sum(other) == pytest.approx(1)


def test_a_teaser_takes_nothing_away() -> None:
    """When it has not most of the story, what it has not may be the story's all the same."""
    blocks = segment(page())
    scores = [SURE, SURE, SURE, SURE, DOUBT]
    assert hinted(blocks, scores, " ".join(STORY[:2]), PUBLISHER)[-1] == DOUBT


def test_a_few_words_tell_nothing() -> None:
    """A line that is too short to be found by runs of words is left as it was."""
    blocks = segment(page(paragraphs=[*STORY, "Read more"]))
    scores = [*[SURE] * 5, DOUBT]
    assert hinted(blocks, scores, " ".join(STORY), PUBLISHER)[-1] == DOUBT


def test_an_extractors_text_tells_of_short_lines_too() -> None:
    """Each of its lines is a paragraph: a heading that is none of them is not the story's."""
    blocks = segment(page(paragraphs=[*STORY, "The plant", "Read more"]))
    scores = [*[SURE] * 5, DOUBT, DOUBT]
    heading, link = hinted(blocks, scores, "\n".join([*STORY, "The plant"]), EXTRACTOR)[-2:]
    assert heading == DOUBT
    assert link[0] < 0.1


@pytest.mark.parametrize("witness", [PUBLISHER, EXTRACTOR])
def test_a_headline_is_not_missed(witness: Witness) -> None:
    """It stands above the story's text, and so in none of these; other lines are less likely."""
    line = "Harrow Mills takes on more weavers as orders for looms rise"
    text = "".join(f"<p>{own}</p>" for own in STORY)
    blocks = segment(f"<h1>{line}</h1><p>{line}</p>{text}")
    scores = [DOUBT, DOUBT, *[SURE] * len(STORY)]
    headline, other, *_ = hinted(blocks, scores, "\n".join(STORY), witness)
    assert headline == DOUBT
    assert other[0] < DOUBT[0]
