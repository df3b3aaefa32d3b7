"""Bytes into files: replaced atomically, and only when they differ."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from filterfeed.errors import PublishError
from filterfeed.types import Config


def publish(config: Config, name: str, body: bytes) -> bool:
    """Write `<output>/<name>.xml`; False when it was the same already. Raises PublishError."""
    return write_if_changed(Path(config.output) / f"{name}.xml", body)


def write_if_changed(path: Path, body: bytes) -> bool:
    """Make `body` the content of `path`; False and untouched when it is already.

    Who opens the file at any time sees the old bytes or the new ones, whole. Raises PublishError.
    """
    try:
        if _holds(path, body):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, body)
    except OSError as error:
        raise PublishError(str(path), f"cannot be written: {error.strerror or error}") from error
    return True


def _holds(path: Path, body: bytes) -> bool:
    try:
        return path.read_bytes() == body
    except FileNotFoundError:
        return False


def _replace(path: Path, body: bytes) -> None:
    # In the same directory, because a rename is atomic only within one file system.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb", opener=_open_readable) as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _open_readable(path: str, flags: int) -> int:
    """0644 less the umask: the web server over the directory is often another user."""
    return os.open(path, flags, 0o644)
