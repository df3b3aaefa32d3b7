"""What to ask a person about next: the blocks that the model doubts most, each once. Pure.

Blocks with the same words in documents of one publisher are one question: they are the same
disclaimer, the same pitch. It is asked where the model doubts most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from filterfeed import urls
from filterfeed.store import Original, StoredItem, StoredLabel
from filterfeed.types import Label, Verdict

Recurring = tuple[str, str]
"""Publisher and key of a block: what is the same thing wherever it is."""


@dataclass(frozen=True, slots=True)
class Question:
    """One block of one item, for all that are like it."""

    feed: str
    item: str
    """Row key of the item."""
    recurring: Recurring
    sureness: float
    """Probability of the likeliest label."""
    items: int
    """In how many items there is such a block."""


def questions(items: Iterable[tuple[str, StoredItem]]) -> list[Question]:
    """About all blocks of items (each with its feed's name), in the order in which to ask.

    What the model doubts most comes first; of what it doubts alike, as far as two digits show,
    what recurs most.
    """
    found: dict[Recurring, Question] = {}
    for feed, stored in items:
        own: dict[Recurring, Question] = {}
        for question in _of_item(feed, stored):
            own[question.recurring] = _joined(own.get(question.recurring), question, 0)
        for question in own.values():
            found[question.recurring] = _joined(found.get(question.recurring), question, 1)
    return sorted(found.values(), key=lambda own: (round(own.sureness, 2), -own.items))


def answers(labels: Iterable[StoredLabel]) -> dict[Recurring, Label]:
    """What was said of each publisher's texts; where that differs, what was said last."""
    in_time = sorted(labels, key=lambda own: own.at)
    return {(own.publisher, own.given.key): own.given.label for own in in_time}


def original(feed: str, stored: StoredItem) -> Original:
    """The document whose blocks an item's verdicts are about.

    Another text of the item is another document, so that no label loses what it is about.
    """
    item, page, source = stored.item, stored.page, stored.clean.source
    if source == "page" and page:
        url, html = page.url, page.html
    else:
        url, html = item.link, item.content or item.summary
    url, title, html = (_writable(text) for text in (url, item.title, html))
    digest = hashlib.sha256("\0".join((source, url, title, html)).encode()).hexdigest()
    uid = f"{feed}-{stored.key}-{digest[:12]}"
    return Original(uid, publisher(feed, stored), url, source, title, html)


def publisher(feed: str, stored: StoredItem) -> str:
    """The host of an item, since a feed may have items of many; the feed where there is none."""
    page = stored.page.url if stored.page else ""
    return urls.host(stored.item.link) or urls.host(page) or feed


def _of_item(feed: str, stored: StoredItem) -> Iterable[Question]:
    source = publisher(feed, stored)
    for verdict in stored.clean.verdicts:
        if _is_askable(verdict):
            recurring = (source, verdict.block.key)
            yield Question(feed, stored.key, recurring, max(verdict.probabilities), 1)


def _is_askable(verdict: Verdict) -> bool:
    """Whether there is something to read: no picture, no row of asterisks."""
    return any(character.isalnum() for character in verdict.block.text)


def _joined(before: Question | None, own: Question, more: int) -> Question:
    """One question of two: the more doubtful, about `more` items than before."""
    if before is None:
        return own
    chosen = own if own.sureness < before.sureness else before
    return replace(chosen, items=before.items + more)


def _writable(text: str) -> str:
    """Without lone surrogates, which no file can hold."""
    return text.encode("utf-8", "replace").decode()
