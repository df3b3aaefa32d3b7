"""What the trees of pages see: where a page's story stands."""

from __future__ import annotations

import numpy as np
import pytest

from filterfeed.model.layout import layout
from filterfeed.model.measures import MEASURES
from filterfeed.model.measures import measures as measured
from filterfeed.segment import segment
from filterfeed.types import Block

RUN, AFTER = 0, 2
PLACE = slice(6, 14)
COMMENTS, COMMENTS_BESIDE = 14, 15
BEFORE_COPIES, COPIES = 16, 17
SIDE, FROM_HEADLINE = 18, 19
STORY = "The mill in Harrow sold more looms than in any year since it opened, its owner said."
PAGE = f"""
<html><body><nav><ul><li><a href="/">Home</a></li><li><a href="/m">Markets</a></li></ul></nav>
<main><h1>Harrow mill sells more looms</h1>
<div class="story"><p>{STORY} One.</p><p>{STORY} Two.</p><p>{STORY} Three.</p></div></main>
<aside><p>Subscribe to our letter</p><p>Subscribe to our letter</p></aside></body></html>
"""
NAVIGATION, HEADLINE, FIRST, LAST, LETTER, AGAIN = 0, 2, 3, 5, 6, 7


@pytest.fixture(scope="module")
def blocks() -> tuple[Block, ...]:
    return segment(PAGE, "https://example.com/")


@pytest.fixture(scope="module")
def seen(blocks: tuple[Block, ...]) -> np.ndarray:
    """With scores of a first stage that knows the story's paragraphs."""
    rows = measured(blocks, True, "")
    sure = np.array([3.0 if STORY in block.text else -3.0 for block in blocks], dtype=np.float32)
    scores = np.stack([sure, -sure, -sure, -sure, sure], axis=1)
    return layout(blocks, scores, rows)


def test_the_run_of_the_story(seen: np.ndarray) -> None:
    """Its paragraphs are inside; what follows is the further away, the later it comes."""
    assert seen[:, RUN].tolist() == [0, 0, 0, 1, 1, 1, 0, 0]
    assert seen[LAST, AFTER] == 0 < seen[LETTER, AFTER] < seen[AGAIN, AFTER]


def test_the_element_of_the_story(seen: np.ndarray) -> None:
    """Paragraphs stand in it; the sidebar shares fewer of the elements around it."""
    inside, missing = seen[:, PLACE][:, 0], seen[:, PLACE][:, 1]
    assert inside[FIRST] == 1
    assert inside[LETTER] == inside[NAVIGATION] == 0
    assert missing[FIRST] == 0 < missing[HEADLINE] < missing[LETTER]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("commentbody by-anna", True),
        ("wp-comments-area", True),
        ("disqus_thread", True),
        ("commentary", False),
        ("story", False),
    ],
)
def test_comments(name: str, is_one: bool) -> None:
    """Readers' comments are known by the names of their elements, whatever these are joined to;
    not where the story stands in an element of that name, too."""
    beside = f'<div class="story"><p>{STORY}</p></div><div class="{name}"><p>Well said!</p></div>'
    around = f'<div class="{name}"><div><p>{STORY}</p></div><div><p>Well said!</p></div></div>'
    for html, found in ((beside, [is_one, is_one]), (around, [is_one, False])):
        own = segment(html)
        rows = np.array(measured(own, True, ""), dtype=np.float32)
        scores = np.array([[3, -3, -3, -3, 3], [-3, 3, 3, 3, -3]], dtype=np.float32)
        seen = layout(own, scores, rows)
        assert seen[1, [COMMENTS, COMMENTS_BESIDE]].tolist() == found


def test_copies(seen: np.ndarray) -> None:
    """A text that stands twice is told apart from its first copy."""
    assert seen[LETTER, [BEFORE_COPIES, COPIES]].tolist() == [0, 1]
    assert seen[AGAIN, [BEFORE_COPIES, COPIES]].tolist() == [1, 1]
    assert seen[FIRST, COPIES] == 0


def test_sides_of_the_headline(seen: np.ndarray) -> None:
    """What stands above the headline is hardly ever the story's."""
    assert seen[[NAVIGATION, HEADLINE, FIRST], SIDE].tolist() == [-1, 0, 1]
    assert seen[HEADLINE, FROM_HEADLINE] == 0 < seen[FIRST, FROM_HEADLINE]


def test_the_only_h1_is_the_title_of_a_page(blocks: tuple[Block, ...]) -> None:
    """Its words are looked for whatever title a feed gives; in a body only the feed's are."""
    column = MEASURES.index("in_title")
    assert measured(blocks, True, "Another title")[HEADLINE][column] == 1
    assert measured(blocks, False, "Another title")[HEADLINE][column] == 0


def test_a_page_of_nothing_much(blocks: tuple[Block, ...]) -> None:
    """One block, no headline, no story: numbers all the same."""
    few = blocks[:1]
    rows = np.array(measured(few, True, ""), dtype=np.float32)
    assert np.isfinite(layout(few, np.zeros((1, 5), dtype=np.float32), rows)).all()
