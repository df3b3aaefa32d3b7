"""Connections: to addresses that were checked, until a deadline, for so many bytes and no more."""

from __future__ import annotations

import math
import socket
import ssl
import sys
import threading
import time
from collections.abc import Collection
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from filterfeed.fetch.turns import Stopped
from filterfeed.guard import allowed, kind

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Address = tuple[socket.AddressFamily, tuple[str | int, ...]]
"""What `socket.socket` and its `connect` want to know."""


class Forbidden(Exception):
    """All addresses of a host are such as may not be asked; the text says why."""


class Flood(Exception):
    """More bytes came than any honest answer needs."""


class BoundedSocket(socket.socket):
    """Bounds all that is read from it, be it status, headers, chunk sizes or body.

    A time-out alone bounds one read: a server that sends a byte now and then is never late.
    """

    deadline = math.inf
    bytes_left = sys.maxsize
    _cut = False

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        self.settimeout(seconds_until(self.deadline))
        count = super().recv_into(buffer, nbytes or len(memoryview(buffer)), flags)
        if self._cut:
            raise Stopped
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise Flood
        return count

    def cut(self) -> None:
        """Ends a read that is under way in another thread."""
        self._cut = True
        with suppress(OSError):
            socket.socket.shutdown(self, socket.SHUT_RDWR)


class BoundedTLSSocket(BoundedSocket, ssl.SSLSocket):
    pass


def tls_context() -> ssl.SSLContext:
    """Verifies certificates and host names; its sockets are bounded."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = BoundedTLSSocket
    return context


def seconds_until(deadline: float) -> float:
    """More than 0; TimeoutError when `deadline` has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(left, threading.TIMEOUT_MAX)


def dial(host: str, port: int, allow_hosts: Collection[str], deadline: float) -> BoundedSocket:
    """A connection to an address of `host` that may be asked. Raises Forbidden, OSError."""
    found = _resolve(host, port, deadline)
    if not allowed(host, port, allow_hosts):
        found = _public(found)
    while True:
        address, *others = found
        # An address that is silent leaves time for those after it.
        wait = seconds_until(deadline) / len(found)
        try:
            return _connect(address, wait, deadline)
        except OSError:
            if not others:
                raise
            found = others


def _resolve(host: str, port: int, deadline: float) -> list[Address]:
    """The addresses of `host`. In a thread, for the resolver knows no deadline."""
    answer: Future[list[Address]] = Future()

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.set_result([cast(Address, (row[0], row[4])) for row in rows])
        except Exception as error:
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    return answer.result(seconds_until(deadline))


def _public(addresses: list[Address]) -> list[Address]:
    kinds = {str(address[0]): kind(str(address[0])) for _, address in addresses}
    public = [each for each in addresses if not kinds[str(each[1][0])]]
    if addresses and not public:
        address, what = next(iter(kinds.items()))
        raise Forbidden(f"address {address} is {what}; allow it with allow_hosts")
    return public


def _connect(address: Address, wait: float, deadline: float) -> BoundedSocket:
    family, place = address
    connection = BoundedSocket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(wait)
        connection.connect(place)
        connection.settimeout(seconds_until(deadline))
    except BaseException:
        connection.close()
        raise
    return connection
