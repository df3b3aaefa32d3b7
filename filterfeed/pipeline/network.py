"""What a run asks of publishers: feeds and pages, on threads that share one polite Fetcher."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from filterfeed import urls
from filterfeed.errors import FetchError, HttpStatus
from filterfeed.pipeline.plan import (
    NOT_ASKED,
    PageAnswer,
    Work,
    headers_for,
    one_line,
    passing,
    unasked,
)
from filterfeed.pipeline.progress import Stopped
from filterfeed.runs import FeedState
from filterfeed.types import Document, FeedConfig, FetchConfig, Header, Page

if TYPE_CHECKING:
    from filterfeed.fetch import Fetcher

T = TypeVar("T")

Question = tuple[str, str, tuple[Header, ...]]
"""A page's link, the mirror that answers for it or "", and headers."""

# Seconds after which a run that waits for an answer looks whether it has to stop.
_PATIENCE = 0.2


class Network:
    """Asks for many things at once; answers come in the order of the questions.

    Nothing is imported and no thread started before there is a question. Once `stop` is set,
    nothing more is asked, and whoever still waits for an answer gets Stopped. A host that says
    "too often" is asked for no more pages, but for those that are under way.
    """

    def __init__(self, config: FetchConfig, stop: threading.Event) -> None:
        self._config = config
        self._stop = stop
        self._cleanup = ExitStack()
        self._tired: set[str] = set()

    def __enter__(self) -> Network:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    @cached_property
    def _fetcher(self) -> Fetcher:
        from filterfeed.fetch import Fetcher  # slow: urllib3

        return self._cleanup.enter_context(Fetcher(self._config))

    # Two pools, so that pages do not queue behind the feeds; the Fetcher bounds both together.
    @cached_property
    def _feed_threads(self) -> ThreadPoolExecutor:
        return self._threads()

    @cached_property
    def _page_threads(self) -> ThreadPoolExecutor:
        return self._threads()

    def _threads(self) -> ThreadPoolExecutor:
        self._fetcher  # noqa: B018  made by this thread, before others ask for it
        pool = ThreadPoolExecutor(self._config.concurrency)
        self._cleanup.callback(pool.shutdown, wait=False, cancel_futures=True)
        return pool

    def feeds(
        self, asked: Sequence[tuple[FeedConfig, FeedState]]
    ) -> Iterator[Document | Exception]:
        """Each feed's document, or why there is none."""
        return self._answers(
            self._feed_threads.submit(self._feed, feed, state) for feed, state in asked
        )

    def pages(self, works: Sequence[Work]) -> Iterator[PageAnswer]:
        """What came of each item's wish for a page, if it has one.

        A page that several items link to is asked for once.
        """
        asked: dict[Question, Future[PageAnswer]] = {}
        answers: list[PageAnswer | Future[PageAnswer]] = []
        for work, answer in zip(works, unasked(works), strict=True):
            if answer is not None:
                answers.append(answer)
                continue
            page = (work.item.link, work.feed.mirror, headers_for(work.feed, work.item.link))
            if page not in asked:
                asked[page] = self._page_threads.submit(self._page, *page)
            answers.append(asked[page])
        return self._answers(answers)

    def _answers(self, expected: Iterable[T | Future[T]]) -> Iterator[T]:
        """In their order; each is let go of when it is taken, for documents are large."""
        queue = deque(expected)
        return (self._answer(queue.popleft()) for _ in range(len(queue)))

    def _answer(self, expected: T | Future[T]) -> T:
        return self._wait(expected) if isinstance(expected, Future) else expected

    def _wait(self, future: Future[T]) -> T:
        while not self._stop.is_set():
            try:
                return future.result(_PATIENCE)
            except TimeoutError:
                continue
        raise Stopped

    # In the threads

    def _feed(self, feed: FeedConfig, state: FeedState) -> Document | Exception:
        try:
            return self._feed_document(feed, state)
        except Exception as error:  # one feed's failure is its own
            return error

    def _feed_document(self, feed: FeedConfig, state: FeedState) -> Document:
        from filterfeed.fetch import read_file  # slow: urllib3

        if not urls.is_web(feed.url):
            return read_file(feed.url, self._config.max_bytes)
        return self._fetcher.get(
            state.url,
            etag=state.etag,
            last_modified=state.last_modified,
            headers=headers_for(feed, state.url),
        )

    def _page(self, link: str, mirror: str, headers: tuple[Header, ...]) -> PageAnswer:
        if not mirror and urls.host(link) in self._tired:
            return NOT_ASKED
        try:
            return _decoded(self._page_document(link, mirror, headers))
        except FetchError as error:
            if isinstance(error, HttpStatus) and (error.status == 429 or error.retry_after):
                self._tired.add(urls.host(link))
            return PageAnswer(error=str(error), passing=passing(error))
        except Exception as error:  # the feed's own body is used then
            return PageAnswer(error=one_line(error))

    def _page_document(self, link: str, mirror: str, headers: tuple[Header, ...]) -> Document:
        from filterfeed.fetch import PAGE_ACCEPT, read_mirror  # slow: urllib3

        if mirror:
            return read_mirror(mirror, link, self._config.max_bytes)
        return self._fetcher.get(link, accept=PAGE_ACCEPT, headers=headers)


def _decoded(document: Document) -> PageAnswer:
    from filterfeed.parse import is_page, sniff_text  # slow: feedparser

    if not is_page(document):
        kind = " ".join(document.content_type.split()) or "a file"
        return PageAnswer(error=f"{document.url}: is no page ({kind})")
    return PageAnswer(Page(document.final_url, sniff_text(document)))
