"""One item through segment, score, classify and clean, from its body and from its page.

`prepare` is the slow half (pure, picklable, for worker processes); `finish` decides with what is
remembered of the publisher, and keeps the better of the two candidates. What may never happen is
watched here: no wall instead of a story, and no story that loses nearly all of its text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from filterfeed.candidate import Candidate, of_body, of_page
from filterfeed.classify import classify, found, story_words
from filterfeed.clean import clean, sanitise
from filterfeed.promotion import Promotion, recognised
from filterfeed.segment import key
from filterfeed.shingles import length, words
from filterfeed.types import (
    Category,
    CleanItem,
    Item,
    Page,
    Policy,
    Source,
    Verdict,
)

if TYPE_CHECKING:
    from filterfeed.model import Model

_NEARLY_ALL = 0.1
"""When less than this share of a body's words would stay, it goes out as it came."""
_SHORT = 150
"""Words below which a page with the words of a wall is a wall with a teaser."""
_LONGER = 1.2
"""How much more of the story a page must have than the feed's own body."""
_MEMORY_TAKES = 0.3
"""Share of a story's words that memory may take: what recurs beyond that is the story."""
_KEYED = 3
"""Words from which a block is worth remembering."""
_TAG = Category("advertisement", "https://filterfeed.example/categories")
"""What an item that is one gets where the configuration says "tag"."""
_WALL = re.compile(
    r"verify (?:that )?you are (?:a )?human|are you a robot|not a robot"
    r"|unusual (?:traffic|activity)|checking your browser|access (?:has been )?denied"
    r"|enable (?:javascript|cookies)|(?:accept|manage|we use|uses) (?:all )?cookies"
    r"|your (?:privacy|consent) (?:choices|preferences)"
    r"|subscribe (?:now )?to (?:continue|keep|read)|(?:continue|keep) reading (?:with|this|for)"
    r"|(?:already|existing) (?:a )?(?:subscriber|member)|subscribers? only"
    r"|sign in to (?:continue|read)|page (?:was )?not found|page (?:does not|doesn.t) exist"
    r"|cookies? (?:zustimmen|akzeptieren)|jetzt abonnieren|nur für abonnenten"
    r"|accepter (?:les|et)|réservé aux abonnés|aceptar (?:las )?cookies|solo para suscriptores",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    item: Item
    summary: Candidate
    """Empty when the summary is all the body there is."""
    body: Candidate
    page: Candidate | None
    host: str
    """Whose boilerplate memory applies."""
    story: str
    """Its `story_key`: what recurs in versions of one story is no boilerplate."""
    keys: tuple[str, ...]
    """Of the blocks to remember."""


def prepare(item: Item, page: Page | None, model: Model, source: Source) -> Prepared:
    """Both candidates of an item, segmented and scored."""
    summary = item.summary if item.content else ""
    short = of_body(model, summary, item.link, item.title)
    body = of_body(model, item.content or item.summary, item.link, item.title)
    paged = of_page(model, page, item.title) if page and source != "body" else None
    blocks = (*body.blocks, *(paged.blocks if paged else ()))
    keys = dict.fromkeys(b.key for b in blocks if length(b.text) >= _KEYED)
    host = _host(item.link or (page.url if page else ""))
    return Prepared(item, short, body, paged, host, story_key(item), tuple(keys))


def story_key(item: Item) -> str:
    """The same for all versions of a story, as long as its title is the same."""
    return key(item.title or item.guid)


def finish(prepared: Prepared, policy: Policy, recurrence: Mapping[str, int]) -> CleanItem:
    """The item as it goes out, from the better of its candidates."""
    body = _judged(prepared.body, policy, recurrence)
    page = _judged(prepared.page, policy, recurrence) if prepared.page else None
    chosen, reason = _better(prepared.item, body, page)
    if chosen == "page":
        verdicts, as_it_came = _without_title(prepared.item, page or ()), False
    else:
        verdicts, as_it_came = _saved(body)
    summary, _ = _saved(_judged(prepared.summary, policy, recurrence))
    item = _safe(prepared.item)
    item = replace(item, summary=clean(summary)) if summary else item
    made = CleanItem(item, clean(verdicts), chosen, reason, verdicts, as_it_came)
    promotion = _promotion(prepared, made, policy, recurrence)
    return _treated(prepared.item, made, promotion, policy) if promotion else made


def uncleaned(item: Item, reason: str) -> CleanItem:
    """An item that cannot be worked on: safe, and else as it came."""
    html = sanitise(item.content or item.summary)
    return CleanItem(_safe(item), html, "body", reason, as_it_came=True)


def _promotion(
    prepared: Prepared, made: CleanItem, policy: Policy, recurrence: Mapping[str, int]
) -> Promotion | None:
    """What says that the item is an advertisement; nothing may where the user keeps some of it.

    Of a page counts only what is left of it: around stories, too, there is much advertising.
    """
    if policy.keep_patterns and any(found(policy.keep_patterns, own) for own in _texts(prepared)):
        return None
    is_body = made.source == "body"
    shown = [verdict for verdict in made.verdicts if is_body or verdict.action == "keep"]
    return recognised(prepared.item, shown, recurrence)


def _texts(prepared: Prepared) -> tuple[str, ...]:
    """All that is known of the item, whichever of its texts goes out."""
    candidates = (prepared.summary, prepared.body, prepared.page or Candidate())
    blocks = (block for candidate in candidates for block in candidate.blocks)
    return (prepared.item.title, *(block.text for block in blocks))


def _treated(original: Item, made: CleanItem, promotion: Promotion, policy: Policy) -> CleanItem:
    """The item as the policy wants an advertisement to be treated."""
    made = replace(made, promotion=promotion.reason)
    if policy.promoted == "tag":
        return _tagged(original, made)
    left_out = promotion.sure and policy.promoted == policy.ad == "drop"
    return replace(made, left_out=left_out)


def _tagged(original: Item, made: CleanItem) -> CleanItem:
    """With our category; a body whole, since cleaning would leave odds and ends."""
    item = replace(made.item, categories=(*original.categories, _TAG))
    if made.source == "page":
        return replace(made, item=item)
    item = replace(item, summary=sanitise(original.summary))
    verdicts = tuple(_kept(verdict, "the item is an advertisement") for verdict in made.verdicts)
    return replace(made, item=item, html=clean(verdicts), verdicts=verdicts, as_it_came=True)


def _safe(item: Item) -> Item:
    return replace(item, summary=sanitise(item.summary))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # links are what publishers make them
        return ""


def _judged(
    candidate: Candidate, policy: Policy, recurrence: Mapping[str, int]
) -> tuple[Verdict, ...]:
    """The verdicts, without the memory where it speaks against the story itself.

    Two items that link to one page, or a story under its second title, recur as a whole.
    """
    blocks, scores = candidate.blocks, candidate.scores
    fresh = classify(blocks, scores, policy, {})
    remembered = classify(blocks, scores, policy, recurrence)
    recurring = story_words(remembered) < story_words(fresh) * (1 - _MEMORY_TAKES)
    return fresh if recurring else remembered


def _saved(verdicts: tuple[Verdict, ...]) -> tuple[tuple[Verdict, ...], bool]:
    """Verdicts that leave something of a body; whether they had to be changed for that."""
    if not _nearly_all_gone(verdicts):
        return verdicts, False
    return tuple(
        _kept(verdict, "nearly all of the item would have gone") for verdict in verdicts
    ), True


def _without_title(item: Item, page: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """A page's headline goes when it is the item's title, which readers show above the text."""
    title = key(item.title)
    return tuple(
        replace(verdict, action="drop", reason="the item's own title")
        if verdict.block.tag in ("h1", "h2") and verdict.block.key == title
        else verdict
        for verdict in page
    )


def _better(
    item: Item, body: Sequence[Verdict], page: Sequence[Verdict] | None
) -> tuple[Literal["page", "body"], str]:
    """Which candidate has more of the story, and why."""
    if page is None:
        return "body", "no page"
    in_body, in_page = story_words(body), story_words(page)
    if wall := _wall(page, max(in_body, _SHORT)):
        return "body", f"the page is a wall: {wall!r}"
    if not _is_about(item, page):
        return "body", "the page is about something else"
    if in_page > in_body * _LONGER:
        return "page", f"the page has {in_page} words of the story, the feed {in_body}"
    return "body", f"the feed has {in_body} words of the story, the page {in_page}"


def _wall(page: Sequence[Verdict], enough: int) -> str:
    """The words by which a page without much of a story shows itself to be a wall, or ""."""
    if story_words(page) >= enough:
        return ""
    found = (_WALL.search(verdict.block.text) for verdict in page)
    return next((match.group() for match in found if match), "")


def _is_about(item: Item, page: Sequence[Verdict]) -> bool:
    """Whether a page speaks of what the item's title does; True when there is no telling."""
    wanted = {word for word in words(item.title) if len(word) > 3}
    if len(wanted) < 3:
        return True
    there = {word for verdict in page for word in words(verdict.block.text)}
    return len(wanted & there) * 3 >= len(wanted)


def _nearly_all_gone(verdicts: Sequence[Verdict]) -> bool:
    total = sum(len(verdict.block.text) for verdict in verdicts)
    left = sum(len(verdict.block.text) for verdict in verdicts if verdict.action == "keep")
    return total > 0 and left < total * _NEARLY_ALL


def _kept(verdict: Verdict, why: str) -> Verdict:
    if verdict.action == "keep":
        return verdict
    return replace(verdict, action="keep", reason=f"kept: {why}")
