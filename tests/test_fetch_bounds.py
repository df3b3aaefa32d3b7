"""fetch: servers that are broken, slow, endless or malicious, and what they may cost."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import brotli
import pytest
from backports import zstd
from loopback import Reply, serving, speaking

from filterfeed.errors import FetchError, TimedOut, TooLarge, Unreachable
from filterfeed.fetch import Fetcher
from filterfeed.types import FetchConfig

MIB = 2**20
CONFIG = FetchConfig(timeout=5, delay=0, allow_hosts=("127.0.0.1", "localhost"), max_bytes=MIB)
HASTY = replace(CONFIG, timeout=0.3)
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def get(url: str, config: FetchConfig = CONFIG) -> bytes:
    with Fetcher(config) as fetcher:
        return fetcher.get(url).body


def saying(*parts: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)

    return script


def dripping(start: bytes, drop: bytes = b"x") -> Callable[[socket.socket], None]:
    """Says `start`, then a little every now and then, for ever."""

    def script(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(drop)
            time.sleep(0.05)

    return script


def flooding(start: bytes, part: bytes) -> Callable[[socket.socket], None]:
    """Says `start`, then `part` as often as anyone listens."""

    def script(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(part)

    return script


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


# Time


@pytest.mark.parametrize(
    "script",
    [
        dripping(OK + b"Content-Length: 100000\r\n\r\n"),
        dripping(OK + b"\r\n"),
        dripping(OK, b"X-A: b\r\n"),
        dripping(b""),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        dripping(CHUNKED, b"1\r\nx\r\n"),
        dripping(CHUNKED + b"1;"),
        dripping(OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
        dripping(CHUNKED + b"0\r\n", b"A: b\r\n"),
        lambda connection: time.sleep(4),
    ],
)
def test_drip(script: Callable[[socket.socket], None]) -> None:
    """A server that never stops talking slowly, in whatever part, exceeds no time-out by much."""
    with speaking(script) as url, within(2), pytest.raises(TimedOut) as caught:
        get(url, HASTY)
    assert str(caught.value) == f"{url}: timed out after 0.3 s"


def test_silent_handshake() -> None:
    """A server that never finishes its TLS handshake is in time too."""
    with speaking(lambda connection: time.sleep(4)) as url, within(2), pytest.raises(TimedOut):
        get(url.replace("http", "https"), HASTY)


def test_silent_host() -> None:
    """A host that takes no more connections is in time too."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:  # until the queue of the kernel is full
            each.setblocking(False)
            each.connect_ex(address)
        with within(2), pytest.raises(TimedOut):
            get(f"http://127.0.0.1:{address[1]}/", HASTY)
        for each in waiting:
            each.close()


def test_silent_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer is in time too."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(4))
    with within(2), pytest.raises(TimedOut):
        get("http://slow.example/", HASTY)


def test_slow_redirects() -> None:
    """The time-out is one for all redirects together."""
    with serving() as site:

        def slow(to: str) -> Callable[[object], Reply]:
            def page(request: object) -> Reply:
                time.sleep(0.1)
                return Reply(302, [("Location", to)])

            return page

        site.pages |= {f"/{n}": slow(f"/{n + 1}") for n in range(9)}
        with within(2), pytest.raises(TimedOut):
            get(site.url("/0"), HASTY)


def test_second_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the first address of a host refuses, the next one is asked."""
    with serving() as site:
        site.pages["/"] = Reply(body=b"<rss/>")
        here = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", site.port))
        nobody = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.2", 1))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [nobody, here])
        assert get(site.url("/", "localhost")) == b"<rss/>"


def test_checked_address_is_the_one_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is resolved once: a name server cannot answer the check and the connection apart."""
    asked: list[str] = []

    def resolve(host: str, port: int, **options: object) -> list[tuple[object, ...]]:
        asked.append(host)
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(FetchError, match=r"address 192\.0\.2\.1 is private"):
        get("http://rebinding.example/", HASTY)
    assert asked == ["rebinding.example"]


# Size


@pytest.mark.parametrize("size", [MIB, MIB + 1])
def test_size(size: int) -> None:
    """A body of `max_bytes` is fine, one more byte is not."""
    with serving() as site:
        site.pages["/"] = Reply(body=b"x" * size)
        if size == MIB:
            assert len(get(site.url())) == MIB
        else:
            with pytest.raises(TooLarge, match="more than 1 MiB"):
                get(site.url())


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip.compress(bytes(200 * MIB), 1)),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(200 * MIB), 1))),
        ("br", brotli.compress(bytes(200 * MIB), quality=1)),
        ("zstd", zstd.compress(bytes(200 * MIB))),
    ],
    ids=["gzip", "twice", "br", "zstd"],
)
def test_bomb(encoding: str, bomb: bytes) -> None:
    """A small body that unpacks to a huge one costs little memory."""
    with serving() as site:
        site.pages["/"] = Reply(200, [("Content-Encoding", encoding)], bomb)
        tracemalloc.start()
        try:
            with within(2), pytest.raises(TooLarge):
                get(site.url())
            assert tracemalloc.get_traced_memory()[1] < 8 * MIB
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize(
    "script",
    [
        flooding(OK + b"\r\n", b"x" * 65536),
        flooding(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        flooding(CHUNKED + b"-1\r\n", b"x" * 65536),
        flooding(CHUNKED + b"7fffffff\r\n", b"x" * 65536),
        flooding(CHUNKED, b"1;" + b"x" * 60000 + b"\r\nx\r\n"),
        flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        flooding(OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"") * 1000),
    ],
    ids=["plain", "chunks", "negative chunk", "huge chunk", "extensions", "continue", "nothing"],
)
def test_flood(script: Callable[[socket.socket], None]) -> None:
    """An endless answer ends at the limit, whatever it is made of, and whatever it unpacks to."""
    with speaking(script) as url:
        tracemalloc.start()
        try:
            with within(2), pytest.raises(TooLarge, match="more than 64 KiB"):
                get(url, replace(CONFIG, max_bytes=65536))
            assert tracemalloc.get_traced_memory()[1] < 8 * MIB
        finally:
            tracemalloc.stop()


# Broken answers


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "closed without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not an HTTP answer"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "not an HTTP answer"),
        (OK + b"X: " + b"x" * 70000 + b"\r\n\r\n", "not an HTTP answer"),
        (OK + b"X: y\r\n" * 200 + b"\r\n", "not an HTTP answer"),
        (OK + b"Content-Length: 50\r\n\r\n<rss>", "incomplete"),
        (OK + b"Content-Length: 5, 6\r\n\r\n<rss>", "incomplete"),
        (CHUNKED + b"5\r\n<rss>\r\n", "incomplete"),
        (CHUNKED + b"50\r\n<rss>", "incomplete"),
        (CHUNKED + b"zz\r\n<rss>\r\n0\r\n\r\n", "incomplete"),
        (OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n<rss>", "compressed body"),
        (OK + b"Content-Encoding: br\r\nContent-Length: 5\r\n\r\n<rss>", "compressed body"),
        (OK + b"Content-Encoding: zstd\r\nContent-Length: 5\r\n\r\n<rss>", "compressed body"),
        (OK + b"Content-Encoding: " + b"gzip, " * 9 + b"gzip\r\n\r\n", "compressed body"),
    ],
)
def test_broken(answer: bytes, why: str) -> None:
    """A broken answer is an error of the tree in one line, never a short document."""
    with speaking(saying(answer)) as url, pytest.raises(Unreachable, match=why) as caught:
        get(url)
    assert str(caught.value).startswith(f"{url}: ")
    assert "\n" not in str(caught.value)


def test_connection_refused() -> None:
    """Where nobody listens, the connection is refused."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable, match="the connection was refused"):
        get(f"http://127.0.0.1:{port}/")


def test_body_until_the_end() -> None:
    """A body without a length ends where the connection does."""
    with speaking(saying(OK + b"\r\n", b"<rss/>")) as url:
        assert get(url) == b"<rss/>"


def test_chunked() -> None:
    """A chunked body is put together, and unpacked."""
    packed = gzip.compress(b"<rss/>")
    parts = b"".join(b"1\r\n" + packed[n : n + 1] + b"\r\n" for n in range(len(packed)))
    head = OK + b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    with speaking(saying(head, parts, b"0\r\n\r\n")) as url:
        assert get(url) == b"<rss/>"
