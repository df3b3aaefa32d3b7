"""When a feed is polled next, and what a poll makes of its state. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Set
from dataclasses import replace
from datetime import datetime, timedelta

from filterfeed.errors import Gone, HttpStatus
from filterfeed.runs import FeedState
from filterfeed.types import Document, Feed, FeedConfig

DAY = 24 * 3600
# A publisher that asks for more patience than this has made a mistake.
MAX_RETRY_AFTER = 7 * DAY
MAX_JITTER = 45.0
# A cron job starts a moment earlier or later each time: without slack that is longer than the
# jitter, "every 30 minutes" would be every second time.
MAX_SLACK = 60.0

# Not strftime's, which are in the user's language.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def due(feed: FeedConfig, state: FeedState, now: datetime) -> bool:
    """Whether `feed` is to be polled by a run that starts at `now`."""
    if state.status == "gone":
        return False
    slack = timedelta(seconds=min(MAX_SLACK, feed.interval / 30))
    return state.next_poll is None or state.next_poll <= now + slack


def pause(states: Iterable[FeedState], now: datetime) -> float:
    """Seconds until the next of the feeds is due: 0 when one is due now, a day at most."""
    moments = [state.next_poll or now for state in states if state.status != "gone"]
    seconds = (min(moments) - now).total_seconds() if moments else DAY
    return max(0.0, min(seconds, DAY))


def succeeded(
    feed: FeedConfig, state: FeedState, document: Document, parsed: Feed | None, now: datetime
) -> FeedState:
    """The state after an answer that was understood.

    `parsed` is the feed as it was read last, for what it asks of those who poll it.
    """
    asked = max((parsed and parsed.ttl) or 0, document.max_age or 0)
    state = state if document.status == 304 else _with_validators(state, document)
    return replace(
        state,
        url=document.moved_to or state.url,
        next_poll=_next(feed, max(feed.interval, min(asked, DAY)), parsed, now),
        last_poll=now,
        last_success=now,
        failures=0,
        status="ok",
        error="",
    )


def _with_validators(state: FeedState, document: Document) -> FeedState:
    return replace(
        state,
        etag=document.etag,
        last_modified=document.last_modified,
        body_digest=digest(document.body),
    )


def failed(
    feed: FeedConfig, state: FeedState, error: Exception, message: str, now: datetime
) -> FeedState:
    """The state after a poll that brought nothing: the validators stay the last good ones."""
    failures = state.failures + 1
    retry_after = error.retry_after if isinstance(error, HttpStatus) else None
    wait = max(back_off(feed.interval, failures), min(retry_after or 0, MAX_RETRY_AFTER))
    return replace(
        state,
        next_poll=_next(feed, wait, None, now),
        last_poll=now,
        failures=failures,
        status="gone" if isinstance(error, Gone) else "failing",
        error=message,
    )


def back_off(interval: int, failures: int) -> int:
    """Seconds to wait after `failures` failures in a row: doubling, up to a day."""
    return max(interval, min(interval << min(failures - 1, 20), DAY))


def _next(feed: FeedConfig, wait: float, parsed: Feed | None, now: datetime) -> datetime:
    moment = now + timedelta(seconds=wait + _jitter(feed.name, wait))
    return allowed(moment, parsed.skip_hours, parsed.skip_days) if parsed else moment


def _jitter(name: str, wait: float) -> float:
    """Seconds, always the same for one feed, so that not all feeds are due at once."""
    share = hashlib.sha256(name.encode()).digest()[0] / 256
    return share * min(MAX_JITTER, wait / 40)


def allowed(moment: datetime, skip_hours: Set[int], skip_days: Set[str]) -> datetime:
    """The first moment from `moment` on at which the feed may be polled.

    `moment` itself when there is none: a feed that is never to be polled is a mistake.
    """
    hour = moment.replace(minute=0, second=0, microsecond=0)
    for hours in range(8 * 24):
        candidate = hour + timedelta(hours=hours)
        if candidate.hour not in skip_hours and _DAYS[candidate.weekday()] not in skip_days:
            return max(moment, candidate)
    return moment
