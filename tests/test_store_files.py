"""The database as a file: opened, migrated, broken, killed, shared; errors are one line."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stores import NOW, A, child, keys, stored

from filterfeed.errors import Busy, StoreError
from filterfeed.runs import FeedState
from filterfeed.store import Store, schema
from filterfeed.types import Feed

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
