"""From a publisher's answer to what there is to do for the feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from filterfeed import schedule
from filterfeed.pipeline import plan
from filterfeed.pipeline.plan import Job, Work, one_line
from filterfeed.store import Store
from filterfeed.types import Config, Document, Feed, FeedConfig, FeedState, Identity, Item


@dataclass(frozen=True, slots=True)
class Intake:
    """Reads the store, writes nothing."""

    config: Config
    store: Store
    now: datetime

    def unpolled(self, feed: FeedConfig, state: FeedState) -> Job | None:
        """What there is to do for a feed that is not due: nothing, unless its settings changed."""
        job = Job(feed, state, state)
        if plan.to_clean_again(self.config, job):
            return plan.with_stored(job, self.store.items(feed.name))
        return job if plan.to_publish(self.config, job) else None

    def polled(self, feed: FeedConfig, state: FeedState, answer: Document | Exception) -> Job:
        """What an answer means for the feed. An error of any kind is the feed's own."""
        job = Job(feed, state, state)
        try:
            if isinstance(answer, Exception):
                raise answer
            return self._with_stored(self._understood(job, answer))
        except Exception as error:
            return self._with_stored(self.failed(job, error))

    def failed(self, job: Job, error: Exception) -> Job:
        message = one_line(error)
        after = schedule.failed(job.feed, job.before, error, message, self.now)
        return replace(job, after=after, error=message)
