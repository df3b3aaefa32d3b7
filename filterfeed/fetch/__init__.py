"""URL -> Document: conditional, bounded, polite, guarded. The home of urllib3.

    Journey    where the request is now, what it may carry there       journey
    Turns      when it may start                                       turns
    Wire       one request, one answer, until the deadline             wire, dial
    outcome    answer -> Document, or an error of the tree

No proxy is used, whatever the environment says: an address that a proxy resolves cannot be checked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType

from urllib3 import HTTPHeaderDict
from urllib3.util import make_headers

from filterfeed import __version__
from filterfeed.fetch.journey import Journey
from filterfeed.fetch.local import read_file, read_mirror
from filterfeed.fetch.outcome import TROUBLE, document, failure, status_error
from filterfeed.fetch.turns import Turns
from filterfeed.fetch.wire import Answer, Wire
from filterfeed.types import Document, FetchConfig, Header

__all__ = ["FEED_ACCEPT", "PAGE_ACCEPT", "Fetcher", "read_file", "read_mirror", "user_agent"]

FEED_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
PAGE_ACCEPT = "text/html, application/xhtml+xml, */*;q=0.5"


def user_agent() -> str:
    """How filterfeed names itself to publishers."""
    version = ".".join(__version__.split(".")[:2])
    return f"Mozilla/5.0 (compatible; filterfeed/{version}; +https://filterfeed.example/bot)"


class Fetcher:
    """Asks publishers for documents; thread-safe, so that its limits hold over all threads."""

    def __init__(self, config: FetchConfig) -> None:
        self._config = config
        self._turns = Turns(config.concurrency, config.per_host, config.delay)
        self._wire = Wire(config)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends what is under way in other threads: their `get` raises Unreachable."""
        self._turns.close()
        self._wire.close()

    def get(  # noqa: PLR0913
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        headers: Sequence[Header] = (),
        user_agent: str = "",
        accept: str = FEED_ACCEPT,
    ) -> Document:
        """The document at `url`; status 304 only when `etag` or `last_modified` was given.

        `headers` are for the host of `url` alone and win over all others. The time-out counts
        from when the first request may start. Raises FetchError and its kinds, nothing else.
        """
        shared = self._headers(user_agent, accept, etag, last_modified)
        journey = Journey(url, shared, headers)
        try:
            answer = self._travel(journey)
        except TROUBLE as error:
            raise failure(journey, error, self._config) from error
        if answer.status == 200 or (answer.status == 304 and (etag or last_modified)):
            return document(journey, answer)
        raise status_error(journey, answer)

    def _headers(
        self, agent: str, accept: str, etag: str | None, last_modified: str | None
    ) -> HTTPHeaderDict:
        values = {
            "User-Agent": agent or self._config.user_agent or user_agent(),
            "Accept": accept,
            "Accept-Encoding": make_headers(accept_encoding=True)["accept-encoding"],
            "Connection": "close",
            "If-None-Match": etag,
            "If-Modified-Since": last_modified,
        }
        return HTTPHeaderDict({name: value for name, value in values.items() if value})

    def _travel(self, journey: Journey) -> Answer:
        """The answer at the end of all redirects; waiting for a turn takes none of its time."""
        left = self._config.timeout
        while True:
            with self._turns.turn(journey.at.host or ""):
                start = time.monotonic()
                answer = self._wire.exchange(journey.at, journey.headers(), start + left)
                left -= time.monotonic() - start
            if not journey.redirected(answer.status, answer.headers, self._config.max_redirects):
                return answer
