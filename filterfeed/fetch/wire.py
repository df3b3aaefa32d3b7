"""One request, one answer over HTTP: no redirects, no retries, no proxies."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Url

from filterfeed.fetch.dial import BoundedSocket, Flood, dial, seconds_until, tls_context
from filterfeed.fetch.turns import Stopped
from filterfeed.types import FetchConfig

_CONNECTIONS = {"http": HTTPConnection, "https": HTTPSConnection}
_CHUNK = 64 * 1024
# Headers and chunk sizes come on top of a body that does not compress.
_OVERHEAD = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request brought back; the body is only read when the status is 200."""

    status: int
    headers: HTTPHeaderDict
    body: bytes = b""


def _host(url: Url) -> str:
    """An IPv6 address without its brackets."""
    return (url.host or "").strip("[]")


class Wire:
    """Thread-safe. A connection serves one request: what was checked for it holds to its end."""

    def __init__(self, config: FetchConfig) -> None:
        self._config = config
        self._open: set[BoundedSocket] = set()
        self._closed = False

    def close(self) -> None:
        """Cuts the transfers that are under way."""
        self._closed = True
        for connection in tuple(self._open):
            connection.cut()

    def exchange(self, url: Url, headers: Mapping[str, str], deadline: float) -> Answer:
        """Asks for `url` (as `parse_url` gives it) until `deadline` (of time.monotonic).

        Raises what sockets, ssl, http.client and urllib3 raise, Forbidden, Flood and Stopped.
        """
        with closing(self._dial(url, deadline)) as connection:
            self._open.add(connection)
            try:
                return self._ask(connection, url, headers)
            finally:
                self._open.discard(connection)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return tls_context()

    def _dial(self, url: Url, deadline: float) -> BoundedSocket:
        host = _host(url)
        port = url.port or _CONNECTIONS[url.scheme or ""].default_port
        connection = dial(host, port, self._config.allow_hosts, deadline)
        if url.scheme == "https":
            connection = self._wrap(connection, host.rstrip("."))
        connection.deadline = deadline
        connection.bytes_left = self._config.max_bytes + _OVERHEAD
        return connection

    def _wrap(self, connection: BoundedSocket, name: str) -> BoundedSocket:
        try:
            return cast(BoundedSocket, self._tls.wrap_socket(connection, server_hostname=name))
        except BaseException:
            connection.close()
            raise

    def _ask(self, connection: BoundedSocket, url: Url, headers: Mapping[str, str]) -> Answer:
        if self._closed:
            raise Stopped
        left = seconds_until(connection.deadline)
        http = _CONNECTIONS[url.scheme or ""](_host(url), url.port, timeout=left)
        http.sock = connection
        http.auto_open = 0  # a connection that it made itself would be an unchecked one
        http.request("GET", url.request_uri, headers=headers, preload_content=False)
        with closing(http.getresponse()) as response:
            body = self._body(response) if response.status == 200 else b""
            return Answer(response.status, response.headers, body)

    def _body(self, response: HTTPResponse) -> bytes:
        body = bytearray()
        for chunk in response.stream(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > self._config.max_bytes:
                raise Flood
        return bytes(body)
