"""Whole runs over all the real feeds of ../shared, in processes as a user starts them."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import serving
from realfeeds import Press, facts
from terminal import filterfeed, started

from filterfeed import model

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def press(shared: Path) -> Iterator[Press]:
    with serving() as site:
        yield Press.at(site, shared)


@pytest.fixture(scope="module")
def home(press: Press, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a first run over all the feeds has been made."""
    home = tmp_path_factory.mktemp("home")
    (home / "filterfeed.toml").write_text(press.configuration("[filterfeed]\nworkers = 2\n"))
    done = filterfeed("run", cwd=home)
    assert (done.returncode, done.stderr) == (0, "")
    return home


def stamps(home: Path) -> dict[str, tuple[int, int]]:
    """Tell whether an output file was written anew."""
    files = ((path.name, path.stat()) for path in home.glob("clean/*.xml"))
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in files}


def changed(press: Press, home: Path) -> dict[str, list[str]]:
    """What in the outputs is not as the publisher has it, by feed."""
    found = {}
    for file in home.glob("clean/*.xml"):
        cleaned = facts(file.read_bytes(), press.url(file.stem))
        pairs = zip(press.facts[file.stem], cleaned, strict=True)
        if different := [f"{a}\n{b}" for a, b in pairs if a != b]:
            found[file.stem] = different
    return found


def test_every_feed_comes_out_as_it_is(press: Press, home: Path) -> None:
    """All items in their order, with ids, links, titles, dates, authors, categories, enclosures."""
    assert len(press.served) == len(stamps(home)) == 80
    assert changed(press, home) == {}


def test_a_second_run_writes_nothing(press: Press, home: Path) -> None:
    """Every publisher answers 304; no page is asked for, no file touched, nothing said."""
    before = stamps(home)
    press.asked()
    done = filterfeed("run", "--force", cwd=home)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(press.asked()) == sorted(f"/{name}/feed.xml" for name in press.served)
    assert stamps(home) == before


def test_another_model_makes_no_other_items(press: Press, home: Path, tmp_path: Path) -> None:
    """All is cleaned again, without asking for a page; each item stays the one that it was."""
    again = shutil.copytree(home, tmp_path / "again")
    for end in ("joblib", "json"):
        shutil.copy(model.shipped_path().with_suffix(f".{end}"), again / f"mine.{end}")
    settings = '[filterfeed]\nworkers = 2\nmodel = "mine.joblib"\n[defaults]\nthreshold = 0.3\n'
    (again / "filterfeed.toml").write_text(press.configuration(settings))
    before = stamps(again)
    press.asked()
    done = filterfeed("run", "--force", cwd=again)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(press.asked()) == sorted(f"/{name}/feed.xml" for name in press.served)
    written = [name for name, stamp in stamps(again).items() if stamp != before[name]]
    assert len(written) > 40
    assert changed(press, again) == {}


def test_killed_runs_lose_nothing(press: Press, tmp_path: Path) -> None:
    """kill -9 among the first feeds and among the last ones; the third run does what is left."""
    (tmp_path / "filterfeed.toml").write_text(press.configuration(step=4))
    for files in (2, 16):
        kill_when_there_are(files, tmp_path)
    done = filterfeed("run", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(stamps(tmp_path)) == 20
    assert changed(press, tmp_path) == {}


def kill_when_there_are(files: int, home: Path) -> None:
    process = started("run", cwd=home)
    try:
        while len(list(home.glob("clean/*.xml"))) < files and process.poll() is None:
            time.sleep(0.01)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
