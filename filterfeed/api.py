"""For programs: label blocks, clean HTML, clean a whole feed. Importing it is quick, using it not.

>>> import filterfeed
>>> verdicts = filterfeed.label_body("<p>Profit rose.</p><p>Subscribe now!</p>")
>>> clean = filterfeed.clean_feed(open("in.xml", "rb").read())
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from filterfeed.classify import classify
from filterfeed.identity import identify
from filterfeed.registry import choice
from filterfeed.types import (
    LABELS,
    CleanItem,
    Config,
    Document,
    Feed,
    Item,
    Page,
    Policy,
    Verdict,
)

if TYPE_CHECKING:
    from filterfeed.model import Model
    from filterfeed.story import Prepared

__all__ = ["clean_feed", "clean_html", "explain", "label_body", "label_page", "load_model"]

DEFAULT = Policy()
_BESIDE = "its neighbours"
"""What decides where nothing in a block itself does."""


def load_model(config: Config | None = None) -> Model:
    """The model that a configuration uses (see `filterfeed.config.load`), or the shipped one.

    Raises ModelError when it cannot be loaded.
    """
    from filterfeed import model  # slow: numpy

    chosen = choice(config)
    return model.load(chosen.path, chosen.trusted)


def label_page(
    html: str,
    url: str = "",
    *,
    title: str = "",
    policy: Policy = DEFAULT,
    model: Model | None = None,
) -> tuple[Verdict, ...]:
    """Label the blocks of a whole page, in reading order.

    `url` is the base of its relative links, `title` the story's as a feed has it, `model` one of
    `load_model`. Raises ModelError when there is none and the shipped one cannot be loaded.
    """
    return explain(html, "page", url, title, policy, model)


def label_body(
    html: str,
    url: str = "",
    *,
    title: str = "",
    policy: Policy = DEFAULT,
    model: Model | None = None,
) -> tuple[Verdict, ...]:
    """Label the blocks of a feed item's body, as `label_page` does those of a page."""
    return explain(html, "body", url, title, policy, model)


def explain(  # noqa: PLR0913, PLR0917
    html: str,
    as_: Literal["page", "body"],
    url: str,
    title: str,
    policy: Policy,
    model: Model | None,
) -> tuple[Verdict, ...]:
    """The verdicts on a page or a body, with nothing remembered of its publisher.

    Where the model decided, the reason has the words and the names of places that it went by, or
    who else was asked, where that made the difference.
    """
    from filterfeed import candidate  # slow: lxml, numpy

    model = model or _shipped()
    if as_ == "page":
        own = candidate.of_page(model, Page(url, html), title)
    else:
        own = candidate.of_body(model, html, url, title)
    verdicts = classify(own.blocks, own.scores, policy, {})
    cues = model.telling(own.blocks, as_, [LABELS.index(verdict.label) for verdict in verdicts])
    alone = classify(own.blocks, own.unaided, policy, {}) if own.asked else verdicts
    asked = " and ".join(["", *own.asked])
    return tuple(
        _because(verdict, asked if verdict.action != before.action else f": {cue or _BESIDE}")
        for verdict, before, cue in zip(verdicts, alone, cues, strict=True)
    )


def _because(verdict: Verdict, more: str) -> Verdict:
    """With `more` in the reason where the model decided."""
    by_model = verdict.reason in ("model", "glued: model")
    return replace(verdict, reason=f"{verdict.reason}{more}") if by_model else verdict


def clean_html(  # noqa: PLR0913
    html: str,
    url: str = "",
    *,
    page: bool = False,
    title: str = "",
    policy: Policy = DEFAULT,
    model: Model | None = None,
) -> str:
    """The sanitised HTML of an item's body (or of a whole page) without what `policy` drops.

    A body of which nearly all would go comes back whole. Of a page its headline goes too, if it is
    `title`; a title that has nothing to do with the page is as good as none. A wall leaves nothing.
    """
    from filterfeed import story  # slow: lxml, nh3

    item = Item(title=title, link=url, content="" if page else html)
    source = Page(url, html) if page else None
    prepared = story.prepare(item, source, model or _shipped(), "page" if page else "body")
    made = story.finish(prepared, replace(policy, promoted="keep"), {}).html
    if page and title and not made:
        return clean_html(html, url, page=True, policy=policy, model=model)
    return made


def clean_feed(
    data: bytes,
    url: str = "",
    policy: Policy = DEFAULT,
    fetch: Callable[[str], Page | None] | None = None,
    model: Model | None = None,
) -> bytes:
    """A feed's bytes (RSS, Atom or JSON Feed) as a cleaned RSS 2.0 feed.

    `fetch` gets an item's page, or None when it cannot be had; without it the feed's own bodies
    are all there is. Items that are surely advertisements as a whole are left out, unless `policy`
    says otherwise. Raises ParseError when `data` is no feed, ModelError without a model.
    """
    from filterfeed.parse import parse  # slow: feedparser
    from filterfeed.render import Channel, render_rss  # slow: lxml

    feed = parse(Document(url, url, 200, data))
    channel = Channel(feed, feed.title, "", url, feed.updated, feed.ttl or 0)
    items = _clean_items(feed, policy, fetch, model or _shipped())
    return render_rss(channel, [item for item in items if not item.left_out])


def _clean_items(
    feed: Feed, policy: Policy, fetch: Callable[[str], Page | None] | None, model: Model
) -> tuple[CleanItem, ...]:
    from filterfeed import story  # slow: lxml, nh3

    prepared = [
        story.prepare(
            replace(item, guid=identity.guid),
            fetch(item.link) if fetch and item.link else None,
            model,
            "auto",
        )
        for item, identity in zip(feed.items, identify(feed.items, ()), strict=True)
    ]
    return tuple(story.finish(own, policy, _recurrence(own, prepared)) for own in prepared)


def _recurrence(own: Prepared, all_: Sequence[Prepared]) -> dict[str, int]:
    """What the document itself tells of its publisher's boilerplate."""
    others = {other.story: other for other in all_ if other.host == own.host}
    others.pop(own.story, None)
    return dict(Counter(key for other in others.values() for key in other.keys))


@lru_cache(maxsize=1)
def _shipped() -> Model:
    return load_model()
