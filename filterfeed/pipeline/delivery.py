"""From cleaned items to the store, the output and its file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from filterfeed.pipeline import plan
from filterfeed.pipeline.plan import Job
from filterfeed.publish import publish
from filterfeed.runs import FeedResult
from filterfeed.store import Store, StoredItem
from filterfeed.types import Config, Feed, FeedConfig


@dataclass(frozen=True, slots=True)
class Delivery:
    """Writes what a run has made.

    Between the first write and the last, the output is marked as yet to be made: a run that is
    killed leaves it so, and the next one makes it.
    """

    config: Config
    store: Store
    now: datetime

    def deliver(self, job: Job, cleaned: Sequence[StoredItem]) -> FeedResult:
        """Save what has been done for one feed and publish it. Raises StoreError, PublishError."""
        self._save(job, cleaned)
        if not plan.to_publish(self.config, job):
            self.store.save_state(job.after)
            return plan.result(job, cleaned, items=0, changed=False)
        self.store.prune(job.feed.name, job.feed.keep_items)
        items = [own for own in self.store.items(job.feed.name) if not own.clean.left_out]
        changed = self._publish(job.feed, items)
        made = plan.published_with(self.config, job.feed)
        self.store.save_state(replace(job.after, published_with=made))
        return plan.result(job, cleaned, len(items), changed)

    def _save(self, job: Job, cleaned: Sequence[StoredItem]) -> None:
        if job.parsed is not None:
            state = replace(job.after, published_with="")
            self.store.save_poll(state, job.parsed, cleaned, job.listed)
        elif cleaned:
            self.store.save_state(replace(job.before, published_with=""))
            self.store.save_items(job.feed.name, cleaned)

    def _publish(self, feed: FeedConfig, items: Sequence[StoredItem]) -> bool:
        """Whether the output has changed."""
        from filterfeed.render import Channel, render_rss  # slow: lxml

        base_url = self.config.base_url
        channel = Channel(
            feed=self.store.feed(feed.name) or Feed(),
            title=feed.title,
            self_url=base_url and f"{base_url}/feeds/{feed.name}.xml",
            source_url=feed.url,
            updated=max((own.changed for own in items), default=None),
            ttl_seconds=feed.interval,
        )
        body = render_rss(channel, [own.clean for own in items])
        changed = self.store.save_output(feed.name, body, self.now)
        publish(self.config, feed.name, body)
        return changed

    def restore(self, feed: FeedConfig) -> None:
        """Write the output's file again when somebody has deleted it. Raises as `deliver`."""
        with suppress(OSError):  # publishing tells what is wrong
            if (Path(self.config.output) / f"{feed.name}.xml").exists():
                return
        output = self.store.output(feed.name)
        if output is not None:
            publish(self.config, feed.name, output.body)
