"""The README is true: what it names is there, and what it shows was printed.

Parts between `<!-- from: SOURCE -->` and `<!-- end -->` are made from their source: a command, the
model's card, or the library's example. After a retraining, `pytest tests/test_readme.py --regen`
writes them anew.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from terminal import ENVIRON, python

from filterfeed import config
from filterfeed.cli.group import cli
from filterfeed.config.keys import KEYS
from filterfeed.types import LABELS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
PARTS = dict(re.findall(r"<!-- from: (.+?) -->\n\n(.*?)\n<!-- end -->", TEXT, re.DOTALL))
COMMON = {"-c", "--config", "-q", "--quiet", "-v", "--verbose"}


def fenced(language: str) -> list[str]:
    return [body for own, body in FENCES if own == language]


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in `text`, without their heads."""
    lines = re.findall(r"^\| (`.+) \|$", text, re.MULTILINE)
    return [[cell.replace("\\|", "|") for cell in re.split(r" \| ", line)] for line in lines]


# The two commands

FIRST, SECOND = (body.strip() for body in fenced("sh")[:2])


def test_the_first_command_runs_the_main_job() -> None:
    """One line makes an environment, installs, and cleans the sample feeds as shown below it."""
    make, install, run = FIRST.split(" && ")
    assert (make, install) == ("python3 -m venv .venv", ".venv/bin/pip install -q .")
    assert run.removeprefix(".venv/bin/") in PARTS


def test_ci_runs_the_second_command() -> None:
    """Each step of the command that a newcomer pastes is a step of `.ci/run`, in that order."""
    steps = SECOND.split(" && ")
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line in steps] == steps


# What was printed


def test_what_is_shown(request: pytest.FixtureRequest, tmp_path: Path, source: str) -> None:
    """Outputs and figures are those of this code and this model."""
    made = _made(source, tmp_path)
    if request.config.getoption("--regen"):
        _write_part(source, made)
    else:
        assert PARTS[source] == made, f"{source}: run pytest tests/test_readme.py --regen"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "source" in metafunc.fixturenames:
        metafunc.parametrize("source", PARTS)


def _made(source: str, directory: Path) -> str:
    if made := FIGURES.get(source):
        return made(_card())
    shutil.copytree(
        ROOT / "sample_feeds", directory / "sample_feeds", ignore=shutil.ignore_patterns("clean")
    )
    return f"```text\n{_printed(source, directory)}```\n"


def _printed(source: str, directory: Path) -> str:
    """What comes of a command, or of the last code before the place where it is shown."""
    if source == "this program":
        done = python("-c", fenced("python")[0], cwd=directory)
    else:
        before = TEXT.split(f"<!-- from: {source} -->")[0]
        code = re.findall(r"^```sh\n(.*?)^```$", before, re.MULTILINE | re.DOTALL)[-1]
        command = code if source.startswith("this command") else source
        (directory / "filterfeed").write_text(
            f'#!/bin/sh\nexec {sys.executable} -m filterfeed "$@"'
        )
        (directory / "filterfeed").chmod(0o755)
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=directory,
            env={**ENVIRON, "PATH": f"{directory}:{ENVIRON['PATH']}", "COLUMNS": "100"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def _write_part(source: str, made: str) -> None:
    start, end = f"<!-- from: {source} -->\n\n", "\n<!-- end -->"
    text = README.read_text(encoding="utf-8")
    before, after = text.split(start)
    README.write_text(before + start + made + end + after.split(end, 1)[1], encoding="utf-8")


def _card() -> dict[str, Any]:
    card: dict[str, Any] = json.loads((ROOT / "models" / "filterfeed.json").read_bytes())
    return card


def _by_label(card: dict[str, Any]) -> str:
    figures = card["validation"]
    table = ["| label | words | precision | recall | F1 |", "|---|---|---|---|---|"]
    for label in LABELS:
        name = "words_kept" if label == "article" else "words_removed"
        words = f"{figures[f'{label}_{name}']:.1%} {name.removeprefix('words_')}"
        scores = (f"{figures[f'{label}_{kind}']:.3f}" for kind in ("precision", "recall", "f1"))
        table.append(f"| {label} | {words} | {' | '.join(scores)} |")
    return "\n".join(
        [
            *table,
            "",
            f"Macro-F1 {figures['macro_f1']:.3f}, on {figures['blocks']:,} blocks of "
            f"{figures['documents']:,} documents by {card['trained_on']['publishers']} publishers,",
            f"at threshold {figures['threshold']}. "
            f"{figures['documents_losing_over_5_percent']:.1%} of the documents lose more than 5% "
            "of their article words.\n",
        ]
    )


def _curve(card: dict[str, Any]) -> str:
    names = ("article_words_kept", *(f"{label}_words_removed" for label in LABELS[1:]))
    heads = (name.replace("_", " ") for name in names)
    table = [f"| threshold | {' | '.join(heads)} |", "|---|---|---|---|---|"]
    for row in card["curve"]:
        cells = (f"{row[name]:.1%}" for name in names)
        table.append(f"| {row['threshold']} | {' | '.join(cells)} |")
    return "\n".join([*table, ""])


FIGURES: dict[str, Callable[[dict[str, Any]], str]] = {
    "models/filterfeed.json, validation": _by_label,
    "models/filterfeed.json, curve": _curve,
}


# The command line


def command_lines() -> Iterator[str]:
    """What follows `filterfeed` in examples, and in the text."""
    for language, body in FENCES:
        if language in ("sh", "crontab", "ini"):
            code = re.sub(r"(?m)(^|\s)#.*$", "", body)
            yield from re.findall(r"\bfilterfeed ((?:\"[^\"\n]*\"|[^|<>&;:\"\n]|://)+)", code)
    yield from re.findall(r"`filterfeed ([^`]+)`", TEXT)


@pytest.mark.parametrize("line", sorted(set(command_lines())))
def test_command_lines(line: str) -> None:
    """Verbs and options in the examples exist."""
    done = CliRunner().invoke(cli, [*shlex.split(line), "--help"])
    assert done.exit_code == 0, done.output


def verbs(group: click.Group = cli, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """All verbs, and what is below those that are groups."""
    for name, command in group.commands.items():
        yield f"{above}{name}", command
        if isinstance(command, click.Group):
            yield from verbs(command, f"{above}{name} ")


@pytest.mark.parametrize(("verb", "command"), sorted(verbs(), key=lambda own: own[0]))
def test_verbs(verb: str, command: click.Command) -> None:
    """Each verb has a row with what it takes: all of its options, and no others."""
    with click.Context(command, info_name=verb) as context:
        arguments = command.collect_usage_pieces(context)[1:]
    usage = f"`{' '.join([verb, *arguments])}`"
    (row,) = (row for row in rows(section("Verbs")) if row[0] == usage)
    options = {name for own in command.params for name in own.opts if name.startswith("-")}
    assert set(re.findall(r"--[a-z-]+", row[1])) == options - COMMON


def test_options_of_all_verbs() -> None:
    """Those that may stand before or after any verb are told once."""
    options = {name for own in cli.params for name in own.opts}
    assert options >= COMMON
    assert all(f"`{name}" in section("Verbs") for name in options)


# The configuration


def test_every_key() -> None:
    """All keys, in their order, with the defaults that they have."""
    found = [tuple(row[:2]) for row in rows(section("Configuration"))]
    assert found == [
        (f"`{key.name}`", "required" if key.default is None else f"`{_written(key.default)}`")
        for key in KEYS
    ]


def _written(value: object) -> str:
    return json.dumps(value)


def test_environment_variables() -> None:
    """Those that are named exist."""
    known = {"FILTERFEED_CONFIG", *(key.variable for key in KEYS if key.variable)}
    named = set(re.findall(r"\bFILTERFEED_[A-Z_]+\b", TEXT))
    assert {name.removesuffix("_FILE") for name in named} <= known


@pytest.mark.parametrize("text", fenced("toml"))
def test_configurations(tmp_path: Path, text: str) -> None:
    """The examples are good ones; a part of one is, beside a feed."""
    path = tmp_path / "filterfeed.toml"
    feed = "" if "[[feed]]" in text else '[[feed]]\nname = "a"\nurl = "https://example.com/"\n'
    path.write_text(f"{text}\n{feed}", encoding="utf-8")
    environ = dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), "secret")
    assert config.load(str(path), environ).feeds


# What the text says of the code


def test_messages() -> None:
    """The messages in the list of what may go wrong are those that people see."""
    sources = (ROOT / "filterfeed").rglob("*.py")
    code = "".join(source.read_text(encoding="utf-8") for source in sources)
    messages = [row[0].strip("`") for row in rows(section("What may go wrong"))]
    assert messages
    assert [message for message in messages if message not in code] == []


def test_every_room() -> None:
    """Each module is in the table of what is where."""
    paths = (ROOT / "filterfeed").iterdir()
    modules = {
        path.stem for path in paths if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    told = re.findall(r"`(\w+)(?:/\w*)?`", " ".join(row[0] for row in rows(section(BUILT))))
    assert {name for name in modules if not name.startswith("_")} == set(told)


BUILT = "How it is built"


def test_links() -> None:
    """The files that are linked to are there."""
    links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", TEXT)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
