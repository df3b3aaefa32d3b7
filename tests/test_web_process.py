"""HTTP: the process, its signals and its polls; and real feed readers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send
from webserver import (
    BODY,
    Starter,
    feed_config,
    make_config,
    polled,
)

from filterfeed import web
from filterfeed.errors import ServeError
from filterfeed.store import Store
from filterfeed.types import Config

# --- the process ---


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("poll", ["idle", "patient"])
def test_signal_ends_it(start: Starter, number: int, poll: str) -> None:
    """SIGTERM and SIGINT end it quickly and silently with status 0, in mid-poll too."""
    server = start(feed_config("wire"), poll=poll)
    assert server.line == f"serving 1 feed at http://127.0.0.1:{server.port}/\n"
    server.wait_for_notes(1)
    status, seconds, errors = server.end(number)
    assert (status, errors) == (0, "")
    assert seconds < 3
    if poll == "patient":
        assert server.wait_for_notes(2) == ["poll", "stopped"]


def test_hanging_poll(start: Starter) -> None:
    """A poll that hangs holds no reader up, nor, with a hanging client, the end for 5 seconds."""
    server = start(feed_config("wire"), poll="stuck")
    server.wait_for_notes(1)
    begin = time.monotonic()
    assert server.ask("/feeds/wire.xml").body == BODY
    assert time.monotonic() - begin < 1
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET /feeds/wire.xml HTTP/1.1\r\nHost: x\r\n")
        status, seconds, errors = server.end()
    assert (status, errors) == (0, "ended in the middle of a poll\n")
    assert seconds < 5


@pytest.mark.parametrize(
    ("poll", "line"),
    [
        ("failing", "poll: wire: a poll that fails"),
        ("broken", "poll: ZeroDivisionError: oops"),
    ],
)
def test_failing_poll_is_tried_again(start: Starter, poll: str, line: str) -> None:
    """A poll that raises is one line in the log and is tried again; the server goes on."""
    server = start(feed_config("wire"), poll=poll)
    assert len(server.wait_for_notes(2)) == 2
    assert server.ask("/feeds/wire.xml").status == 200
    status, _, errors = server.end()
    assert status == 0
    assert set(errors.splitlines()) == {line}


def test_reload(start: Starter) -> None:
    """SIGHUP serves the new configuration and polls at once; a bad one changes nothing."""
    wire, more = feed_config("wire", interval=900), feed_config("more")
    server = start(wire, more)
    server.wait_for_notes(1)
    server.configure(make_config(start.directory, replace(wire, interval=60)))
    server.process.send_signal(signal.SIGHUP)
    assert server.read_line().startswith("reloaded: serving 1 feed at ")
    assert len(server.wait_for_notes(2)) == 2
    assert server.ask("/feeds/wire.xml").headers["Cache-Control"] == "public, max-age=60"
    assert server.ask("/feeds/more.xml").status == 410

    server.configure(None)
    server.process.send_signal(signal.SIGHUP)
    assert server.process.stderr
    assert server.process.stderr.readline() == (
        "configuration not reloaded: filterfeed.toml: line 3: prot: unknown key,"
        " did you mean port?\n"
    )
    assert server.ask("/feeds/wire.xml").status == 200
    assert server.end()[0] == 0


def test_address_in_use(tmp_path: Path) -> None:
    """An address that is taken is one line that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = replace(make_config(tmp_path), port=taken.getsockname()[1])
        with pytest.raises(ServeError, match=rf"^127\.0\.0\.1:{config.port}: cannot listen: Addr"):
            web.serve(config, lambda stop: 1.0)


@pytest.mark.parametrize(
    ("host", "port"), [("203.0.113.9", 0), ("no such host", 0), ("127.0.0.1", 99999)]
)
def test_bad_address(tmp_path: Path, host: str, port: int) -> None:
    """An address that this machine does not have, or that is none, is one line too."""
    config = replace(make_config(tmp_path), host=host, port=port)
    with pytest.raises(ServeError, match=r"cannot listen: [^\n]+$"):
        web.serve(config, lambda stop: 1.0)


# --- readers ---


class Recorder:
    """Serves `config` in a thread, and keeps the status and body bytes of each answer."""

    def __init__(self, config: Config) -> None:
        self.answers: list[tuple[int, int]] = []
        self._app = web.build(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(self, lifespan="off", log_config=None))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = size = 0

        async def record(message: Message) -> None:
            nonlocal status, size
            status = message.get("status", status)
            size += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, record)
        self.answers.append((status, size))

    def __enter__(self) -> Recorder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()


def run_reader(directory: Path, *command: str) -> str:
    """What the reader prints; `directory` is its home."""
    home = {**os.environ, "HOME": str(directory)}
    done = subprocess.run(
        command, cwd=directory, env=home, capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    feed = feed_config("wire")
    config = make_config(tmp_path, feed)
    with Store(config.database) as store:
        store.register([feed])
        polled(store, feed)
    with Recorder(config) as server:
        yield server


@pytest.mark.reader
@pytest.mark.skipif(not shutil.which("newsboat"), reason="needs newsboat")
def test_newsboat_transfers_nothing_again(tmp_path: Path, recorder: Recorder) -> None:
    """newsboat reads the feed, and once it knows the ETag, a reload costs a 304."""
    (tmp_path / "urls").write_text(f"{recorder.url}/feeds/wire.xml\n")
    (tmp_path / "config").touch()
    newsboat = ("newsboat", "-u", "urls", "-c", "cache.db", "-C", "config", "-x")
    run_reader(tmp_path, *newsboat, "reload")
    assert run_reader(tmp_path, *newsboat, "print-unread").split()[0] == "20"
    # newsboat 2.21 forgets the validators of a feed's very first reload.
    run_reader(tmp_path, *newsboat, "reload")
    run_reader(tmp_path, *newsboat, "reload")
    assert recorder.answers[-1] == (304, 0)
    assert run_reader(tmp_path, *newsboat, "print-unread").split()[0] == "20"


@pytest.mark.reader
@pytest.mark.skipif(not shutil.which("sfeed_update"), reason="needs sfeed")
@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_sfeed_transfers_nothing_twice(tmp_path: Path, recorder: Recorder) -> None:
    """sfeed, told to keep ETags, reads the feed, and its second update costs a 304."""
    (tmp_path / "sfeedrc").write_text(
        f"sfeedpath={tmp_path}/feeds\n"
        f"fetch() {{ curl -fs --compressed --etag-save {tmp_path}/$1.etag"
        f' --etag-compare {tmp_path}/$1.etag "$2"; }}\n'
        f'feeds() {{ feed wire "{recorder.url}/feeds/wire.xml"; }}\n'
    )
    for _ in range(2):
        run_reader(tmp_path, "sfeed_update", "sfeedrc")
    assert len((tmp_path / "feeds" / "wire").read_text().splitlines()) == 20
    assert [status for status, _ in recorder.answers] == [200, 304]
    assert recorder.answers[1][1] == 0
