"""Real servers on the loopback interface for tests of what asks the network."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET6, create_server, socket
from time import monotonic

# Of localhost, valid from 2020 to 2120; known to the whole world, hence good for tests only.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBYDCCAQegAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJTBicqfebWKWijN
20yIjEp6eWP8PNFZEeqw34LsPronDxIQ+K8bfYPexvmAF9+xesF9GIW7ka94u8fY
NTsAZlyjSDBGMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAPBgNVHRMBAf8EBTADAQH/
MB0GA1UdDgQWBBS/4vTouPOhw7V9n2DNi0jFkClP/DAKBggqhkjOPQQDAgNHADBE
AiAWP9M0HzVRXP45uXBOQ0xPmE3upT0VIG64htxTXB2nqgIgcuFnALd12sa/xzaP
osfnveYrxi2HJpcrTnrFJXwIvPg=
-----END CERTIFICATE-----
"""
_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+8D89xiK+lNdRGC8
+VPDYsFUXlYo0ZvNrUE/jgvN0vehRANCAASUwYnKn3m1iloozdtMiIxKenlj/DzR
WRHqsN+C7D66Jw8SEPivG32D3sb5gBffsXrBfRiFu5GveLvH2DU7AGZc
-----END PRIVATE KEY-----
"""


def _has_ipv6() -> bool:
    try:
        create_server(("::1", 0), family=AF_INET6).close()
    except OSError:
        return False
    return True


HAS_IPV6 = _has_ipv6()


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    at: float
    """Of time.monotonic."""


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


Answer = Reply | Callable[[Request], Reply]


@dataclass
class Site:
    """An HTTP server: `pages` are its answers by path, `requests` what it was asked for."""

    port: int
    scheme: str = "http"
    pages: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def reply(self, request: Request) -> Reply:
        self.requests.append(request)
        page = self.pages.get(request.path, Reply(404))
        return page if isinstance(page, Reply) else page(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.site.reply(Request(self.path, headers, monotonic()))
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server6(ThreadingHTTPServer):
    address_family = AF_INET6


@contextmanager
def serving(tls_in: Path | None = None, address: str = "127.0.0.1") -> Iterator[Site]:
    """A Site; over TLS with the certificate of localhost when there is a directory for its key."""
    server = (_Server6 if ":" in address else ThreadingHTTPServer)((address, 0), _Handler)
    site = Site(server.server_port, "https" if tls_in else "http")
    server.RequestHandlerClass = type("Handler", (_Handler,), {"site": site})
    if tls_in:
        server.socket = _tls(tls_in).wrap_socket(server.socket, server_side=True)
    with _thread(lambda: server.serve_forever(0.02)):
        try:
            yield site
        finally:
            server.shutdown()
            server.server_close()


def _tls(directory: Path) -> ssl.SSLContext:
    pem = directory / "localhost.pem"
    pem.write_text(CERTIFICATE + _KEY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@contextmanager
def speaking(script: Callable[[socket], object]) -> Iterator[str]:
    """The URL of a server that reads a request, does what `script` says, and hangs up."""
    listener = create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=speak, args=(connection,), daemon=True).start()

    def speak(connection: socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            script(connection)

    with _thread(serve):
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            listener.shutdown(2)
            listener.close()


@contextmanager
def _thread(work: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    thread.join(5)
