"""The labeller as its users see it, in a pseudo-terminal and in a pipe; export and import."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import pytest
from newsroom import Newsroom
from rich.cells import cell_len
from stores import stored
from terminal import ENVIRON, filterfeed

from filterfeed.segment import segment
from filterfeed.store import Store
from filterfeed.types import CleanItem, FeedConfig, Item, Label, Probabilities, Verdict

PITCH = "Join our club for ten stock picks a month."
NOTICE = "This is not investment advice."
STORY = "Shares of the river bank rose a fifth on Tuesday, the most in a year."
LONG = " ".join(f"Sentence {number} of a very long paragraph." for number in range(90))
WIDE = "株価は火曜日に大きく上昇した。" * 12

LABELS = {PITCH: ("ad", (0.3, 0.4, 0.2, 0.1)), NOTICE: ("legal", (0.2, 0.1, 0.6, 0.1))}
ARTICLE = ("article", (0.9, 0.05, 0.03, 0.02))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a configuration and what two runs of its feeds would have stored."""
    (tmp_path / "filterfeed.toml").write_text(
        '[[feed]]\nname = "wire"\nurl = "https://wire.example/feed"\n'
        '[[feed]]\nname = "blog"\nurl = "https://blog.example/feed"\n'
    )
    with Store(str(tmp_path / "filterfeed.sqlite")) as store:
        store.register([FeedConfig(name, f"https://{name}.example/feed") for name in FEEDS])
        put(store, "wire", "1", STORY, PITCH, NOTICE)
        put(store, "wire", "2", "Another story of another day.", PITCH)
        put(store, "blog", "1", LONG, WIDE, "A bell \x07 and \x1b[31mred\x1b[0m", title="")
    return tmp_path


FEEDS = ("wire", "blog")


def put(store: Store, feed: str, key: str, *texts: str, title: str = "Rates \x1b[1mheld") -> None:
    """An item, judged by a model that knows a pitch and a notice, and is not very sure of it."""
    html = "".join(f"<p>{escape(text)}</p>" for text in texts)
    own = Item(guid=key, link=f"https://{feed}.example/{key}", title=title, content=html)
    verdicts = tuple(_verdict(block) for block in segment(html, own.link))
    clean = CleanItem(own, html, "body", "no page", verdicts)
    store.save_items(feed, [stored(key, item=own, page=None, clean=clean)])


def _verdict(block: Any) -> Verdict:
    label: Label
    chances: Probabilities
    label, chances = LABELS.get(block.text, ARTICLE)  # type: ignore[assignment]
    return Verdict(block, label, chances, "keep" if label == "article" else "drop", "model")


def said(place: Path, *lines: str, feed: str = "wire") -> str:
    """What the labeller prints when it reads `lines`."""
    done = filterfeed("label", "--feed", feed, cwd=place, input="\n".join(lines))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def questions(output: str) -> list[str]:
    """The blocks that were asked about."""
    return re.findall(r"^┃ (.+)$", output, re.MULTILINE)


def labels(place: Path) -> dict[str, str]:
    with Store(str(place / "filterfeed.sqlite")) as store:
        return {own.given.text: own.given.label for own in store.labels.all()}


# In a pipe


def test_a_question_is_asked_in_its_context(place: Path) -> None:
    """The title, the neighbours with their labels, what the model thinks, how far it is."""
    assert said(place).splitlines() == [
        f"0 of 4 labelled{'wire':>65}",
        "Rates [1mheld",
        "",
        f"article   {STORY}",
        "",
        f"┃ {PITCH}",
        "",
        f"legal     {NOTICE}",
        "",
        "The model says ad 0.40, article 0.30, legal 0.20, chrome 0.10",
        "Paragraph, in 2 items, now dropped",
        "",
        "a article  d ad  l legal  c chrome  u undo  s skip  q quit  ",
        "",
        "0 labelled now; 0 of 4 in all",
    ]


def test_answers_are_stored_and_the_next_time_it_goes_on(place: Path) -> None:
    """What the model doubts most comes first; a recurring block once; `q` ends."""
    first = said(place, "d", "legal", "q", "a")
    assert questions(first) == [PITCH, NOTICE, STORY]
    assert first.endswith("2 labelled now; 2 of 4 in all\n")
    assert labels(place) == {PITCH: "ad", NOTICE: "legal"}
    second = said(place, "A", "c")
    assert questions(second) == [STORY, "Another story of another day."]
    assert "\nad ✓      Join our club" in second
    assert "No more blocks to ask about." in second
    assert second.endswith("2 labelled now; 4 of 4 in all\n")
    assert "No more blocks to ask about." in said(place)


def test_undo_and_skip(place: Path) -> None:
    """Undo goes back, and takes the label back; what is skipped is asked again the next time."""
    output = said(place, "u", "d", "s", "u", "u", "c", "l", "a", "a", "u", "d")
    assert questions(output) == [
        *(PITCH, PITCH, NOTICE, STORY, NOTICE, PITCH, NOTICE, STORY),
        *["Another story of another day."] * 2,
    ]
    for told in ("there is nothing to undo in this session", "back to what was skipped"):
        assert told in output
    assert f"undone: ad: {PITCH}" in output
    assert labels(place)[PITCH] == "chrome"
    assert labels(place)["Another story of another day."] == "ad"
    put(Store(str(place / "filterfeed.sqlite")), "wire", "3", "One more")
    assert said(place, "s").endswith("0 labelled now, 1 skipped; 4 of 5 in all\n")
    assert questions(said(place)) == ["One more"]


def test_another_key_changes_nothing(place: Path) -> None:
    """It says which there are."""
    output = said(place, "x", "", "q")
    assert questions(output) == [PITCH] * 3
    assert output.count("the keys are a, d, l, c, u, s and q") == 2
    assert labels(place) == {}


def test_what_a_run_takes_away_is_not_asked(place: Path) -> None:
    """The labeller does not hold up runs: items may be pruned and cleaned again meanwhile."""
    with terminal(place, "label", "--feed", "wire") as own:
        own.until(NOTICE)
        with Store(str(place / "filterfeed.sqlite")) as store:
            store.prune("wire", 0)
        own.press("d")
        assert "No more blocks" in own.until("No more blocks")
        assert "1 labelled now; 1 of 1 in all" in own.press("q").end()
    assert labels(place) == {PITCH: "ad"}


def test_texts_cannot_control_the_terminal(place: Path) -> None:
    """Titles and blocks are what publishers make them; long ones lose their middle."""
    output = said(place, "s", "s", "s", feed="blog")
    assert not re.search(r"[^\n -~ -￿]", output)
    assert "(no title)" in output
    shown = questions(output)
    assert any("Sentence 0 " in own for own in shown) and any("Sentence 89" in own for own in shown)
    assert "…" in shown
    assert max(map(cell_len, output.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--feed", "none"), 2, "has no feed 'none'"),
        (("--feed", "wire", "export"), 2, "--feed is not for `label export`"),
        (("fly",), 2, "No such command 'fly'"),
        (("import",), 2, "Missing argument"),
        (("export", "."), 2, "is a directory"),
    ],
)
def test_wrong_usage(place: Path, arguments: tuple[str, ...], status: int, message: str) -> None:
    """One line says what is wrong."""
    done = filterfeed("label", *arguments, cwd=place, input="")
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr


@pytest.mark.parametrize("verb", [(), ("export",)])
def test_before_the_first_run(place: Path, verb: tuple[str, ...]) -> None:
    """There is nothing to label, and no database is made."""
    database = place / "filterfeed.sqlite"
    database.unlink()
    done = filterfeed("label", *verb, cwd=place, input="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"filterfeed: {database}: is not there yet: first filterfeed run\n"
    assert not database.exists()
    Store(str(database)).close()
    done = filterfeed("label", cwd=place, input="")
    assert done.stderr == f"filterfeed: {database}: no blocks to label: first filterfeed run\n"


# In a terminal


class Terminal:
    """A process in a terminal of its own; `seen` is what it has written."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self._process = process
        self._end = end
        self.seen = ""

    def until(self, text: str) -> str:
        """What is on the screen when `text` has come."""
        deadline = time.monotonic() + 10
        while text not in self.screen():
            assert time.monotonic() < deadline and self._read(), f"no {text!r} in {self.seen!r}"
        time.sleep(0.1)
        while select.select([self._end], [], [], 0)[0] and self._read():
            pass
        return self.screen()

    def screen(self) -> str:
        """What was written since the screen was cleared, without its styles."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.seen.rpartition("\x1b[2J")[2])

    def press(self, keys: str) -> Terminal:
        os.write(self._end, keys.encode())
        return self

    def end(self) -> str:
        """Wait for the process; all that it wrote after the screen was given back."""
        while self._read():
            pass
        self.status = self._process.wait(10)
        return self.seen.rpartition("\x1b[?1049l")[2]

    def _read(self) -> bool:
        try:
            more = os.read(self._end, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.seen += more.decode(errors="replace")
        return bool(more)


@contextmanager
def terminal(
    place: Path, *arguments: str, rows: int = 24, columns: int = 80, **environ: str
) -> Iterator[Terminal]:
    own, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    inherited = {name: it for name, it in ENVIRON.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "filterfeed", *arguments],
        cwd=place,
        env={**inherited, "TERM": "xterm-256color", **environ},
        stdin=other,
        stdout=other,
        stderr=other,
    )
    os.close(other)
    try:
        yield Terminal(process, own)
    finally:
        process.kill()
        process.wait()
        os.close(own)


def test_keys_without_enter(place: Path) -> None:
    """One key a decision, also several at once; afterwards the terminal is as it was."""
    with terminal(place, "label", "--feed", "wire") as own:
        assert "0 of 4 labelled" in own.until(PITCH)
        own.press("d")
        assert "1 of 4 labelled" in own.until("1 of 4")
        assert f"ad: {PITCH}" in own.screen()
        own.press("u")
        assert f"undone: ad: {PITCH}" in own.until("undone")
        assert labels(place) == {}
        own.press("\x1b[H")
        assert "the keys are a, d, l, c, u, s and q" in own.until("the keys are")
        own.press("cL")
        assert STORY[:40] in own.until("2 of 4")
        assert own.press("q").end() == "2 labelled now; 2 of 4 in all\r\n"
        assert own.status == 0
    assert labels(place) == {PITCH: "chrome", NOTICE: "legal"}


@pytest.mark.parametrize(("keys", "status"), [("d\x03", 130), ("d\x04", 0)])
def test_interrupted(place: Path, keys: str, status: int) -> None:
    """Ctrl-C and Ctrl-D: what was answered is stored."""
    with terminal(place, "label", "--feed", "wire") as own:
        own.until(PITCH)
        own.press(keys[0])
        own.until("1 of 4")
        own.press(keys[1]).end()
        assert own.status == status
    assert labels(place) == {PITCH: "ad"}


@pytest.mark.parametrize(("rows", "columns"), [(24, 80), (50, 132), (14, 60)])
def test_a_question_fits_into_the_terminal(place: Path, rows: int, columns: int) -> None:
    """No line is cut by the terminal, none scrolls away, and the keys are there."""
    with terminal(place, "label", "--feed", "blog", rows=rows, columns=columns) as own:
        for said_ in ("0 of 3", "1 of 3", "2 of 3"):
            lines = own.until(f"{said_} labelled").replace("\r", "").split("\n")
            assert len(lines) == rows
            assert max(map(cell_len, lines)) <= columns
            assert any("q quit" in line for line in lines)
            own.press("a")
        own.until("No more")


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}])
def test_colour(place: Path, environ: dict[str, str]) -> None:
    """Labels are coloured, unless NO_COLOR says otherwise."""
    with terminal(place, "label", **environ) as own:
        own.until("q quit")
        assert ("\x1b[31m" in own.seen) == (not environ)
        own.press("q").end()


# export, import


def test_export_and_import(place: Path) -> None:
    """To standard output, to a file, gzipped; into another database, and out again the same."""
    said(place, "d", "l")
    out = filterfeed("label", "export", cwd=place).stdout
    (row,) = map(json.loads, out.splitlines())
    assert row["gold"] == [{"text": PITCH, "label": "ad"}, {"text": NOTICE, "label": "legal"}]
    assert row["publisher"] == "wire.example"
    for name in ("x.jsonl", "x.jsonl.gz"):
        done = filterfeed("label", "export", name, cwd=place)
        assert (done.stdout, done.stderr) == (f"{name}: 1 labelled document\n", "")
    assert (place / "x.jsonl").read_text(encoding="utf-8") == out
    assert gzip.decompress((place / "x.jsonl.gz").read_bytes()).decode() == out

    (place / "filterfeed.sqlite").unlink()
    done = filterfeed("label", "import", "x.jsonl", "x.jsonl.gz", cwd=place)
    assert done.stdout.splitlines() == [
        "x.jsonl: 1 document with 2 labels, 2 of them new",
        "x.jsonl.gz: 1 document with 2 labels, 0 of them new",
    ]
    assert filterfeed("label", "export", "-", cwd=place).stdout == out
    assert filterfeed("-q", "label", "import", "-", cwd=place, input=out).stdout == ""


def test_an_import_names_bad_lines(place: Path) -> None:
    """And takes the others; exit status 1."""
    said(place, "d")
    filterfeed("label", "export", "x.jsonl", cwd=place)
    good = (place / "x.jsonl").read_text(encoding="utf-8")
    (place / "x.jsonl").write_text(f"{{}}\n{good}", encoding="utf-8")
    done = filterfeed("label", "import", "none", "x.jsonl", cwd=place)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "filterfeed: none: cannot be read: No such file or directory",
        "filterfeed: x.jsonl: line 1: `uid` is missing",
    ]
    assert done.stdout.endswith("x.jsonl: 1 document with 1 label, 0 of them new\n")


def test_an_export_that_cannot_be_written(place: Path) -> None:
    """One line, exit status 1."""
    (place / "file").touch()
    done = filterfeed("label", "export", "file/x.jsonl", cwd=place)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "filterfeed: file/x.jsonl: cannot be written: Not a directory\n"


def test_what_a_run_stored_is_labelled(polled: Newsroom) -> None:
    """The whole way: a run, an answer, a labelled document with the feed's own text."""
    place = polled.directory
    asked = said(place, *["s"] * 20)
    assert "Buy our newsletter, no article at all." in questions(asked)
    said(place, *["a"] * 20)
    rows = [json.loads(row) for row in filterfeed("label", "export", cwd=place).stdout.splitlines()]
    assert len(rows) == 2
    assert {row["as"] for row in rows} == {"body"}
    assert all(own["text"] in row["html"] for row in rows for own in row["gold"])
