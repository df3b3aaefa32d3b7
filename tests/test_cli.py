"""The command line as its users see it: real processes, what they print, and how they end."""

from __future__ import annotations

import os
import pty
import signal
import threading
import time
from pathlib import Path

import feedparser
import pytest
from loopback import Reply, Request
from newsroom import Newsroom, item, page, rss, story
from terminal import filterfeed, started

from filterfeed import config
from filterfeed.cli import main

VERBS = (
    "init",
    "run",
    "reprocess",
    "serve",
    "list",
    "show",
    "explain",
    "clean",
    "label",
    "train",
    "evaluate",
    "model",
    "config",
)


# All verbs


def test_help_names_every_verb(tmp_path: Path) -> None:
    """Nobody has to know a verb beforehand."""
    done = filterfeed("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert all(f"  {verb} " in done.stdout for verb in VERBS)


def test_version(tmp_path: Path) -> None:
    """One line, for bug reports."""
    assert filterfeed("--version", cwd=tmp_path).stdout == "filterfeed 0.1.0\n"


@pytest.mark.parametrize("arguments", [("fly",), ("run", "--fast"), ("show",), ("show", "blog")])
def test_wrong_usage(room: Newsroom, arguments: tuple[str, ...]) -> None:
    """A verb, option or feed that does not exist is exit status 2."""
    room.follow("wire", rss())
    room.write_config()
    done = filterfeed(*arguments, cwd=room.directory)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr


def test_all_mistakes_of_a_configuration(tmp_path: Path) -> None:
    """Each has a line of its own with file and line; exit status 2."""
    path = tmp_path / "filterfeed.toml"
    path.write_text('[[feed]]\nname = "A B"\nurl = "x.xml"\nsauce = "body"\nthreshold = 2\n')
    done = filterfeed("run", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("filterfeed: filterfeed.toml: line ") for line in lines)


def test_a_configuration_that_is_missing(tmp_path: Path) -> None:
    """The file that was looked for is named."""
    done = filterfeed("-c", "mine.toml", "list", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "mine.toml" in done.stderr


@pytest.mark.parametrize("arguments", [("-c", "my.toml", "list"), ("list", "-c", "my.toml")])
def test_the_configuration_may_be_named_before_or_after_the_verb(
    room: Newsroom, arguments: tuple[str, ...]
) -> None:
    """Both orders are what people type."""
    room.follow("wire", rss())
    room.write_config().rename(room.directory / "my.toml")
    done = filterfeed(*arguments, cwd=room.directory)
    assert (done.returncode, done.stderr) == (0, "")
    assert "wire" in done.stdout


def test_a_broken_database_is_one_line(polled: Newsroom) -> None:
    """Errors name the file and do not show where in the program they come from."""
    Path(polled.config.database).write_bytes(b"no database at all, " * 100)
    done = filterfeed("run", cwd=polled.directory)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "filterfeed.sqlite" in done.stderr


@pytest.mark.parametrize("verbose", [False, True])
def test_unexpected_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verbose: bool
) -> None:
    """A mistake of ours is one line; with -v the traceback."""

    def load(*arguments: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(config, "load", load)
    monkeypatch.setattr("sys.argv", ["filterfeed", "list", *["-v"] * verbose])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr().err
    assert end.value.code == 1
    assert ("Traceback" in said) is verbose
    assert verbose or said == (
        "filterfeed: unexpected ZeroDivisionError: division by zero (-v shows where)\n"
    )


def test_a_reader_that_has_enough_is_no_error(polled: Newsroom) -> None:
    """`filterfeed show wire | head -1` ends quietly."""
    process = started("show", "wire", "--json", cwd=polled.directory)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.stderr.read() == ""
    process.wait(10)


# init, config


def test_init_writes_a_configuration_that_is_good(tmp_path: Path) -> None:
    """What a newcomer starts from can be run as it is, and is never overwritten."""
    done = filterfeed("init", "news", cwd=tmp_path)
    path = tmp_path / "news" / "filterfeed.toml"
    assert (done.returncode, done.stderr, str(path.relative_to(tmp_path)) in done.stdout) == (
        0,
        "",
        True,
    )
    assert filterfeed("-c", str(path), "config", cwd=tmp_path).returncode == 0
    path.write_text("# mine")
    again = filterfeed("init", "news", cwd=tmp_path)
    assert (again.returncode, again.stdout, again.stderr.count("\n")) == (1, "", 1)
    assert path.read_text() == "# mine"


def test_config_prints_what_is_in_force_and_no_secret(room: Newsroom) -> None:
    """The printed configuration is one itself, and says the same again."""
    room.follow("wire", rss())
    more = """headers = { Cookie = "session=secret" }\nkeep_patterns = ['\\d"x']\n"""
    room.write_config(more)
    first = filterfeed("config", cwd=room.directory)
    assert (first.returncode, first.stderr) == (0, "")
    assert "secret" not in first.stdout
    (room.directory / "filterfeed.toml").write_text(first.stdout)
    assert filterfeed("config", cwd=room.directory).stdout == first.stdout


# run


def test_run_says_what_it_did(room: Newsroom) -> None:
    """A table that fits 80 columns, then nothing when nothing happened."""
    for number, name in enumerate(("wire", "analysis-and-ideas", "blog")):
        room.follow(name, rss(item(number, text=story(number))))
    room.write_config()
    first = filterfeed("run", cwd=room.directory)
    assert (first.returncode, first.stderr) == (0, "")
    lines = first.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    head = lines[0].split()
    assert head == [
        "feed",
        "items",
        "cleaned",
        "blocks",
        "ad",
        "legal",
        "chrome",
        "state",
    ]
    row = dict(zip(head, lines[2].split(), strict=True))
    assert (row["feed"], row["items"], row["cleaned"]) == ("wire", "1", "1")
    assert row["state"] == "updated"
    assert lines[-1] == "clean feeds: clean/*.xml"
    assert feedparser.parse(room.output("wire")).entries[0].id == "story-0"
    second = filterfeed("run", "--force", cwd=room.directory)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


def test_run_names_each_failed_feed_once(room: Newsroom) -> None:
    """On standard error, with exit status 1; the others are done, and -q says no more than that."""
    room.follow("wire", rss(item(1, text=story(1))))
    room.follow("broken", lambda request: Reply(500))
    room.follow("page", lambda request: Reply(200, body=page(1)))
    room.write_config()
    done = filterfeed("run", "-q", cwd=room.directory)
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert [line.split(":")[:2] for line in lines] == [
        ["filterfeed", " broken"],
        ["filterfeed", " page"],
    ]
    assert room.output("wire")


def test_two_runs_at_once(room: Newsroom) -> None:
    """The second one leaves at once, with a line and exit status 3."""
    asked, go = threading.Event(), threading.Event()

    def answer(request: Request) -> Reply:
        asked.set()
        go.wait(10)
        return Reply(200, body=rss(item(1, text=story(1))))

    room.follow("wire", answer)
    room.write_config()
    first = started("run", cwd=room.directory)
    assert asked.wait(10)
    second = filterfeed("run", cwd=room.directory)
    assert (second.returncode, second.stdout, second.stderr.count("\n")) == (3, "", 1)
    assert "another run is at work" in second.stderr
    go.set()
    assert first.communicate(timeout=30)[1] == ""
    assert first.returncode == 0
    assert room.output("wire")


def test_a_killed_run_loses_nothing(room: Newsroom) -> None:
    """kill -9 while pages are fetched: the next run does it all, with the same identities."""
    asked = threading.Event()

    def hang(request: Request) -> Reply:
        asked.set()
        time.sleep(2)
        return Reply(404)

    room.follow("wire", rss(item(1, room.site.url("/story/1"))))
    room.publish("/story/1", hang)
    room.write_config()
    process = started("run", cwd=room.directory)
    assert asked.wait(30)
    process.kill()
    process.communicate()
    room.publish("/story/1", page(1))
    done = filterfeed("run", cwd=room.directory)
    assert (done.returncode, done.stderr) == (0, "")
    (entry,) = feedparser.parse(room.output("wire")).entries
    assert entry.id == "story-1"
    assert "raised their estimates" in entry.content[0].value


def test_an_interrupted_run_ends_quietly(room: Newsroom) -> None:
    """Ctrl-C is exit status 130, at once, without a traceback."""
    asked = threading.Event()

    def hang(request: Request) -> Reply:
        asked.set()
        time.sleep(4)
        return Reply(200)

    room.follow("wire", hang)
    room.write_config()
    process = started("run", cwd=room.directory)
    assert asked.wait(10)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    said = process.communicate(timeout=10)
    assert (process.returncode, said) == (130, ("", ""))
    assert time.monotonic() - start < 2


def test_a_terminal_sees_how_far_a_run_is(room: Newsroom) -> None:
    """The bar is on standard error, and only on a terminal."""
    room.follow("wire", rss(item(1, text=story(1))))
    room.write_config()
    ours, theirs = pty.openpty()
    process = started("run", cwd=room.directory, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait(10) == 0
    assert b"%" in shown
