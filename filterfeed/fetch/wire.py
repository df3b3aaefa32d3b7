"""The home of urllib3: one request, one answer; no redirects, no retries, no proxies."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property

from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Url

from filterfeed.fetch.dial import BoundedSocket, Flood, dial, tls_context
from filterfeed.types import FetchConfig

_PORTS = {"http": 80, "https": 443}
_CHUNK = 64 * 1024
# Headers, chunk sizes and TLS come on top of a body that does not compress.
_OVERHEAD = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request brought back; the body is only read when the status is 200."""

    status: int
    headers: HTTPHeaderDict
    body: bytes = b""


def port(url: Url) -> int:
    return url.port or _PORTS[url.scheme or ""]


class Wire:
    """Thread-safe. A connection serves one request: what was checked for it holds to its end."""

    def __init__(self, config: FetchConfig) -> None:
        self._config = config
        self._open: set[BoundedSocket] = set()

    def close(self) -> None:
        """Cuts the transfers that are under way."""
        for connection in tuple(self._open):
            connection.cut()

    def exchange(self, url: Url, headers: Mapping[str, str], deadline: float) -> Answer:
        """Asks for `url`, whose host urllib3 has normalised, until `deadline` (time.monotonic).

        Raises the exceptions of sockets, ssl, http.client and urllib3, Forbidden and Flood.
        """
        with closing(self._dial(url, deadline)) as connection:
            self._open.add(connection)
            try:
                return self._ask(connection, url, headers, deadline)
            finally:
                self._open.discard(connection)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return tls_context()

    def _dial(self, url: Url, deadline: float) -> BoundedSocket:
        host = url.host or ""
        connection = dial(host, port(url), self._config.allow_hosts, deadline)
        if url.scheme == "https":
            try:
                name = host.strip("[]").rstrip(".")
                connection = self._tls.wrap_socket(connection, server_hostname=name)
            except BaseException:
                connection.close()
                raise
        connection.deadline = deadline
        connection.bytes_left = 2 * self._config.max_bytes + _OVERHEAD
        return connection
