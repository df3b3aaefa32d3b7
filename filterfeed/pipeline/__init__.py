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
from typing import TYPE_CHECKING

from filterfeed import schedule
from filterfeed.errors import FilterfeedError, ModelError, PublishError
from filterfeed.pipeline import cleaning, plan
from filterfeed.pipeline.cleaning import Cleaner
from filterfeed.pipeline.delivery import Delivery
from filterfeed.pipeline.intake import Intake
from filterfeed.pipeline.network import Network
from filterfeed.pipeline.plan import Job, PageAnswer, Work
from filterfeed.pipeline.progress import Progress, Stopped, Ticker
from filterfeed.runs import FeedResult, RunResult
from filterfeed.store import Store, StoredItem
from filterfeed.types import Config, FeedConfig

if TYPE_CHECKING:
    from filterfeed.pipeline.cleaning import Ready

    Done = tuple[Work, PageAnswer, Ready]

    Pages = Callable[[Sequence[Work]], Iterator[PageAnswer]]
    """The pages of works, asked for or not."""

__all__ = ["Progress", "pause", "reprocess", "run"]

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
    ticker = Ticker(progress, stop)
    with (
        Store(config.database) as store,
        store.lock(),
        Network(config.fetch, stop) as network,
    ):

        def pages(works: Sequence[Work]) -> Iterator[PageAnswer]:
            return ticker.each(network.pages(works), len(works), "fetching pages")

        own, feeds = _Run(config, store, pages, ticker, now()), _feeds(config, only)
        return own.all(feeds, own.polled(feeds, network, force))


def reprocess(
    config: Config,
    now: Callable[[], datetime],
    *,
    only: Sequence[str] = (),
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> RunResult:
    """Clean all stored items again, from their stored originals, and publish what differs.

    Nobody is asked for anything. `only`, `stop` and errors are as in `run`.
    """
    ticker = Ticker(progress, stop or threading.Event())
    with Store(config.database) as store, store.lock():
        own, feeds = _Run(config, store, plan.without_asking, ticker, now()), _feeds(config, only)
        return own.all(feeds, own.stored(feeds))


def pause(config: Config, now: datetime) -> float:
    """Seconds until a run has something to poll. Raises StoreError."""
    with Store(config.database) as store:
        return schedule.pause(store.states(), now)


def _feeds(config: Config, only: Sequence[str]) -> list[FeedConfig]:
    return [feed for feed in config.feeds if not only or feed.name in only]


class _Run:
    def __init__(
        self, config: Config, store: Store, pages: Pages, ticker: Ticker, now: datetime
    ) -> None:
        store.register(config.feeds)
        self._config = config
        self._store = store
        self._pages = pages
        self._ticker = ticker
        self._now = now
        self._choice, complaint = cleaning.choose(config)
        self._errors = [complaint] if complaint else []
        self._intake = Intake(config, store, self._choice.digest, now)
        self._delivery = Delivery(config, store, now)
        self._states = {state.name: state for state in store.states()}

    def all(self, feeds: Sequence[FeedConfig], jobs: Iterator[Job]) -> RunResult:
        results: list[FeedResult] = []
        with suppress(Stopped):
            for batch in plan.batches(jobs, BATCH):
                results += self._done(batch)
        failed = {result.name for result in results if result.outcome == "failed"}
        self._restore([feed for feed in feeds if feed.name not in failed])
        return RunResult(tuple(results), tuple(self._errors))

    def polled(self, feeds: Sequence[FeedConfig], network: Network, force: bool) -> Iterator[Job]:
        """What the feeds that are due bring, and what else there is to do."""
        asked = [(feed, self._states[feed.name]) for feed in feeds if force or self._due(feed)]
        answers = self._ticker.each(network.feeds(asked), len(asked), "polling feeds")
        due = {feed.name for feed, _ in asked}
        for feed in feeds:
            answer = next(answers) if feed.name in due else None
            if job := self._intake.job(feed, self._states[feed.name], answer):
                yield job

    def stored(self, feeds: Sequence[FeedConfig]) -> Iterator[Job]:
        """All that the store has."""
        for feed in feeds:
            if job := self._intake.again(feed, self._states[feed.name]):
                yield job

    def _due(self, feed: FeedConfig) -> bool:
        return schedule.due(feed, self._states[feed.name], self._now)

    def _done(self, batch: Sequence[Job]) -> list[FeedResult]:
        works = [work for job in batch for work in job.works]
        if not works:
            return [self._delivered(job, ()) for job in batch]
        if self._cleaner is None:
            return self._without_model(batch)
        answers = list(self._pages(works))
        prepared = self._prepared(self._cleaner, works, answers)
        done = zip(works, answers, prepared, strict=True)
        return [self._delivered(job, list(islice(done, len(job.works)))) for job in batch]

    def _without_model(self, batch: Sequence[Job]) -> list[FeedResult]:
        """What there is to clean waits for the next poll, which brings the same again."""
        for job in batch:
            if job.works:
                self._store.save_state(plan.put_off(job))
        return self._done([job for job in batch if not job.works])

    @cached_property
    def _cleaner(self) -> Cleaner | None:
        try:
            cleaner, complaint = cleaning.load(self._choice)
        except ModelError as error:
            cleaner, complaint = None, f"{error}; nothing is cleaned"
        if complaint:
            self._errors.append(complaint)
        return cleaner

    def _prepared(
        self, cleaner: Cleaner, works: Sequence[Work], answers: Sequence[PageAnswer]
    ) -> list[Ready]:
        """All are remembered before any of them is judged: that makes their order irrelevant."""
        tasks = [plan.task(work, answer) for work, answer in zip(works, answers, strict=True)]
        prepared = cleaner.prepare(tasks, self._config.workers)
        ready = list(self._ticker.each(prepared, len(tasks), "cleaning items"))
        cleaner.remember(works, ready, self._store)
        return ready

    def _delivered(self, job: Job, done: Sequence[Done]) -> FeedResult:
        try:
            cleaned = [self._cleaned(*own) for own in done]
            result = self._delivery.deliver(job, cleaned)
            self._errors += plan.complaints(job, cleaned)
            return result
        except Exception as error:  # one feed's failure is its own
            failed = self._intake.failed(job, error)
            self._store.save_state(replace(failed.after, published_with=""))
            return plan.result(failed, (), items=0, changed=False)

    def _cleaned(self, work: Work, answer: PageAnswer, ready: Ready) -> StoredItem:
        if isinstance(ready, FilterfeedError):
            raise ready
        assert self._cleaner
        return self._cleaner.finish(work, answer, ready, self._store, self._now)

    def _restore(self, feeds: Sequence[FeedConfig]) -> None:
        """Write the files that somebody has deleted."""
        try:
            for feed in feeds:
                self._delivery.restore(feed)
        except PublishError as error:
            self._errors.append(str(error))
