"""The database: what goes in comes out, nothing committed is lost, errors are one line."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filterfeed.errors import Busy, StoreError
from filterfeed.store import Output, Store, StoredItem, item_digest, memory, schema
from filterfeed.types import (
    LABELS,
    Block,
    Category,
    CleanItem,
    Enclosure,
    Feed,
    FeedConfig,
    FeedState,
    Item,
    Known,
    Page,
    Person,
    Verdict,
)

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
A = FeedConfig("a", "https://a.example/feed")
B = FeedConfig("b", "https://b.example/feed")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "filterfeed.sqlite")


@pytest.fixture
def store(path: str) -> Iterator[Store]:
    with Store(path) as store:
        store.register([A, B])
        yield store


def stored(key: str, **changes: Any) -> StoredItem:
    item = Item(guid=key, link=f"https://a.example/{key}", title=f"T {key}", published=NOW)
    verdict = Verdict(Block(0, "Buy", "<p>Buy</p>", "p"), "ad", (0, 1, 0, 0), "drop", "model")
    plain = StoredItem(
        key=key,
        guid=key,
        own_guid=True,
        item=item,
        page=Page(item.link, f"<p>Page of {key}"),
        clean=CleanItem(item, f"<p>{key}", "page", "longer", (verdict,)),
        first_seen=NOW,
        changed=NOW,
    )
    return replace(plain, **changes)


def keys(items: Sequence[StoredItem | Known]) -> list[str]:
    return [item.key for item in items]


# --- feeds ---


def test_register(store: Store) -> None:
    """States come in the configuration's order; a removed feed keeps its items for later."""
    assert store.states() == (FeedState("a", A.url), FeedState("b", B.url))
    polled = FeedState("a", A.url, etag="x", status="ok")
    store.save_poll(polled, Feed("T"), [stored("1")], ["1"])
    store.register([B])
    assert [state.name for state in store.states()] == ["b"]
    assert [store.output_status(name) for name in "abc"] == ["removed", "ok", "unknown"]
    assert keys(store.items("a")) == ["1"]
    store.register([B, A])
    assert store.states() == (FeedState("b", B.url), polled)
    assert store.output_status("a") == "ok"


def test_changed_url(store: Store) -> None:
    """A new URL in the configuration is polled afresh; a moved feed's stored URL stays."""
    moved = FeedState("a", "https://new.example/", etag="x", last_modified="y", body_digest="z")
    store.save_poll(moved, Feed("T"), [stored("1")], ["1"])
    store.register([A, B])
    assert store.state("a") == moved
    store.register([replace(A, url="https://other.example/"), B])
    assert store.state("a") == FeedState("a", "https://other.example/")
    assert keys(store.known("a")) == ["1"]
    assert store.feed("a") == Feed("T")


def test_register_again_writes_nothing(store: Store, path: str) -> None:
    """A run with nothing to do leaves the database as it is."""
    before = Path(f"{path}-wal").read_bytes()
    store.register([A, B])
    assert Path(f"{path}-wal").read_bytes() == before


def test_unknown_feed(store: Store, path: str) -> None:
    """What never was configured has no state, and can be given none."""
    with pytest.raises(StoreError, match="has no feed 'c'"):
        store.state("c")
    with pytest.raises(StoreError, match="has no feed 'c'"):
        store.save_state(FeedState("c", ""))
    with pytest.raises(StoreError):
        store.save_items("c", [stored("1")])
    assert (store.feed("c"), store.output("c"), store.items("c")) == (None, None, ())


# --- items ---


def test_output_order(store: Store) -> None:
    """Listed items in the publisher's order, then the others, the newest first."""
    old = [stored(key, first_seen=NOW - timedelta(days=1)) for key in ("o1", "o2")]
    store.save_poll(store.state("a"), Feed(), old, ["o1", "o2"])
    new = [stored(key) for key in ("n1", "n2", "n3")]
    store.save_poll(store.state("a"), Feed(), new, ["n1", "o2", "n2", "n3"])
    assert keys(store.items("a")) == ["n1", "o2", "n2", "n3", "o1"]
    store.save_poll(store.state("a"), Feed(), [], ["n3"])
    items = store.items("a")
    assert keys(items) == ["n3", "n1", "n2", "o1", "o2"]
    assert [item.position for item in items] == [0, -1, -1, -1, -1]
    assert keys(store.items("a", limit=2)) == ["n3", "n1"]
    assert store.items("b") == ()


def test_changed_items(store: Store) -> None:
    """A digest tells whether an item changed; it is replaced, and was first seen as before."""
    first = stored("1", position=0)
    store.save_poll(store.state("a"), Feed(), [first], ["1"])
    assert store.digests("a") == {"1": item_digest(first.item)}
    edited = replace(first.item, title="new title")
    assert item_digest(edited) != item_digest(first.item)
    later = NOW + timedelta(hours=1)
    changed = replace(first, item=edited, page=None, first_seen=later, changed=later)
    store.save_items("a", [changed])
    assert store.items("a") == (replace(changed, first_seen=NOW),)
    assert store.digests("a") == {"1": item_digest(edited)}


def test_known(store: Store) -> None:
    """Of every item what identifies it."""
    undated = Item(title="T")
    derived = stored("k", guid="urn:x", own_guid=False, item=undated)
    store.save_items("a", [stored("1"), derived])
    assert store.known("a") == (
        Known("1", "1", True, "https://a.example/1", "T 1", NOW),
        Known("k", "urn:x", False, "", "T", None),
    )


def test_wanted(store: Store) -> None:
    """Items whose page is still to come, as they go out, no more than asked for."""
    items = [stored(key, page_wanted=key != "2") for key in "1234"]
    store.save_poll(store.state("a"), Feed(), items, ["4", "2", "1", "3"])
    assert keys(store.wanted("a", 2)) == ["4", "1"]


def test_prune(store: Store) -> None:
    """Unlisted items beyond the limit lose their texts, never their identity."""
    items = [stored(str(n), first_seen=NOW - timedelta(hours=n)) for n in range(6)]
    store.save_poll(store.state("a"), Feed(), items, ["4", "5"])
    known = store.known("a")
    store.prune("a", 1)
    assert keys(store.items("a")) == ["4", "5"]
    store.save_items("a", items[:4])
    store.prune("a", 3)
    assert keys(store.items("a")) == ["4", "5", "0"]
    assert set(store.digests("a")) == {"4", "5", "0"}
    assert store.known("a") == known


def test_pruned_item_comes_back(store: Store) -> None:
    """One that is listed again counts as changed, and is what and from when it was."""
    store.save_poll(store.state("a"), Feed(), [stored("1")], [])
    store.prune("a", 0)
    assert store.digests("a") == {}
    again = stored("1", first_seen=NOW + timedelta(days=9), position=0)
    store.save_poll(store.state("a"), Feed(), [again], ["1"])
    assert store.items("a") == (replace(again, first_seen=NOW),)


def test_failed_poll_leaves_all_as_it_was(store: Store) -> None:
    """A poll is stored as a whole or not at all."""
    store.save_poll(store.state("a"), Feed("old"), [stored("1")], ["1"])
    before = (store.state("a"), store.feed("a"), store.items("a"))
    unstorable: Any = stored("2", page_attempts=object())
    with pytest.raises(StoreError):
        store.save_poll(
            FeedState("a", "u", etag="e"), Feed("new"), [stored("3"), unstorable], ["3"]
        )
    assert (store.state("a"), store.feed("a"), store.items("a")) == before


# --- boilerplate ---


def test_recurrence(store: Store) -> None:
    """It counts the other stories of the host; saying one story twice counts once."""
    store.remember("h", "s1", ["x", "y", "x"])
    store.remember("h", "s1", ["x"])
    store.remember("h", "s2", ["x"])
    store.remember("other", "s3", ["x", "y"])
    assert store.recurrence("h", "s1", ["x", "y", "z"]) == {"x": 1}
    assert store.recurrence("h", "s9", ["x", "y", "z", "x"]) == {"x": 2, "y": 1}
    assert store.recurrence("h", "s1", []) == {}


def test_memory_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest stories of a host are forgotten, those of others are not."""
    monkeypatch.setattr(memory, "MAX_STORIES", 3)
    store.remember("other", "s", ["x"])
    for number in range(5):
        store.remember("h", f"s{number}", ["x", f"own {number}"])
    asked = ["x", "own 0", "own 1", "own 2", "own 4"]
    assert store.recurrence("h", "", asked) == {"x": 3, "own 2": 1, "own 4": 1}
    assert store.recurrence("other", "", ["x"]) == {"x": 1}


# --- outputs ---


def test_output(store: Store) -> None:
    """The same bytes change nothing, not even the date; others change date and tag."""
    assert store.output("a") is None
    assert store.save_output("a", b"one", NOW + timedelta(microseconds=5))
    first = store.output("a")
    assert first == Output(b"one", first.etag, NOW) if first else False
    assert not store.save_output("a", b"one", NOW + timedelta(days=1))
    assert store.output("a") == first
    assert store.save_output("a", b"two", NOW + timedelta(days=1))
    second = store.output("a")
    assert second and first and second.last_modified > first.last_modified
    assert second.etag != first.etag
    assert second.etag.startswith('"') and second.etag.endswith('"')


# --- any value comes back ---

TIMES = st.datetimes(timezones=st.just(UTC))
TEXTS = st.text(max_size=20)
ITEMS = st.builds(
    Item,
    *[TEXTS] * 5,
    authors=st.lists(st.builds(Person, TEXTS, TEXTS), max_size=2).map(tuple),
    published=st.none() | TIMES,
    updated=st.none() | TIMES,
    categories=st.lists(st.builds(Category, TEXTS, TEXTS), max_size=2).map(tuple),
    enclosures=st.lists(st.builds(Enclosure, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple),
    comments=TEXTS,
    extensions=st.lists(TEXTS, max_size=2).map(tuple),
)
BLOCKS = st.builds(
    Block,
    st.integers(0, 999),
    *[TEXTS] * 3,
    path=st.lists(TEXTS, max_size=2).map(tuple),
    frame=st.lists(st.tuples(TEXTS, st.integers(0, 9)), max_size=2).map(tuple),
    link_share=st.floats(0, 1),
    key=TEXTS,
)
VERDICTS = st.builds(
    Verdict,
    BLOCKS,
    st.sampled_from(LABELS),
    st.tuples(*[st.floats(0, 1)] * 4),
    st.sampled_from(["keep", "collapse", "drop"]),
    TEXTS,
)
STORED = st.builds(
    StoredItem,
    key=TEXTS,
    guid=TEXTS,
    own_guid=st.booleans(),
    item=ITEMS,
    page=st.none() | st.builds(Page, TEXTS, TEXTS),
    clean=st.builds(
        CleanItem,
        ITEMS,
        TEXTS,
        st.sampled_from(["page", "body"]),
        TEXTS,
        st.lists(VERDICTS, max_size=3).map(tuple),
        st.booleans(),
    ),
    position=st.integers(-1, 99),
    page_attempts=st.integers(0, 9),
    page_wanted=st.booleans(),
    page_error=TEXTS,
    model_id=TEXTS,
    first_seen=TIMES,
    changed=TIMES,
)
FEEDS = st.builds(
    Feed,
    *[TEXTS] * 6,
    updated=st.none() | TIMES,
    ttl=st.none() | st.integers(0),
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.sampled_from(["Saturday", "Sunday"])),
    extensions=st.lists(TEXTS, max_size=2).map(tuple),
)
STATES = st.builds(
    FeedState,
    st.just("a"),
    TEXTS,
    st.none() | TEXTS,
    st.none() | TEXTS,
    TEXTS,
    st.none() | TIMES,
    st.none() | TIMES,
    st.none() | TIMES,
    st.integers(0, 99),
    st.sampled_from(["new", "ok", "failing", "gone"]),
    TEXTS,
)


@settings(deadline=None, max_examples=40)
@given(STATES, FEEDS, st.lists(STORED, max_size=3, unique_by=lambda item: item.key))
def test_any_value_round_trips(state: FeedState, feed: Feed, items: list[StoredItem]) -> None:
    """Whatever is stored comes back equal."""
    with tempfile.TemporaryDirectory() as directory, Store(f"{directory}/s") as store:
        store.register([A])
        store.save_poll(state, replace(feed, items=(Item(),)), [], [])
        store.save_items("a", items)
        assert store.state("a") == state
        assert store.feed("a") == feed
        assert {item.key: item for item in store.items("a")} == {item.key: item for item in items}
        assert {known.key: known.published for known in store.known("a")} == {
            item.key: item.item.published for item in items
        }


def test_lone_surrogates(store: Store) -> None:
    """A text that UTF-8 cannot hold does not keep a feed from being stored."""
    odd = "x\ud800y"
    item = replace(stored("1").item, guid=odd, title=odd, content=odd)
    store.save_poll(
        store.state("a"), Feed(odd), [stored(odd, guid=odd, item=item, page_error=odd)], [odd]
    )
    (back,) = store.items("a")
    assert (back.item, back.key, back.position) == (item, "x?y", 0)
    assert store.feed("a") == Feed(odd)
    store.remember(odd, odd, [odd])
    assert store.recurrence(odd, "", [odd]) == {"x?y": 1}
    assert store.output_status(odd) == "unknown"


def test_digests_outlive_new_fields() -> None:
    """Fields at their default do not count, so that one more field changes no digest."""
    assert item_digest(Item(guid="1")) == hashlib.sha256(b'{"guid":"1"}').hexdigest()


# --- opening, migrating, breaking ---


def test_values_survive_closing(path: str) -> None:
    """What one process wrote, the next one reads."""
    with Store(path) as store:
        store.register([A])
        store.save_items("a", [stored("1")])
    with Store(path) as store:
        assert store.items("a") == (stored("1"),)


def test_directory_is_made(tmp_path: Path) -> None:
    """A database may be in a directory that is not there yet, but not below a file."""
    with Store(str(tmp_path / "new" / "deep" / "s.sqlite")) as store:
        assert store.states() == ()
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/s\.sqlite: cannot be made: "):
        Store(str(tmp_path / "file" / "s.sqlite"))


def test_migration(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old database is brought up to date and keeps what it has; a newer one is refused."""
    with Store(path) as store:
        store.register([A])
    version = len(schema.MIGRATIONS)
    with monkeypatch.context() as patch:
        newer = (*schema.MIGRATIONS, ("ALTER TABLE feeds ADD COLUMN note TEXT",))
        patch.setattr(schema, "MIGRATIONS", newer)
        for _ in range(2):
            with Store(path) as store:
                assert store.states() == (FeedState("a", A.url),)
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert str(caught.value) == (
        f"{path}: was written by a newer filterfeed"
        f" (schema {version + 1}, this one knows {version})"
    )


def test_failing_migration_changes_nothing(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration is done as a whole or not at all."""
    Store(path).close()
    with monkeypatch.context() as patch:
        steps = (("CREATE TABLE note (x)",), ("CREATE TABLE note (x)",))
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS + steps)
        with pytest.raises(StoreError, match="table note already exists"):
            Store(path)
    Store(path).close()


def test_not_a_database(path: str) -> None:
    """A file of another kind is named and left alone."""
    Path(path).write_text("<html>" * 1000)
    with pytest.raises(StoreError) as caught:
        Store(path)
    assert str(caught.value) == f"{path}: is not a filterfeed database"
    assert Path(path).read_text() == "<html>" * 1000


@pytest.mark.parametrize("version", [0, 1])
def test_database_of_another_program(path: str, version: int) -> None:
    """Nothing is ever written into it."""
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE articles (x)")
        other.execute(f"PRAGMA user_version = {version}")
    other.close()
    before = Path(path).read_bytes()
    with pytest.raises(StoreError, match="is another program's database"):
        Store(path)
    assert Path(path).read_bytes() == before


def test_directory_instead_of_file(tmp_path: Path) -> None:
    """It is said, not traced."""
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(str(tmp_path))


def test_damaged_database(path: str) -> None:
    """Broken pages and broken values are told as damage."""
    with Store(path) as store:
        store.register([A])
        store.save_items("a", [stored(str(n)) for n in range(50)])
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE texts SET story = x'00'")
        raw.execute("UPDATE feeds SET state = '{\"no_such_field\": 1}'")
    raw.close()
    with Store(path) as store:
        with pytest.raises(StoreError, match=r"is damaged.*\(unreadable compressed value\)"):
            store.items("a")
        with pytest.raises(StoreError, match=r"is damaged.*\(unreadable FeedState\)"):
            store.states()
    data = bytearray(Path(path).read_bytes())
    data[4096:] = random.Random(1).randbytes(len(data) - 4096)
    Path(path).write_bytes(data)
    with pytest.raises(StoreError, match="is damaged"), Store(path) as store:
        store.known("a")


@contextmanager
def unprivileged() -> Iterator[None]:
    """As an ordinary user, whom file modes bind."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_not_writable() -> None:
    """A database that cannot be written is refused at once."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "s.sqlite"
        Store(str(path)).close()
        path.chmod(0o444)
        path.parent.chmod(0o555)
        with unprivileged(), pytest.raises(StoreError, match=r"s\.sqlite: cannot be"):
            Store(str(path))
        path.parent.chmod(0o755)


CHILD = """
import sys, resource, signal
from dataclasses import replace
from filterfeed.errors import *
from filterfeed.store import Store
from filterfeed.types import *
sys.path.insert(0, {tests!r})
from test_store import A, NOW, stored
store = Store({path!r})
"""


def child(path: str, code: str) -> subprocess.Popen[str]:
    """A Python process that has opened the store at `path` and runs `code`."""
    head = CHILD.format(path=path, tests=str(Path(__file__).parent))
    return subprocess.Popen([sys.executable, "-c", head + code], stdout=subprocess.PIPE, text=True)


def test_full_disk(store: Store, path: str) -> None:
    """A write that finds no room fails as a StoreError, and what was there is there."""
    store.save_poll(store.state("a"), Feed("old"), [stored("1")], ["1"])
    code = """
import random
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
html = random.Random(1).randbytes(300_000).hex()
try:
    page = Page("", html)
    store.save_poll(FeedState("a", "u"), Feed("new"), [replace(stored("2"), page=page)], ["2"])
except StoreError as error:
    print(error)
print(store.feed("a").title)
"""
    told, title = child(path, code).communicate(timeout=60)[0].splitlines()
    assert told.startswith(f"{path}: ")
    assert title == "old"
    assert keys(store.items("a")) == ["1"]


def test_kill_loses_nothing_committed(path: str) -> None:
    """After kill -9 at any moment each poll is there as a whole, or not at all."""
    code = """
store.register([A])
for n in range(10**6):
    items = [replace(stored(str(i)), model_id=str(n)) for i in range(20)]
    store.save_poll(FeedState("a", "u", etag=str(n)), Feed(str(n)), items, [i.key for i in items])
    print(n, flush=True)
"""
    for delay in (0.05, 0.11, 0.17):
        writer = child(path, code)
        assert writer.stdout
        committed = int(writer.stdout.readline())
        time.sleep(delay)
        writer.kill()
        committed = max([committed, *map(int, writer.stdout.read().split())])
        writer.wait()
        with Store(path) as store:
            etag = store.state("a").etag
            assert etag is not None and int(etag) in (committed, committed + 1)
            assert store.feed("a") == Feed(etag)
            assert {item.model_id for item in store.items("a")} == {etag}


# --- several at once ---


def test_lock(store: Store, path: str) -> None:
    """One run at a time, over processes and within one; a dead holder holds nothing."""
    with store.lock():
        with pytest.raises(Busy, match="another run is at work"), store.lock():
            pass
        with Store(path) as second, pytest.raises(Busy), second.lock():
            pass
    holder = child(path, "with store.lock(): print('held', flush=True); signal.pause()")
    assert holder.stdout and holder.stdout.readline() == "held\n"
    with pytest.raises(Busy), store.lock():
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with store.lock():
        pass


@pytest.mark.parametrize("shared", [True, False])
def test_readers_beside_a_writer(store: Store, path: str, shared: bool) -> None:
    """Threads and processes that read while a run writes see whole polls, and no error."""
    done = threading.Event()
    wrong: list[object] = []

    def read(reader: Store) -> None:
        while not done.is_set():
            try:
                seen = {item.model_id for item in reader.items("a")}
                if len(seen) > 1:
                    wrong.append(seen)
                reader.states()
                reader.output("a")
            except Exception as error:
                wrong.append(error)

    readers = [store] * 3 if shared else [Store(path) for _ in range(3)]
    threads = [threading.Thread(target=read, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for n in range(30):
        items = [stored(str(i), model_id=str(n)) for i in range(20)]
        store.save_poll(store.state("a"), Feed(), items, keys(items))
        store.save_output("a", b"%d" % n, NOW)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_many_make_it_at_once(path: str) -> None:
    """Processes that start together on no database all find one."""
    children = [child(path, "store.register([A]); print('fine')") for _ in range(4)]
    assert [each.communicate(timeout=60)[0] for each in children] == ["fine\n"] * 4


# --- speed ---


def best_of_three(action: Any) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def test_quick_where_it_is_asked_often(store: Store) -> None:
    """Every poll asks for states, identities and recurrence: milliseconds each."""
    store.register([FeedConfig(f"f{n}", "https://a.example/") for n in range(200)] + [A])
    page = Page("https://a.example/", "<p>Some words</p>" * 3000)
    store.save_items("a", [stored(f"{n}", page=page) for n in range(2000)])
    for n in range(100):
        store.remember("h", f"s{n}", [f"{n} {block}" for block in range(50)] + ["all"])
    asked = [f"7 {block}" for block in range(50)] + ["all"]
    assert best_of_three(store.states) < 0.02
    assert best_of_three(lambda: store.known("a")) < 0.05
    assert best_of_three(lambda: store.digests("a")) < 0.05
    assert best_of_three(lambda: store.recurrence("h", "s", asked)) < 0.02
