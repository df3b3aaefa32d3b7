"""One run: which feeds are due, the steps in order, what a failure does.

    due feeds -> poll (threads) -> parse, compare -> pages (threads) -> prepare (processes)
              -> remember -> finish -> save -> render -> publish

All but asking publishers and preparing items happens in the thread that calls `run`, feed by feed
in the order of the configuration, so that the same answers give the same output. A feed's state
and validators are saved in one transaction with what its document brought: a run that is killed
loses nothing but time. Slow libraries are imported by the first feed that needs them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import islice

from filterfeed import publish, schedule
from filterfeed.errors import FilterfeedError, ModelError
from filterfeed.pipeline import plan
from filterfeed.pipeline.cleaning import Loaded, load_model, prepare
from filterfeed.pipeline.network import Network
from filterfeed.pipeline.plan import Job, PageAnswer, Work, one_line
from filterfeed.pipeline.progress import Progress, Stopped, Ticker
from filterfeed.store import Store, StoredItem
from filterfeed.types import Config, Document, FeedConfig, FeedResult, FeedState, RunResult

__all__ = ["Progress", "run"]

# Feeds and items (with their pages) that are held in memory at once; a feed is never divided.
BATCH = 200


def run(  # noqa: PLR0913
    config: Config,
    now: Callable[[], datetime],
    *,
    only: Sequence[str] = (),
    force: bool = False,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> RunResult:
    """Poll the feeds that are due, clean what is new, publish what has changed.

    `only` names the feeds to look at (none: all); `force` polls them due or not. When `stop` is
    set the run ends soon, and leaves the rest to the next one.
    Raises Busy when another run is at work, and StoreError; all else is in the result.
    """
    stop = stop or threading.Event()
    with (
        Store(config.database) as store,
        store.lock(),
        Network(config.fetch, stop) as network,
    ):
        store.register(config.feeds)
        feeds = [feed for feed in config.feeds if not only or feed.name in only]
        return _Run(config, store, network, Ticker(progress, stop), now()).all(feeds, force)


class _Run:
    def __init__(
        self, config: Config, store: Store, network: Network, ticker: Ticker, now: datetime
    ) -> None:
        self._config = config
        self._store = store
        self._network = network
        self._ticker = ticker
        self._now = now
        self._errors: list[str] = []

    def all(self, feeds: Sequence[FeedConfig], force: bool) -> RunResult:
        results: list[FeedResult] = []
        with suppress(Stopped):
            for batch in plan.batches(self._jobs(feeds, force), BATCH):
                results += self._done(batch)
        self._restore_files(feeds)
        return RunResult(tuple(results), tuple(self._errors))

    # What there is to do

    def _jobs(self, feeds: Sequence[FeedConfig], force: bool) -> Iterator[Job]:
        states = {state.name: state for state in self._store.states()}
        due = {
            feed.name: (feed, states[feed.name])
            for feed in feeds
            if force or schedule.due(feed, states[feed.name], self._now)
        }
        answers = self._ticker.each(
            self._network.feeds(list(due.values())), len(due), "polling feeds"
        )
        for feed in feeds:
            job = Job(feed, states[feed.name], states[feed.name])
            if feed.name in due:
                yield self._with_stored_items(self._answered(job, next(answers)))
            elif plan.to_clean_again(self._config, job) or plan.to_publish(self._config, job):
                yield self._with_stored_items(job)

    def _answered(self, job: Job, answer: Document | Exception) -> Job:
        if isinstance(answer, Exception):
            return self._failed(job, answer)
        try:
            return self._understood(job, answer)
        except Exception as error:  # one feed's failure is its own
            return self._failed(job, error)

    def _failed(self, job: Job, error: Exception) -> Job:
        message = one_line(error)
        after = schedule.failed(job.feed, job.before, error, message, self._now)
        return replace(job, after=after, error=message)

    def _understood(self, job: Job, document: Document) -> Job:
        if plan.is_unchanged(job.before, document):
            return self._succeeded(job, document, self._store.feed(job.feed.name))
        from filterfeed.parse import parse  # slow: feedparser

        parsed = parse(document)
        listed = plan.listed(parsed, self._store.known(job.feed.name))
        return replace(
            self._succeeded(job, document, parsed),
            parsed=parsed,
            listed=tuple(identity.key for identity, _ in listed),
            works=self._changed(job.feed, listed),
        )

    def _succeeded(self, job: Job, document: Document, feed: Feed | None) -> Job:
        after = schedule.succeeded(job.feed, job.before, document, feed, self._now)
        return replace(job, after=after)

    def _changed(self, feed: FeedConfig, listed: Listed) -> tuple[Work, ...]:
        digests = self._store.digests(feed.name)
        changed = list(plan.changed(listed, digests))
        if any(identity.key in digests for identity, _ in changed):
            old = {stored.key: stored for stored in self._store.items(feed.name)}
        else:
            old = {}
        return tuple(Work(feed, own, item, old.get(own.key)) for own, item in changed)

    def _with_stored_items(self, job: Job) -> Job:
        """`job` with the stored items that are to be cleaned once more."""
        name = job.feed.name
        if plan.to_clean_again(self._config, job):
            stored = self._store.items(name)
        elif job.error:
            return job
        else:
            stored = self._store.wanted(name, job.feed.max_pages)
        return plan.with_stored(job, stored)

    # Doing it

    def _done(self, batch: Sequence[Job]) -> list[FeedResult]:
        works = [work for job in batch for work in job.works]
        if works and not self._model:
            return self._done([job for job in batch if not job.works])
        answers = list(self._ticker.each(self._network.pages(works), len(works), "fetching pages"))
        prepared = self._prepared(works, answers)
        done = zip(works, answers, prepared, strict=True)
        return [self._finished(job, list(islice(done, len(job.works)))) for job in batch]

    @cached_property
    def _model(self) -> Loaded | None:
        try:
            loaded, complaint = load_model(self._config.model)
        except ModelError as error:
            loaded, complaint = None, f"{error}; nothing is cleaned"
        if complaint:
            self._errors.append(complaint)
        return loaded
