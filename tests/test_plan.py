"""What a run decides about feeds, items and pages before it does anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from filterfeed.errors import Blocked, FetchError, HttpStatus, Refused, TimedOut, TooLarge
from filterfeed.pipeline import plan
from filterfeed.pipeline.plan import NO_PAGE_WANTED, NOT_ASKED, Job, PageAnswer, Work
from filterfeed.runs import FeedState
from filterfeed.store import StoredItem
from filterfeed.types import (
    Block,
    CleanItem,
    Config,
    Document,
    Feed,
    FeedConfig,
    Identity,
    Item,
    Page,
    Policy,
    Verdict,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(days=1)
FEED = FeedConfig(name="wire", url="https://wire.example/rss")
STATE = FeedState(name="wire", url=FEED.url, last_success=EARLIER)
CONFIG = Config(path="/x/filterfeed.toml", output="/x/clean", database="/x/db", feeds=(FEED,))
MODEL = "the digest of a model"
ITEM = Item(guid="1", link="https://wire.example/1", title="Rates rise", published=EARLIER)
IDENTITY = Identity("k1", "1", own_guid=True)
PAGE = Page(ITEM.link, "<p>Rates rise.</p>")


def stored(item: Item = ITEM, **values: object) -> StoredItem:
    clean = CleanItem(replace(item, guid="1"), "<p>Rates rise.</p>", "page", "the better one")
    made = StoredItem(
        key="k1",
        guid="1",
        own_guid=True,
        item=item,
        page=PAGE,
        clean=clean,
        position=3,
        first_seen=EARLIER,
        changed=EARLIER,
    )
    return replace(made, **values)  # type: ignore[arg-type]


def work(old: StoredItem | None = None, item: Item = ITEM, feed: FeedConfig = FEED) -> Work:
    return Work(feed, IDENTITY, item, old)


def configured(feed: FeedConfig = FEED) -> tuple[FeedState, Job]:
    state = replace(
        STATE,
        cleaned_with=plan.cleaned_with(MODEL, FEED),
        published_with=plan.published_with(CONFIG, FEED),
    )
    return state, Job(feed, state, state)


# Feeds


def test_the_same_bytes_again_are_as_good_as_a_304() -> None:
    """A server that knows no validators does not cause work."""
    answer = Document(FEED.url, FEED.url, 200, b"<rss/>")
    assert not plan.is_unchanged(STATE, answer)
    assert plan.is_unchanged(replace(STATE, body_digest=plan.digest(b"<rss/>")), answer)
    assert plan.is_unchanged(STATE, Document(FEED.url, FEED.url, 304))


def test_nothing_is_to_be_done_again_while_the_settings_are_the_same() -> None:
    """A feed that is not due costs nothing."""
    _, job = configured(replace(FEED, headers=(("Cookie", "new"),), max_pages=7))
    assert not plan.to_clean_again(MODEL, job)
    assert not plan.to_publish(CONFIG, job)


@pytest.mark.parametrize(
    "change",
    [{"policy": Policy(threshold=0.8)}, {"policy": Policy(ad="collapse")}, {"source": "body"}],
)
def test_another_policy_or_source_cleans_again(change: dict[str, object]) -> None:
    """What a subscriber asked for holds for the items that are there already."""
    _, job = configured(replace(FEED, **change))  # type: ignore[arg-type]
    assert plan.to_clean_again(MODEL, job)


def test_another_model_cleans_again() -> None:
    """No feed is left with the verdicts of one model on old items and of another on new ones."""
    _, job = configured()
    assert plan.to_clean_again("that of another one", job)


@pytest.mark.parametrize("change", [{"title": "Wire"}, {"keep_items": 5}, {"interval": 60}])
def test_another_title_publishes_again_without_cleaning(change: dict[str, object]) -> None:
    """What is said about the feed needs no model."""
    _, job = configured(replace(FEED, **change))  # type: ignore[arg-type]
    assert plan.to_publish(CONFIG, job)
    assert not plan.to_clean_again(MODEL, job)


def test_a_feed_without_any_success_is_not_published() -> None:
    """There is nothing to say yet."""
    new = FeedState("wire", FEED.url)
    assert not plan.to_publish(CONFIG, Job(FEED, new, new))
    assert not plan.to_clean_again(MODEL, Job(FEED, new, new))


def test_batches_are_bounded_and_keep_the_order() -> None:
    """Feeds stay whole and in the configuration's order, few enough at a time for the memory."""
    jobs = [Job(FEED, STATE, STATE, works=(work(),) * count) for count in (3, 9, 0, 0, 2)]
    batches = list(plan.batches(jobs, 5))
    assert [len(batch) for batch in batches] == [2, 3]
    assert [job for batch in batches for job in batch] == jobs


def test_a_poll_whose_items_have_to_wait_is_as_if_there_had_been_no_answer() -> None:
    """Only the time of the next poll moves on: the same answer is to come again."""
    after = replace(STATE, etag="new", url="https://moved.example/", last_poll=NOW, next_poll=NOW)
    put_off = plan.put_off(Job(FEED, STATE, after))
    assert put_off == replace(STATE, last_poll=NOW, next_poll=NOW)


@pytest.mark.parametrize(
    ("feed", "url", "sent"),
    [
        ("https://wire.example/rss", "https://WIRE.example/1", True),
        ("https://ada:secret@wire.example/rss", "https://wire.example/1", True),
        ("http://wire.example/rss", "https://wire.example/1", True),
        ("https://wire.example/rss", "http://wire.example/1", False),
        ("https://wire.example/rss", "https://cdn.wire.example/1", False),
        ("https://wire.example/rss", "https://wire.example:8443/1", False),
        ("https://wire.example/rss", "https://[broken/", False),
        ("/home/ada/wire.xml", "", False),
    ],
)
def test_which_addresses_get_the_feeds_headers(feed: str, url: str, sent: bool) -> None:
    """A cookie is for its own host, and goes nowhere in the clear when the feed does not."""
    secret = (("Cookie", "session=1"),)
    own = replace(FEED, url=feed, headers=secret)
    assert plan.headers_for(own, url) == (secret if sent else ())


# Items


def test_new_and_changed_items_are_found() -> None:
    """An item is worked on when it is new, or is not what it was."""
    other = Item(guid="2", title="Oil falls")
    feed = Feed(items=(ITEM, other))
    listed = plan.listed(feed, ())
    digests = {listed[0][0].key: plan.item_digest(ITEM)}
    assert [item for _, item in plan.changed(listed, digests)] == [other]
    assert [identity.guid for identity, _ in listed] == ["1", "2"]


def test_stored_items_come_after_the_new_ones_and_once() -> None:
    """An item that is new and wanted is one piece of work."""
    job = Job(FEED, STATE, STATE, works=(work(),))
    again = plan.with_stored(job, [stored(), replace(stored(), key="k2", guid="2")])
    assert [own.identity.key for own in again] == ["k1", "k2"]


# Pages


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (work(), True),
        (work(feed=replace(FEED, source="body")), False),
        (work(item=replace(ITEM, link="")), False),
        (work(item=replace(ITEM, link="ftp://wire.example/1")), False),
        (work(item=replace(ITEM, link="HTTPS://wire.example/1")), True),
        (work(stored()), False),
        (work(stored(page=None)), True),
        (work(stored(page=None, page_error="not found (404)")), False),
        (work(stored(page_wanted=True)), True),
        (work(stored(), replace(ITEM, title="Rates rise again")), True),
        (work(stored(), replace(ITEM, summary="with another advertisement")), False),
    ],
)
def test_which_pages_are_asked_for(item: Work, wanted: bool) -> None:
    """A page is asked for once a story, unless it is still owed or the story is another one."""
    assert plan.wants_page(item) is wanted


def test_pages_over_the_limit_are_left_to_the_next_runs() -> None:
    """One run asks one publisher for `max_pages` at most."""
    feed = replace(FEED, max_pages=2)
    works = [work(stored(), feed=feed), *[work(feed=feed)] * 4]
    assert list(plan.unasked(works)) == [NO_PAGE_WANTED, None, None, NOT_ASKED, NOT_ASKED]


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (TimedOut("u", "timed out"), True),
        (HttpStatus("u", 500, "server error"), True),
        (Blocked("u", 429, "too many requests"), True),
        (Blocked("u", 403, "blocked"), False),
        (HttpStatus("u", 404, "not found"), False),
        (Refused("u", "private address"), False),
        (TooLarge("u", "more than 10 MiB"), False),
    ],
)
def test_which_failures_pass(error: FetchError, again: bool) -> None:
    """Only what may go away by itself is tried again."""
    assert plan.passing(error) is again


def test_a_passing_failure_is_tried_three_times() -> None:
    """After the third failure the feed's own text is all that there is."""
    failure = PageAnswer(error="timed out", passing=True)
    old: StoredItem | None = None
    seen = []
    for _ in range(3):
        old = plan.stored(work(old), failure, stored().clean, "m", NOW)
        seen.append((old.page_attempts, old.page_wanted, old.page_error))
    assert seen == [(1, True, "timed out"), (2, True, "timed out"), (3, False, "timed out")]
    assert old and not plan.wants_page(work(old))


def test_what_is_known_of_a_page_outlives_cleaning_again() -> None:
    """A page that is not to be had is not asked for again because a threshold changed."""
    old = stored(page=None, page_error="not found (404)", page_attempts=1)
    after = plan.stored(work(old), NO_PAGE_WANTED, old.clean, "m", NOW)
    assert (after.page_error, after.page_attempts, after.page_wanted) == (
        "not found (404)",
        1,
        False,
    )


def test_the_page_that_is_there_stays_until_there_is_a_better_one() -> None:
    """A publisher's bad moment does not take a page away; another link does."""
    failure = PageAnswer(error="timed out", passing=True)
    renewed = replace(ITEM, title="Rates rise again")
    moved = replace(ITEM, link="https://wire.example/2")
    assert plan.task(work(stored(), renewed), failure)[1] == PAGE
    assert plan.task(work(stored(), moved), failure)[1] is None
    new = Page(ITEM.link, "<p>Better.</p>")
    assert plan.task(work(stored(), renewed), PageAnswer(new))[1] == new


def test_an_item_is_cleaned_under_its_published_guid() -> None:
    """An item without a guid of its own has the derived one from the start."""
    item = replace(ITEM, guid="")
    own = Work(FEED, Identity("k1", ITEM.link, own_guid=False), item)
    assert plan.task(own, NO_PAGE_WANTED)[0].guid == ITEM.link
    assert plan.stored(own, NO_PAGE_WANTED, stored().clean, "m", NOW).item.guid == ""


def test_changed_is_when_subscribers_saw_a_change() -> None:
    """Cleaning again to the same result is no change."""
    same = plan.stored(work(stored()), NO_PAGE_WANTED, stored().clean, "m", NOW)
    other = replace(stored().clean, html="<p>Rates fall.</p>")
    changed = plan.stored(work(stored()), NO_PAGE_WANTED, other, "m", NOW)
    assert (same.changed, same.first_seen) == (EARLIER, EARLIER)
    assert (changed.changed, changed.first_seen) == (NOW, EARLIER)


# Results


def test_a_result_counts_what_was_removed_by_label() -> None:
    """Folded blocks are still there, dropped ones are not."""
    block = Block(0, "Subscribe now", "<p>Subscribe now</p>", "p")
    chances = (0.1, 0.8, 0.05, 0.05)
    verdicts = (
        Verdict(block, "article", chances, "keep", "model"),
        Verdict(block, "ad", chances, "drop", "model"),
        Verdict(block, "legal", chances, "collapse", "model"),
        Verdict(block, "chrome", chances, "drop", "model"),
    )
    item = replace(stored(), clean=replace(stored().clean, verdicts=verdicts))
    result = plan.result(Job(FEED, STATE, STATE), [item], items=9, changed=True)
    assert (result.items, result.cleaned, result.blocks) == (9, 1, 4)
    assert (result.removed, result.outcome) == ((1, 0, 1), "updated")


def test_uncleaned_items_are_one_line() -> None:
    """However many they are; nothing is said when there are none."""
    clean = replace(stored().clean, source_reason="KeyError: 'x'")
    uncleaned = stored(clean=clean, model_id=plan.UNCLEANED)
    job = Job(FEED, STATE, STATE)
    assert plan.complaints(job, [stored(model_id="m")]) == []
    assert plan.complaints(job, [uncleaned, stored(model_id="m"), uncleaned]) == [
        "wire: 2 uncleaned items, as they came: KeyError: 'x'"
    ]


def test_errors_are_one_line() -> None:
    """Ours speak for themselves; of others the kind is said."""
    assert plan.one_line(TimedOut("u", "timed out")) == "u: timed out"
    assert plan.one_line(KeyError("a\nb")) == "KeyError: 'a\\nb'"
    assert plan.one_line(ValueError("a\n b")) == "ValueError: a b"
    assert plan.one_line(RecursionError()) == "RecursionError"
