"""One text of an item, cut into blocks and scored: the feed's body, or the page. Pure.

On a page more is asked than the model: what the publisher tells machines of the story, and where
the model finds no story, trafilatura.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from filterfeed.hint import article_body, hinted, rescaled
from filterfeed.model import glued
from filterfeed.segment import segment
from filterfeed.shingles import spaced, words
from filterfeed.types import Block, Page, Probabilities

if TYPE_CHECKING:
    from filterfeed.model import Model

_STORY = 50
"""Words from which a page can be said to hold a story."""
_EVEN = 0.5
"""Probability from which a block may be the story's."""


@dataclass(frozen=True, slots=True)
class Candidate:
    blocks: tuple[Block, ...] = ()
    scores: tuple[Probabilities, ...] = ()


def of_body(model: Model, html: str, url: str, title: str) -> Candidate:
    """The body of an item; `url` is the base of its links, `title` the item's."""
    return Candidate(*glued.score(model, segment(html, url), "body", title))


def of_page(model: Model, page: Page, title: str) -> Candidate:
    """The page that an item links to."""
    candidate = Candidate(*glued.score(model, segment(page.html, page.url), "page", title))
    if text := article_body(page.html):
        candidate = replace(candidate, scores=hinted(candidate.blocks, candidate.scores, text))
    return candidate if _has_story(candidate) else _with_second_opinion(candidate, page)


def _has_story(candidate: Candidate) -> bool:
    pairs = zip(candidate.blocks, candidate.scores, strict=True)
    return sum(len(block.text.split()) for block, score in pairs if score[0] >= _EVEN) >= _STORY


def _with_second_opinion(candidate: Candidate, page: Page) -> Candidate:
    from filterfeed.extract import story_text  # slow: trafilatura

    story = spaced(words(story_text(page.html, page.url)))
    if story.count(" ") <= _STORY:
        return candidate
    scores = (
        rescaled(score, max(_EVEN, score[0]))
        if block.text and spaced(words(block.text)) in story
        else score
        for block, score in zip(candidate.blocks, candidate.scores, strict=True)
    )
    return replace(candidate, scores=tuple(scores))
