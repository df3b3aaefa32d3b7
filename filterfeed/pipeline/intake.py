"""From a publisher's answer to what there is to do for the feed."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from filterfeed import schedule
from filterfeed.pipeline import plan
from filterfeed.pipeline.plan import Job, Listed, Work, one_line
from filterfeed.runs import FeedState
from filterfeed.store import Store, StoredItem
from filterfeed.types import Config, Document, Feed, FeedConfig

Answer = Document | Exception | None
"""What a poll brought; None when the feed is not due."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Reads the store, writes nothing."""

    config: Config
    store: Store
    model: str
    """The digest of the model in use."""
    now: datetime

    def job(self, feed: FeedConfig, state: FeedState, answer: Answer) -> Job | None:
        """What there is to do for `feed`, if anything. An error of any kind is the feed's own."""
        job = Job(feed, state, state)
        try:
            if isinstance(answer, Exception):
                raise answer
            return self._understood(job, answer) if answer else self._unpolled(job)
        except Exception as error:
            return self.failed(job, error)

    def again(self, feed: FeedConfig, state: FeedState) -> Job | None:
        """All stored items of `feed`, to be cleaned once more, if there are any."""
        job = Job(feed, state, state)
        try:
            stored = self.store.items(feed.name)
            return self._cleaning(job, stored) if stored else None
        except Exception as error:
            return self.failed(job, error)

    def failed(self, job: Job, error: Exception) -> Job:
        """`job` after a failure: its state and validators are the last good ones."""
        message = one_line(error)
        after = schedule.failed(job.feed, job.before, error, message, self.now)
        return replace(job, after=after, error=message)

    def _unpolled(self, job: Job) -> Job | None:
        if plan.to_clean_again(self.model, job):
            return self._with_stored(job)
        return job if plan.to_publish(self.config, job) else None

    def _understood(self, job: Job, document: Document) -> Job:
        if plan.is_unchanged(job.before, document):
            feed = self.store.feed(job.feed.name)
        else:
            from filterfeed.parse import parse  # slow: feedparser

            feed = parse(document)
            job = self._compared(job, feed)
        after = schedule.succeeded(job.feed, job.before, document, feed, self.now)
        return self._with_stored(replace(job, after=after))

    def _compared(self, job: Job, parsed: Feed) -> Job:
        """`job` with the items of `parsed` that are new or have changed."""
        name = job.feed.name
        digests = self.store.digests(name)
        listed = plan.listed(parsed, self.store.known(name))
        changed = plan.changed(listed, digests)
        return replace(
            job,
            parsed=parsed,
            listed=tuple(identity.key for identity, _ in listed),
            works=self._works(job.feed, changed, digests.keys()),
        )

    def _works(self, feed: FeedConfig, items: Listed, known: Set[str]) -> tuple[Work, ...]:
        is_known = any(identity.key in known for identity, _ in items)
        stored = self.store.items(feed.name) if is_known else ()
        old = {own.key: own for own in stored}
        return tuple(Work(feed, own, item, old.get(own.key)) for own, item in items)

    def _with_stored(self, job: Job) -> Job:
        """`job` with the stored items that are to be cleaned once more."""
        name = job.feed.name
        if plan.to_clean_again(self.model, job):
            stored = self.store.items(name)
        else:
            stored = self.store.wanted(name, job.feed.max_pages)
        return self._cleaning(job, stored)

    def _cleaning(self, job: Job, stored: Sequence[StoredItem]) -> Job:
        after = replace(job.after, cleaned_with=plan.cleaned_with(self.model, job.feed))
        return replace(job, after=after, works=plan.with_stored(job, stored))
