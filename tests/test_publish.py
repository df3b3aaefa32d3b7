"""Output files: atomic, and untouched when nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from filterfeed.errors import PublishError
from filterfeed.publish import write_if_changed


def test_the_same_bytes_leave_the_file_alone(tmp_path: Path) -> None:
    """A file is written when its bytes differ, and only then."""
    path = tmp_path / "clean" / "wire.xml"
    assert write_if_changed(path, b"one")
    before = path.stat().st_mtime_ns
    assert not write_if_changed(path, b"one")
    assert path.stat().st_mtime_ns == before
    assert write_if_changed(path, b"two")
    assert [file.name for file in path.parent.iterdir()] == ["wire.xml"]
    assert path.read_bytes() == b"two"


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The error is one line with the path."""
    (tmp_path / "clean").write_text("a file where a directory should be")
    with pytest.raises(PublishError, match=r"wire\.xml"):
        write_if_changed(tmp_path / "clean" / "wire.xml", b"one")
