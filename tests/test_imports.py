"""Slow libraries are imported when they are needed: looked up in real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from newsroom import Newsroom, item, rss, story
from terminal import python

SLOW = {
    "charset_normalizer",
    "feedparser",
    "jinja2",
    "joblib",
    "lxml",
    "nh3",
    "numpy",
    "rich",
    "scipy",
    "sklearn",
    "starlette",
    "threadpoolctl",
    "trafilatura",
    "urllib3",
    "uvicorn",
}
# Runs a command line, then says on standard error which modules the process has.
SCRIPT = """
import json, sys
sys.argv = ["filterfeed", *sys.argv[1:]]
from filterfeed.cli import main
try:
    main()
finally:
    print("MODULES", json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def slow_modules(*arguments: str, cwd: Path) -> set[str]:
    done = python("-c", SCRIPT, *arguments, cwd=cwd, input="")
    assert done.returncode == 0, done.stderr
    said, _, modules = done.stderr.rpartition("MODULES ")
    assert said == ""
    return SLOW & set(json.loads(modules))


def test_the_package_alone_imports_nothing_slow(tmp_path: Path) -> None:
    """`import filterfeed` is for programs that may never need more."""
    script = "import json, sys, filterfeed; print(json.dumps(list(sys.modules)))"
    done = python("-c", script, cwd=tmp_path)
    assert SLOW & set(json.loads(done.stdout)) == set()


@pytest.mark.parametrize(
    "verb", ["", "run", "serve", "explain", "clean", "label", "train", "model", "reprocess"]
)
def test_help_imports_nothing_slow(tmp_path: Path, verb: str) -> None:
    """Whoever asks what a verb does gets the answer at once."""
    assert slow_modules(*verb.split(), "--help", cwd=tmp_path) == set()


def test_a_run_with_nothing_due_imports_nothing_slow(room: Newsroom) -> None:
    """Not even what asks publishers."""
    room.follow("wire", rss(item(1, text=story(1))), interval=10**6)
    room.write_config()
    room.run_by_the_clock()
    assert slow_modules("run", cwd=room.directory) == set()
    assert slow_modules("list", "--json", cwd=room.directory) == set()


def test_labelling_imports_neither_model_nor_what_asks(polled: Newsroom) -> None:
    """It works on what is stored; rich draws it, lxml cuts what goes out."""
    assert slow_modules("label", cwd=polled.directory) == {"rich"}
    assert slow_modules("label", "export", "x.jsonl", cwd=polled.directory) <= {"lxml"}


def test_a_run_in_which_nothing_is_new_imports_only_what_asks(room: Newsroom) -> None:
    """All upstreams answer 304: that takes neither parser nor model."""
    for name in ("wire", "blog"):
        room.follow(name, rss(item(1, text=story(1))))
    room.write_config()
    room.run_by_the_clock()
    room.asked()
    assert slow_modules("run", "--force", cwd=room.directory) == {"urllib3"}
    assert sorted(room.asked()) == ["/blog", "/wire"]
