"""The command line as its users see it: real processes, what they print, and how they end."""

from __future__ import annotations

import json
import os
import pty
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import feedparser
import pytest
from loopback import Reply, Request, serving
from newsroom import Newsroom, conditional, item, page, rss, story, title
from terminal import filterfeed, started

from filterfeed import config
from filterfeed.cli import main
from filterfeed.types import Policy

VERBS = ("init", "run", "serve", "list", "show", "explain", "clean", "config")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with serving() as site:
        yield Newsroom(site, tmp_path)


@pytest.fixture
def polled(room: Newsroom) -> Newsroom:
    """A newsroom whose feed was polled a moment ago, and has had something removed."""
    text = story(1) + "<p>Buy our newsletter, no article at all.</p>"
    policy = Policy(drop_patterns=("Buy our newsletter",))
    room.follow("wire", rss(item(1, text=text), item(2, text=story(2))), policy=policy)
    room.write_config('drop_patterns = ["Buy our newsletter"]\n')
    room.run_by_the_clock()
    return room


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
        "output",
    ]
    row = dict(zip(head, lines[2].split(), strict=True))
    assert (row["feed"], row["items"], row["cleaned"]) == ("wire", "1", "1")
    assert (row["state"], row["output"]) == ("updated", "clean/wire.xml")
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


# list, show


def test_list(polled: Newsroom) -> None:
    """Every configured feed with its state, also before the first run, for people and programs."""
    done = filterfeed("list", cwd=polled.directory)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[2].split()[:2] == ["wire", "ok"]
    (feed,) = json.loads(filterfeed("list", "--json", cwd=polled.directory).stdout)
    assert (feed["name"], feed["state"], feed["error"]) == ("wire", "ok", "")
    assert Path(feed["output"]).exists()
    Path(polled.config.database).unlink()
    (feed,) = json.loads(filterfeed("list", "--json", cwd=polled.directory).stdout)
    assert (feed["state"], feed["next_poll"]) == ("new", None)
    assert not Path(polled.config.database).exists()


def test_show(polled: Newsroom) -> None:
    """The feed's items with what was removed from each, and why; as JSON in full."""
    done = filterfeed("show", "wire", "--items", "1", cwd=polled.directory)
    assert (done.returncode, done.stderr) == (0, "")
    assert title(1) in done.stdout
    assert title(2) not in done.stdout
    assert "Buy our newsletter, no article at all." in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    shown = json.loads(filterfeed("show", "wire", "--json", cwd=polled.directory).stdout)
    assert [own["guid"] for own in shown["items"]] == ["story-1", "story-2"]
    (removed,) = shown["items"][0]["removed"]
    assert removed["text"] == "Buy our newsletter, no article at all."
    assert removed["action"] == "drop"
    assert set(removed) == {"label", "probability", "action", "reason", "text"}


# explain


def test_explain_for_programs(tmp_path: Path) -> None:
    """One JSON object a block, with the same keys always; what cannot be read is named."""
    (tmp_path / "page.html").write_bytes(page(1))
    done = filterfeed(
        *("explain", "--format", "jsonl", "missing.html", "page.html", "-"),
        cwd=tmp_path,
        input=story(1),
    )
    assert done.returncode == 1
    assert done.stderr == "filterfeed: missing.html: cannot be read: No such file or directory\n"
    blocks = [json.loads(line) for line in done.stdout.splitlines()]
    keys = ["source", "index", "tag", "text", "label", "probabilities", "dropped", "reason"]
    assert all(list(block) == keys for block in blocks)
    assert [block["source"] for block in blocks if block["index"] == 0] == ["page.html", "-"]
    chances = blocks[0]["probabilities"]
    assert list(chances) == ["article", "ad", "legal", "chrome"]
    assert sum(chances.values()) == pytest.approx(1, abs=1e-5)
    assert list(tmp_path.iterdir()) == [tmp_path / "page.html"]


def test_explain_for_people(room: Newsroom) -> None:
    """A table of a page on the web, decided by the policy of a feed."""
    room.follow("wire", rss())
    room.write_config('drop_patterns = ["Operating profit"]\n')
    room.publish("/story", page(1))
    arguments = ("explain", "--feed", "wire", room.site.url("/story"))
    done = filterfeed(*arguments, cwd=room.directory)
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    (row,) = [line for line in done.stdout.splitlines() if "Operating profit of" in line]
    assert " drop " in row


# clean


def test_clean_is_a_filter(tmp_path: Path) -> None:
    """A feed in, the cleaned feed out."""
    done = filterfeed("clean", cwd=tmp_path, input=rss(item(1, text=story(1))).decode())
    assert (done.returncode, done.stderr) == (0, "")
    (entry,) = feedparser.parse(done.stdout.encode()).entries
    assert entry.id == "story-1"
    assert "Chief executive Ingrid Aas" in entry.content[0].value


@pytest.mark.parametrize("text", ["", "no feed at all", "<html><body>Log in</body></html>"])
def test_clean_never_loses_a_feed(tmp_path: Path, text: str) -> None:
    """What cannot be cleaned comes out as it went in; one line and exit status 1 tell."""
    done = filterfeed("clean", cwd=tmp_path, input=text)
    assert (done.returncode, done.stdout) == (1, text)
    assert done.stderr.count("\n") == 1


# serve


def test_serve(room: Newsroom) -> None:
    """It polls by itself, answers readers, and ends cleanly on SIGTERM."""
    room.follow("wire", conditional(rss(item(1, text=story(1)))))
    room.write_config("\n[filterfeed]\nport = 0\n")
    process = started("serve", cwd=room.directory)
    assert process.stdout
    address = process.stdout.readline().split()[-1]
    try:
        body = b""
        while b"story-1" not in body and process.poll() is None:
            time.sleep(0.1)
            body = get(f"{address}feeds/wire.xml")
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (0, "")


def get(url: str) -> bytes:
    try:
        with urlopen(url, timeout=5) as answer:
            body: bytes = answer.read()
            return body
    except OSError:
        return b""
