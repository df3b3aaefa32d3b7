"""Documents that are files: feeds on this machine, and saved pages. Never touches the network."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from filterfeed.errors import HttpStatus, TooLarge, Unreachable
from filterfeed.fetch.journey import shown
from filterfeed.fetch.outcome import size
from filterfeed.types import Document, FetchConfig

_GZIP = b"\x1f\x8b"
_MAX_BYTES = FetchConfig().max_bytes


def read_file(path: str, max_bytes: int = _MAX_BYTES) -> Document:
    """A local feed, unpacked when it is gzip. Raises Unreachable, TooLarge."""
    return Document(path, path, 200, _read(path, Path(path), max_bytes))


def read_mirror(directory: str, url: str, max_bytes: int = _MAX_BYTES) -> Document:
    """The page that `wget -x` saved of `url` in `directory`, or a likely name for it.

    Raises HttpStatus (404) when there is none, Unreachable, TooLarge.
    """
    url = shown(url)
    root = Path(directory).resolve()
    path = next(filter(None, (_file(root, place) for place in _places(url))), None)
    if path is None:
        raise HttpStatus(url, 404, "not found in the mirror (404)")
    return Document(url, url, 200, _read(url, path, max_bytes), content_type="text/html")


def _places(url: str) -> Iterator[str]:
    """Where under the mirror the page may be, the likeliest first."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    for host in dict.fromkeys((parts.netloc.lower(), parts.hostname or "")):
        for path in dict.fromkeys((parts.path, unquote(parts.path))):
            for name in _names(path.strip("/"), parts.query):
                yield f"{host}/{name}"


def _names(path: str, query: str) -> Iterator[str]:
    """With the query as `wget` has it, then without: it may only say where a reader came from.

    But the front page is never the page of a query (`/?p=123`).
    """
    for suffix in (f"?{query}", "") if query else ("",):
        if path or suffix or not query:
            yield from (f"{path}{suffix}", f"{path}{suffix}.html", f"{path}/index.html{suffix}")


def _file(root: Path, place: str) -> Path | None:
    """The file that is there; None when there is none, or it is outside `root`."""
    try:
        path = (root / place).resolve()
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # too long, a null character, links in a circle
        return None


def _read(name: str, path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            packed = file.peek(len(_GZIP)).startswith(_GZIP)
            body = (gzip.GzipFile(fileobj=file) if packed else file).read(max_bytes + 1)
    except OSError as error:
        why = (error.strerror or "broken gzip").lower()
        raise Unreachable(name, f"cannot be read: {why}") from error
    except (EOFError, zlib.error) as error:
        raise Unreachable(name, "cannot be read: broken gzip") from error
    except ValueError as error:
        raise Unreachable(name, "cannot be read: not a file name") from error
    if len(body) > max_bytes:
        raise TooLarge(name, f"more than {size(max_bytes)}")
    return body
