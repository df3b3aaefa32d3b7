"""What a run has to do for one feed and one item, decided apart from doing it. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from filterfeed import urls
from filterfeed.errors import FetchError, FilterfeedError, HttpStatus, Refused, TooLarge
from filterfeed.identity import identify
from filterfeed.runs import FeedResult, FeedState
from filterfeed.schedule import digest
from filterfeed.store import StoredItem, item_digest
from filterfeed.types import (
    CleanItem,
    Config,
    Document,
    Feed,
    FeedConfig,
    Header,
    Identity,
    Item,
    Known,
    Page,
    Source,
)

Task = tuple[Item, Page | None, Source]
Listed = tuple[tuple[Identity, Item], ...]

PAGE_ATTEMPTS = 3
UNCLEANED = ""
"""In place of a model's id, for items that could not be worked on."""
# Statuses that say "not now" rather than "no".
_PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Work:
    """One item to clean."""

    feed: FeedConfig
    identity: Identity
    item: Item
    """As the publisher wrote it last."""
    old: StoredItem | None = None
    """What the store has of it."""


@dataclass(frozen=True, slots=True)
class Job:
    """All that a run has to do for one feed."""

    feed: FeedConfig
    before: FeedState
    after: FeedState
    """The state to save when all of it is done."""
    parsed: Feed | None = None
    """The publisher's new document; None when there is none."""
    listed: tuple[str, ...] = ()
    """Row keys of the items in `parsed`."""
    works: tuple[Work, ...] = ()
    error: str = ""
    """Why the poll failed, or ""."""


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What came of the wish for one item's page."""

    page: Page | None = None
    error: str = ""
    passing: bool = False
    """The page is still wanted: it was not asked for, or may come another time."""


NO_PAGE_WANTED = PageAnswer()
NOT_ASKED = PageAnswer(passing=True)


# Feeds


def cleaned_with(model: str, feed: FeedConfig) -> str:
    """Tells whether stored items have to be cleaned anew; `model` is the digest of the model."""
    return _settings_digest(feed.policy, feed.source, model)


def published_with(config: Config, feed: FeedConfig) -> str:
    """Tells whether the output has to be rendered anew."""
    return _settings_digest(feed.title, feed.url, feed.interval, feed.keep_items, config.base_url)


def _settings_digest(*settings: object) -> str:
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:16]


def is_unchanged(state: FeedState, document: Document) -> bool:
    """Whether the publisher has nothing new to say."""
    return document.status == 304 or digest(document.body) == state.body_digest


def to_clean_again(model: str, job: Job) -> bool:
    """Whether the settings or the model by which the stored items were cleaned have changed."""
    return job.before.cleaned_with not in ("", cleaned_with(model, job.feed))


def put_off(job: Job) -> FeedState:
    """The state after a poll whose items have to wait: its answer has never come."""
    return replace(job.before, last_poll=job.after.last_poll, next_poll=job.after.next_poll)


def to_publish(config: Config, job: Job) -> bool:
    """Whether the output may have to change."""
    if job.parsed is not None or job.works:
        return True
    had_success = job.before.last_success is not None
    return had_success and job.before.published_with != published_with(config, job.feed)


def headers_for(feed: FeedConfig, url: str) -> tuple[Header, ...]:
    """The feed's own headers, which may be secrets, for its own host only, and no less safely."""
    is_safe = feed.url.lower().startswith("http:") or url.lower().startswith("https:")
    return feed.headers if is_safe and urls.host(url) == urls.host(feed.url) else ()


def batches(jobs: Iterable[Job], size: int) -> Iterator[list[Job]]:
    """`jobs` in their order, in groups of about `size` feeds and items: they bound the memory."""
    batch: list[Job] = []
    room = size
    for job in jobs:
        batch.append(job)
        room -= 1 + len(job.works)
        if room <= 0:
            yield batch
            batch, room = [], size
    if batch:
        yield batch


# Items


def listed(parsed: Feed, known: Sequence[Known]) -> Listed:
    """The document's items, with what they are in the store."""
    return tuple(zip(identify(parsed.items, known), parsed.items, strict=True))


def changed(items: Listed, digests: Mapping[str, str]) -> Listed:
    """Those of `items` that are new, or are not what they were."""
    return tuple(own for own in items if digests.get(own[0].key) != item_digest(own[1]))


def with_stored(job: Job, stored: Sequence[StoredItem]) -> tuple[Work, ...]:
    """The job's works, then those of `stored` that are not among them, to be cleaned once more."""
    keys = {work.identity.key for work in job.works}
    return job.works + tuple(again(job.feed, own) for own in stored if own.key not in keys)


def again(feed: FeedConfig, stored: StoredItem) -> Work:
    identity = Identity(stored.key, stored.guid, stored.own_guid)
    return Work(feed, identity, stored.item, stored)


def wants_page(work: Work) -> bool:
    """Whether the linked page is to be fetched (again)."""
    if work.feed.source == "body" or not urls.is_web(work.item.link):
        return False
    old = work.old
    if old is None or _renewed(old.item, work.item):
        return True
    return old.page_wanted or (old.page is None and not old.page_error)


def unasked(works: Sequence[Work]) -> Iterator[PageAnswer | None]:
    """What is said of each item's page without asking for it; None where it is to be asked for."""
    asked: Counter[str] = Counter()
    for work in works:
        if not wants_page(work):
            yield NO_PAGE_WANTED
        elif asked[work.feed.name] >= work.feed.max_pages:
            yield NOT_ASKED
        else:
            asked[work.feed.name] += 1
            yield None


def without_asking(works: Sequence[Work]) -> Iterator[PageAnswer]:
    """The same when nobody may be asked: what is wanted stays so."""
    return (NOT_ASKED if answer is None else answer for answer in unasked(works))


def _renewed(old: Item, new: Item) -> bool:
    """Whether the story itself is another one; feeds touch counters and bodies for less."""
    return (old.link, old.title, old.published, old.updated) != (
        new.link,
        new.title,
        new.published,
        new.updated,
    )


def passing(error: FetchError) -> bool:
    """Whether the same request may be answered another time."""
    if isinstance(error, HttpStatus):
        return error.status in _PASSING_STATUSES
    return not isinstance(error, Refused | TooLarge)


def _page_of(work: Work, answer: PageAnswer) -> Page | None:
    """The page to clean: the new one, else the one that the store has."""
    if answer.page is not None or work.old is None or work.old.item.link != work.item.link:
        return answer.page
    return work.old.page


def task(work: Work, answer: PageAnswer) -> Task:
    """What `story.prepare` works on: the item under the guid by which it is published."""
    item = replace(work.item, guid=work.identity.guid)
    return item, _page_of(work, answer), work.feed.source


def stored(
    work: Work, answer: PageAnswer, clean: CleanItem, model_id: str, now: datetime
) -> StoredItem:
    """What the store keeps of an item that has been cleaned."""
    old = work.old
    attempts, error = _tries(work, answer)
    return StoredItem(
        key=work.identity.key,
        guid=work.identity.guid,
        own_guid=work.identity.own_guid,
        item=work.item,
        page=_page_of(work, answer),
        clean=clean,
        position=old.position if old else -1,
        page_attempts=attempts,
        page_wanted=answer.passing and attempts < PAGE_ATTEMPTS,
        page_error=error,
        model_id=model_id,
        first_seen=old.first_seen if old else now,
        changed=old.changed if old and _same(old.clean, clean) else now,
    )


def _tries(work: Work, answer: PageAnswer) -> tuple[int, str]:
    """Failed tries to get the page of this story, and the last one's error."""
    if answer.page is not None:
        return 0, ""
    old = work.old if work.old and not _renewed(work.old.item, work.item) else None
    attempts, error = (old.page_attempts, old.page_error) if old else (0, "")
    return (attempts + 1, answer.error) if answer.error else (attempts, error)


def _same(old: CleanItem, new: CleanItem) -> bool:
    """Whether a subscriber sees no difference."""
    return (old.item, old.html, old.left_out) == (new.item, new.html, new.left_out)


# Results


def result(job: Job, cleaned: Sequence[StoredItem], items: int, changed: bool) -> FeedResult:
    """What a run says of one feed; `changed` tells whether its output, of `items` items, has."""
    verdicts = [verdict for own in cleaned for verdict in own.clean.verdicts]
    removed = [verdict.label for verdict in verdicts if verdict.dropped]
    return FeedResult(
        name=job.feed.name,
        outcome="failed" if job.error else "updated" if changed else "unchanged",
        items=items,
        cleaned=len(cleaned),
        blocks=len(verdicts),
        removed=(removed.count("ad"), removed.count("legal"), removed.count("chrome")),
        left_out=sum(map(_newly_left_out, job.works, cleaned)),
        error=job.error,
    )


def _newly_left_out(work: Work, own: StoredItem) -> bool:
    return own.clean.left_out and not (work.old and work.old.clean.left_out)


def complaints(job: Job, cleaned: Sequence[StoredItem]) -> list[str]:
    """One line for the items that could not be worked on, if there are any."""
    reasons = [own.clean.source_reason for own in cleaned if own.model_id == UNCLEANED]
    if not reasons:
        return []
    return [f"{job.feed.name}: {len(reasons)} uncleaned items, as they came: {reasons[0]}"]


def one_line(error: BaseException) -> str:
    """What to say of an error: our own say all, others at least what they are."""
    if isinstance(error, FilterfeedError):
        return str(error)
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
