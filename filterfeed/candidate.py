"""One text of an item, cut into blocks and scored: the feed's body, or the page. Pure.

On a page more is asked than the model: what the publisher tells machines of the story, and
trafilatura where the model knows few of the words (it has learnt from English), or finds no story.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from filterfeed.hint import EXTRACTOR, PUBLISHER, Witness, article_body, hinted, rescaled
from filterfeed.model import glued
from filterfeed.model.features import tokens
from filterfeed.segment import segment
from filterfeed.shingles import length, spaced, words
from filterfeed.types import Block, Page, Probabilities

if TYPE_CHECKING:
    from filterfeed.model import Model

_STORY = 50
"""Words from which a page can be said to hold a story."""
_EVEN = 0.5
"""Probability from which a block may be the story's."""
_KNOWN = 0.72
"""Share of a story's words below which a model does not know its language: of English stories one
in a hundred has less, of German ones one in twenty more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    blocks: tuple[Block, ...] = ()
    scores: tuple[Probabilities, ...] = ()
    unaided: tuple[Probabilities, ...] = ()
    """The model's own scores, before others were asked."""
    asked: tuple[str, ...] = ()
    """Who they are."""


def of_body(model: Model, html: str, url: str, title: str) -> Candidate:
    """The body of an item; `url` is the base of its links, `title` the item's."""
    return _scored(model, html, url, "body", title)


def of_page(model: Model, page: Page, title: str) -> Candidate:
    """The page that an item links to."""
    candidate = _scored(model, page.html, page.url, "page", title)
    if text := article_body(page.html):
        candidate = _hinted(candidate, text, PUBLISHER)
    story = _story(candidate)
    found = sum(map(length, story)) >= _STORY
    if found and _share_known(model, story) >= _KNOWN:
        return candidate
    text = _extracted(page)
    if not text:
        return candidate
    return _hinted(candidate, text, EXTRACTOR) if found else _with_found_story(candidate, text)


def _scored(model: Model, html: str, url: str, as_: str, title: str) -> Candidate:
    blocks, scores = glued.score(model, segment(html, url), as_, title)
    return Candidate(blocks, scores, unaided=scores)


def _hinted(candidate: Candidate, text: str, witness: Witness) -> Candidate:
    scores = hinted(candidate.blocks, candidate.scores, text, witness)
    return replace(candidate, scores=scores, asked=(*candidate.asked, witness.name))


def _story(candidate: Candidate) -> list[str]:
    """The texts of the blocks that may be the story's."""
    pairs = zip(candidate.blocks, candidate.scores, strict=True)
    return [block.text for block, score in pairs if score[0] >= _EVEN]


def _share_known(model: Model, texts: Iterable[str]) -> float:
    """How many of the words of some texts the model has learnt; 1 where there are none."""
    found = [word for text in texts for word in tokens(text) if word.isalpha()]
    return sum(word in model.leads for word in found) / len(found) if found else 1.0


def _extracted(page: Page) -> str:
    """The story as trafilatura finds it; "" when that is too short for one."""
    from filterfeed.extract import story_text  # slow: trafilatura

    text = story_text(page.html, page.url)
    return text if length(text) >= _STORY else ""


def _with_found_story(candidate: Candidate, text: str) -> Candidate:
    """With a chance for the blocks that are in `text`."""
    story = spaced(words(text))
    scores = (
        rescaled(score, max(_EVEN, score[0]))
        if block.text and spaced(words(block.text)) in story
        else score
        for block, score in zip(candidate.blocks, candidate.scores, strict=True)
    )
    asked = (*candidate.asked, EXTRACTOR.name)
    return replace(candidate, scores=tuple(scores), asked=asked)
