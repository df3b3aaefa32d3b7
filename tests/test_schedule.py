"""When a feed is polled next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from filterfeed import schedule
from filterfeed.errors import Blocked, Gone, Unreachable
from filterfeed.runs import FeedState
from filterfeed.types import Document, Feed, FeedConfig

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FEED = FeedConfig(name="wire", url="https://wire.example/rss", interval=1800)
STATE = FeedState(name="wire", url=FEED.url)


def test_a_new_feed_is_due_and_a_polled_one_is_not() -> None:
    """A success makes the feed due again after its interval, not before."""
    assert schedule.due(FEED, STATE, NOW)
    state = schedule.succeeded(FEED, STATE, Document(FEED.url, FEED.url, 200), Feed(), NOW)
    assert not schedule.due(FEED, state, NOW + timedelta(minutes=20))
    assert schedule.due(FEED, state, NOW + timedelta(minutes=32))


def test_a_304_keeps_the_validators_and_a_permanent_move_is_remembered() -> None:
    """What is sent back to the publisher comes from the last answer with a body."""
    answer = Document(FEED.url, FEED.url, 200, b"x", etag='"1"', moved_to="https://new.example/")
    state = schedule.succeeded(FEED, STATE, answer, Feed(), NOW)
    after = schedule.succeeded(FEED, state, Document(FEED.url, FEED.url, 304), None, NOW)
    assert (after.etag, after.url) == ('"1"', "https://new.example/")


def test_failures_back_off_and_name_themselves() -> None:
    """Each failure in a row waits longer; Retry-After is honoured; 410 ends the feed."""
    first = schedule.failed(FEED, STATE, Unreachable(FEED.url, "no answer"), "no answer", NOW)
    second = schedule.failed(FEED, first, Unreachable(FEED.url, "no answer"), "no answer", NOW)
    assert first.next_poll and second.next_poll and second.next_poll > first.next_poll
    assert (second.status, second.failures, second.error) == ("failing", 2, "no answer")
    blocked = schedule.failed(FEED, STATE, Blocked(FEED.url, 429, "blocked", 7200), "blocked", NOW)
    assert blocked.next_poll and blocked.next_poll >= NOW + timedelta(hours=2)
    gone = schedule.failed(FEED, STATE, Gone(FEED.url, 410, "gone"), "gone", NOW)
    assert not schedule.due(FEED, gone, NOW + timedelta(days=30))


def test_cron_jobs_are_not_made_to_skip_every_other_turn() -> None:
    """A run that starts as often as the interval says finds the feed due each time."""
    state = STATE
    for turn in range(5):
        # Cron starts a moment sooner or later each time.
        now = NOW + timedelta(seconds=1800 * turn + (0.3, 1.9, 0.1, 4.0, 0.2)[turn])
        assert schedule.due(FEED, state, now)
        state = schedule.succeeded(FEED, state, Document(FEED.url, FEED.url, 200), Feed(), now)


def test_the_publisher_may_ask_for_more_patience_up_to_a_day() -> None:
    """ttl and max-age lengthen the interval, and never by more than a day."""
    for ttl, max_age, hours in ((7200, None, 2), (None, 10800, 3), (600, 60, 0.5), (10**8, 0, 24)):
        document = Document(FEED.url, FEED.url, 200, max_age=max_age)
        state = schedule.succeeded(FEED, STATE, document, Feed(ttl=ttl), NOW)
        assert state.next_poll
        wait = (state.next_poll - NOW).total_seconds()
        assert hours * 3600 <= wait <= hours * 3600 + schedule.MAX_JITTER


def test_back_off_ends_at_a_day() -> None:
    """However long a feed has failed, it is tried daily."""
    assert [schedule.back_off(1800, failures) for failures in (1, 2, 3)] == [1800, 3600, 7200]
    assert schedule.back_off(1800, 500) == schedule.DAY
    assert schedule.back_off(7 * schedule.DAY, 3) == 7 * schedule.DAY


def test_pause_is_until_the_next_feed_is_due() -> None:
    """Feeds that have ended do not count; a new one is due now."""
    soon = replace(STATE, next_poll=NOW + timedelta(seconds=90))
    gone = replace(STATE, next_poll=NOW, status="gone")
    assert schedule.pause([soon, gone], NOW) == 90
    assert schedule.pause([soon, STATE], NOW) == 0
    assert schedule.pause([gone], NOW) == schedule.DAY


@given(
    st.frozensets(st.integers(0, 23), max_size=23),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_skipped_hours_are_skipped(hours: frozenset[int], moment: datetime) -> None:
    """The next poll is never early and never in an hour that the feed asks to skip."""
    allowed = schedule.allowed(moment, hours, frozenset())
    assert allowed >= moment
    assert allowed.hour not in hours
