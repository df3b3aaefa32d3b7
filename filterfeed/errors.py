"""Everything that can go wrong, as one tree; each member's text is one line for the user.

FilterfeedError
├── ConfigError        filterfeed.toml: all its mistakes at once
├── SourceError        a file or URL on the command line that cannot be read
├── FetchError         a URL that could not be had
│   ├── Refused        an address that may not be asked (private network, scheme, too many hops)
│   ├── Unreachable    no DNS answer, no connection, broken transfer
│   ├── TimedOut       took longer than `timeout`
│   ├── TooLarge       more than `max_bytes`
│   └── HttpStatus     any status but 200 and 304
│       ├── Blocked    401, 403, 406, 407, 429, 451, 503: not this client, or not now
│       └── Gone       410: the feed has ended
├── ParseError         bytes that are no feed
├── ModelError         a model that is missing, broken, of another version, or not trusted
├── StoreError         a database that is broken or of a newer filterfeed
├── PublishError       an output file that cannot be written
├── ServeError         an address at which `serve` cannot listen
└── Busy               another run holds the lock
"""

from __future__ import annotations

from collections.abc import Sequence


class FilterfeedError(Exception):
    """Base of all. `str(error)` is one line that names the feed, file, key or line."""


class ConfigError(FilterfeedError):
    """All mistakes of one configuration file; `problems` has one line each."""

    def __init__(self, path: str, problems: Sequence[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{path}: {problem}" for problem in self.problems))


class SourceError(FilterfeedError):
    """A source named by the user that cannot be read, or is too little to learn from."""


class FetchError(FilterfeedError):
    """A URL that could not be had; `url` is the one that was asked for."""

    def __init__(self, url: str, message: str) -> None:
        self.url = url
        super().__init__(f"{url}: {message}")


class Refused(FetchError):
    """An address that may not be asked."""


class Unreachable(FetchError):
    """No answer could be had."""


class TimedOut(FetchError):
    """The answer took too long."""


class TooLarge(FetchError):
    """The answer is too long."""


class HttpStatus(FetchError):
    """An answer with a status other than 200 and 304; `retry_after` in seconds, if it was said."""

    def __init__(self, url: str, status: int, message: str, retry_after: int | None = None) -> None:
        self.status = status
        self.retry_after = retry_after
        super().__init__(url, message)


class Blocked(HttpStatus):
    """The publisher does not want this client, or not now."""


class Gone(HttpStatus):
    """410: what was here has been removed for good."""


class ParseError(FilterfeedError):
    """Bytes that are no feed; `url` says whose."""

    def __init__(self, url: str, message: str) -> None:
        self.url = url
        super().__init__(f"{url}: {message}")


class ModelError(FilterfeedError):
    """A model that cannot be used."""


class StoreError(FilterfeedError):
    """A database that cannot be used."""


class PublishError(FilterfeedError):
    """An output file that cannot be written; `path` says which."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        super().__init__(f"{path}: {message}")


class ServeError(FilterfeedError):
    """An address at which nothing can be served."""


class Busy(FilterfeedError):
    """Another run is at work on the same database."""
