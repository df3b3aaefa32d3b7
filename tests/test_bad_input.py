"""All that can be wrong with what a run is given, at once: it is said, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Reply, Request, serving
from newsroom import Newsroom, item, page, rss, story
from terminal import filterfeed

from filterfeed import model

BAD = ("broken", "empty", "page", "slow")


def slow(request: Request) -> Reply:
    time.sleep(2)
    return Reply(200, body=rss())


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Feeds that have all been polled well once."""
    with serving() as site:
        room = Newsroom(site, tmp_path)
        for number, name in enumerate((*BAD, "wire")):
            room.follow(name, rss(item(number, text=story(number))))
        configure(room)
        assert filterfeed("run", cwd=tmp_path).returncode == 0
        yield room


def configure(room: Newsroom, main: str = "") -> None:
    path = room.write_config(f"[filterfeed]\n{main}\n[defaults]\nsource = 'body'\n")
    path.write_text(path.read_text().replace("timeout = 5", "timeout = 0.5"))


def outputs(room: Newsroom) -> dict[str, tuple[bytes, int]]:
    files = (room.directory / "clean").iterdir()
    return {path.stem: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def model_of_another_version(room: Newsroom) -> None:
    shipped = model.shipped_path()
    shutil.copy(shipped, room.directory / "old.joblib")
    card = json.loads(shipped.with_suffix(".json").read_text())
    (room.directory / "old.json").write_text(json.dumps({**card, "format": 1}))


def test_all_at_once(room: Newsroom) -> None:
    """One line for each; the good feed is done, with the shipped model; then all is well again."""
    good = {name: room.site.pages[f"/{name}"] for name in BAD}
    before = outputs(room)
    room.publish("/broken", lambda request: Reply(500))
    room.publish("/empty", lambda request: Reply(200))
    room.publish("/page", lambda request: Reply(200, [("Content-Type", "text/html")], page(1)))
    room.publish("/slow", slow)
    room.publish("/wire", rss(item(9, text=story(9)), item(4, text=story(4))))
    model_of_another_version(room)
    configure(room, 'model = "old.joblib"')
    done = filterfeed("run", "--force", cwd=room.directory)
    assert done.returncode == 1
    first, *others = done.stderr.splitlines()
    assert "old.joblib: of another version" in first
    said = dict(line.removeprefix("filterfeed: ").split(": ", 1) for line in others)
    assert len(others) == len(said)
    assert sorted(said) == sorted(BAD)
    words = {"broken": "500", "empty": "empty", "page": "an HTML page", "slow": "0.5"}
    assert all(words[name] in said[name] for name in BAD)
    after = outputs(room)
    assert {name: after[name] for name in BAD} == {name: before[name] for name in BAD}
    assert b"story-9" in after["wire"][0]

    room.site.pages |= {f"/{name}": answer for name, answer in good.items()}
    configure(room)
    done = filterfeed("run", "--force", cwd=room.directory)
    assert (done.returncode, done.stderr) == (0, "")
    assert outputs(room) == after


def test_an_unknown_key(room: Newsroom) -> None:
    """Nobody is asked and nothing is touched before the configuration is right."""
    before = outputs(room)
    room.asked()
    configure(room, 'outptu = "elsewhere"')
    done = filterfeed("run", "--force", cwd=room.directory)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert "outptu" in line
    assert "output" in line
    assert room.asked() == []
    assert outputs(room) == before
