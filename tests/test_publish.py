"""Output files: atomic, and untouched when nothing changed."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from filterfeed.errors import PublishError
from filterfeed.publish import publish, write_if_changed
from filterfeed.types import Config


@pytest.fixture
def umask() -> Iterator[int]:
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def test_the_same_bytes_leave_the_file_alone(tmp_path: Path) -> None:
    """A file is written when its bytes differ, and only then."""
    path = tmp_path / "clean" / "wire.xml"
    assert write_if_changed(path, b"one")
    before = path.stat()
    assert not write_if_changed(path, b"one")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert write_if_changed(path, b"two")
    assert [file.name for file in path.parent.iterdir()] == ["wire.xml"]
    assert path.read_bytes() == b"two"


def test_a_feed_is_published_under_its_name(tmp_path: Path) -> None:
    """`<output>/<name>.xml`, in a directory that is made when there is none."""
    config = Config(path="", output=str(tmp_path / "www" / "clean"), database="")
    assert publish(config, "wire.news", b"<rss/>")
    assert not publish(config, "wire.news", b"<rss/>")
    assert (tmp_path / "www" / "clean" / "wire.news.xml").read_bytes() == b"<rss/>"


def test_others_may_read_as_far_as_the_umask_lets_them(tmp_path: Path, umask: int) -> None:
    """0644 less the umask, for a new file and for a replaced one."""
    path = tmp_path / "wire.xml"
    for body in (b"one", b"two"):
        write_if_changed(path, body)
        assert path.stat().st_mode & 0o777 == 0o644 & ~umask


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The error is one line with the path."""
    (tmp_path / "clean").write_text("a file where a directory should be")
    with pytest.raises(PublishError, match=r"^\S+wire\.xml: cannot be written: .+$") as caught:
        write_if_changed(tmp_path / "clean" / "wire.xml", b"one")
    assert "\n" not in str(caught.value)


def test_a_failure_leaves_the_last_good_copy_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the disk is full: the old bytes stay, and the half-written file goes."""
    path = tmp_path / "wire.xml"
    write_if_changed(path, b"one")

    def disk_full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(PublishError, match="No space left on device"):
        write_if_changed(path, b"two")
    assert [file.name for file in tmp_path.iterdir()] == ["wire.xml"]
    assert path.read_bytes() == b"one"


def test_a_reader_sees_one_whole_copy_or_the_other(tmp_path: Path) -> None:
    """Reading never finds a missing or half-written file while it is replaced."""
    path = tmp_path / "wire.xml"
    copies = [b"a" * 300_000, b"b" * 300_000]
    write_if_changed(path, copies[0])
    done = threading.Event()

    def write() -> None:
        for number in range(40):
            write_if_changed(path, copies[number % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = [path.read_bytes()]
    while not done.is_set():
        seen.append(path.read_bytes())
    writer.join()
    assert set(seen) <= set(copies)
