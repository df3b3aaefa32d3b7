"""What an answer, or the lack of one, comes to: a Document or an error of the tree. No I/O."""

from __future__ import annotations

import re
import socket
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

from urllib3 import HTTPHeaderDict
from urllib3.exceptions import DecodeError, HTTPError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError

from filterfeed.errors import (
    Blocked,
    FetchError,
    Gone,
    HttpStatus,
    Refused,
    TimedOut,
    TooLarge,
    Unreachable,
)
from filterfeed.fetch.dial import Flood, Forbidden
from filterfeed.fetch.journey import Journey
from filterfeed.fetch.turns import Stopped
from filterfeed.fetch.wire import Answer
from filterfeed.types import Document, FetchConfig

TROUBLE = (HTTPError, HTTPException, OSError, ValueError, EOFError, Flood, Forbidden, Stopped)
"""What `Wire.exchange` and `Turns.turn` raise."""

_BLOCKED = frozenset({401, 403, 406, 407, 429, 451, 503})
_WORDS = {
    304: "not modified, though there was no condition",
    401: "needs a login",
    404: "not found",
    407: "a proxy needs a login",
    410: "gone for good",
    429: "asked too often",
    451: "blocked for legal reasons",
    503: "not available now",
}
_CLASSES = {3: "redirect to nowhere", 4: "request refused", 5: "server error"}
# The first class that fits counts: those that are derived come before their bases.
_FAILURES: tuple[tuple[type[BaseException], str], ...] = (
    (Stopped, "stopped"),
    (socket.gaierror, "the host name was not found"),
    (ConnectionRefusedError, "the connection was refused"),
    (RemoteDisconnected, "the connection was closed without an answer"),
    (ConnectionError, "the connection broke"),
    (DecodeError, "the compressed body is broken"),
    (IncompleteRead, "the body is broken or incomplete"),
    (HTTPException, "not an HTTP answer"),
    (HTTPError, "the answer is broken or incomplete"),
    (ValueError, "the host name or a header cannot be sent"),
)
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?([0-9]{1,10})\b", re.IGNORECASE)
_SECONDS = re.compile("[0-9]{1,10}")
_UNCACHED = re.compile(r"\bno-(cache|store)\b", re.IGNORECASE)


def document(journey: Journey, answer: Answer) -> Document:
    headers = answer.headers
    return Document(
        url=journey.asked,
        final_url=journey.at.url,
        status=answer.status,
        body=answer.body,
        content_type=headers.get("Content-Type", ""),
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
        moved_to=journey.moved_to,
        max_age=_max_age(headers),
    )


def status_error(journey: Journey, answer: Answer) -> HttpStatus:
    """For an answer that is neither 200 nor an expected 304."""
    status = answer.status
    message = f"{_words(status)} ({status}){journey.detour}"
    kind = Gone if status == 410 else Blocked if status in _BLOCKED else HttpStatus
    return kind(journey.asked, status, message, _retry_after(answer.headers))


def _words(status: int) -> str:
    if status in _WORDS or status in _BLOCKED:
        return _WORDS.get(status, "blocked")
    return _CLASSES.get(status // 100, "unexpected answer")


def failure(journey: Journey, error: BaseException, config: FetchConfig) -> FetchError:
    """The error of the tree for one of TROUBLE."""
    causes = _causes(error)
    if any(isinstance(cause, (TimeoutError, Urllib3TimeoutError)) for cause in causes):
        message = f"timed out after {config.timeout:g} s"
        return TimedOut(journey.asked, message + journey.detour)
    if isinstance(error, Flood):
        return TooLarge(journey.asked, f"more than {size(config.max_bytes)}{journey.detour}")
    if isinstance(error, Forbidden):
        return Refused(journey.asked, f"{error}{journey.detour}")
    return Unreachable(journey.asked, _why(causes) + journey.detour)


def _causes(error: BaseException | None) -> list[BaseException]:
    """The error and what it came from, innermost first: that is the one to tell of."""
    causes: list[BaseException] = []
    while error is not None:
        causes.insert(0, error)
        error = error.__cause__
    return causes


def _why(causes: list[BaseException]) -> str:
    words = (_words_for(cause) for cause in causes)
    return next(filter(None, words), "the transfer failed")


def _words_for(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message.rstrip('.')}"
    if isinstance(error, ssl.SSLError):
        return f"no secure connection: {error.reason or 'it broke'}"
    for kind, words in _FAILURES:
        if isinstance(error, kind):
            return words
    return (error.strerror or "") if isinstance(error, OSError) else ""


def _max_age(headers: HTTPHeaderDict) -> int | None:
    control = headers.get("Cache-Control", "")
    if _UNCACHED.search(control):
        return 0
    if found := _MAX_AGE.search(control):
        return max(0, int(found[1]) - (_seconds(headers.get("Age", "")) or 0))
    if "Expires" not in headers:
        return None
    # What is no date, "0" above all, means: stale already (RFC 9111, 5.3).
    return _seconds_to(headers["Expires"], headers) or 0


def _retry_after(headers: HTTPHeaderDict) -> int | None:
    value = headers.get("Retry-After", "")
    seconds = _seconds(value)
    return _seconds_to(value, headers) if seconds is None else seconds


def _seconds(value: str) -> int | None:
    return int(value) if _SECONDS.fullmatch(value.strip()) else None


def _seconds_to(value: str, headers: HTTPHeaderDict) -> int | None:
    """Seconds until an HTTP date, 0 when it has passed; by the server's clock if it says so."""
    moment = _date(value)
    if moment is None:
        return None
    now = _date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0, round((moment - now).total_seconds()))


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def size(count: int) -> str:
    """As people write it: 10 MiB."""
    for factor, unit in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= factor and count % factor == 0:
            return f"{count // factor} {unit}"
    return f"{count} bytes"
