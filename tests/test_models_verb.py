"""`train` on labels, and `model`: the command line as its users see it, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import corrections
import pytest
from newsroom import START
from othermodels import added, keeps_all, written

from filterfeed.cli import main
from filterfeed.learn.corpus import our_documents
from filterfeed.registry import Registry

Said = Callable[..., tuple[object, str, str]]
OTHER = str(keeps_all()[1]["digest"])[:12]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a configuration, in which the verbs are typed."""
    (tmp_path / "filterfeed.toml").write_text(
        '[[feed]]\nname = "wire"\nurl = "https://wire.example/feed"\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FILTERFEED_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def said(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Exit status, output and errors of a command line."""

    def run(*arguments: object) -> tuple[object, str, str]:
        monkeypatch.setattr("sys.argv", ["filterfeed", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        return (end.value.code, *capsys.readouterr())

    return run


def models(said: Said) -> list[dict[str, Any]]:
    status, output, errors = said("model", "list", "--json")
    assert (status, errors) == (0, "")
    found: list[dict[str, Any]] = json.loads(output)
    return found


def active(said: Said) -> str:
    (found,) = (row["id"] for row in models(said) if row["active"])
    return str(found)


# train


def test_train_puts_a_better_model_in_use(said: Said, place: Path) -> None:
    """It shows what the labels bring, and what was learnt is listed; a second time is the same."""
    file = corrections.written(place / "mine.jsonl", corrections.documents(4))
    status, output, errors = said("train", file)
    assert (status, errors) == (0, "")
    assert "20 labelled blocks in 4 documents" in output
    lines = [line.split() for line in output.splitlines()]
    curve = [line for line in lines if line[:2] == ["your", "documents"]]
    assert [line[2] for line in curve] == ["0", "4", "8", "15"]
    assert [line[2] for line in lines if line[:2] == ["our", "samples"]] == ["before", "after"]
    assert max(map(len, output.splitlines()[:-1])) <= 80
    shipped, mine = models(said)
    assert (shipped["id"], shipped["active"], mine["active"]) == ("shipped", False, True)
    assert (mine["blocks"], mine["documents"], mine["publishers"]) == (20, 4, 1)
    assert Path(mine["path"]).is_relative_to(place / "filterfeed.models")
    before = {own.name: own.read_bytes() for own in Path("filterfeed.models").iterdir()}
    status, output, errors = said("train", file)
    assert (status, errors) == (0, "")
    assert f"{mine['id']} is in use, as before" in output
    assert before == {own.name: own.read_bytes() for own in Path("filterfeed.models").iterdir()}


def test_train_learns_from_the_labels_in_the_database(said: Said, place: Path) -> None:
    """To the same model as from the file that they came from; without any it says so."""
    status, _, errors = said("train")
    assert (status, errors.count("\n")) == (1, 1)
    assert "nothing to learn from" in errors
    file = corrections.written(place / "mine.jsonl", corrections.documents(2))
    assert said("-q", "label", "import", file) == (0, "", "")
    assert said("-q", "train") == (0, "", "")
    mine = active(said)
    assert said("-q", "model", "rollback") == (0, "", "")
    assert said("-q", "train", file) == (0, "", "")
    assert active(said) == mine


def test_a_model_that_is_worse_is_kept_but_not_used(said: Said, place: Path) -> None:
    """Status 1 and one line that tells why, unless it is forced; the old one is still there."""
    file = corrections.written(place / "bad.jsonl", corrections.swapped(our_documents()[:8]))
    status, output, errors = said("train", file)
    assert (status, errors.count("\n")) == (1, 1)
    assert "kept but not put in use" in errors
    assert "our samples: share of article words kept" in errors
    assert "our samples" in output
    assert active(said) == "shipped"
    bad = models(said)[1]["id"]
    assert said("-q", "train", "--force", file) == (0, "", "")
    assert active(said) == bad
    assert said("model", "rollback")[:2] == (0, AGAIN.format("shipped"))


AGAIN = "{} is in use now: filterfeed reprocess, or else the next run, cleans all items with it\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--out", "m.joblib"),
        ("--lower-floors", "why"),
        ("--corpus", ".", "--force"),
        ("none.jsonl",),
    ],
)
def test_wrong_usage(said: Said, arguments: tuple[str, ...]) -> None:
    """Options that do not go together, and files that are not there, are exit status 2."""
    status, output, errors = said("train", *arguments)
    assert (status, output) == (2, "")
    assert "Error: " in errors


@pytest.mark.parametrize("text", ["{}", "[]", "not json", '{"html": 1, "gold": 2}'])
def test_files_that_are_not_labelled_documents(said: Said, place: Path, text: str) -> None:
    """File and line are named, and nothing is written."""
    (place / "x.jsonl").write_text(text)
    status, output, errors = said("train", "x.jsonl")
    assert (status, output, errors.count("\n")) == (1, "", 1)
    assert "x.jsonl: line 1: " in errors
    assert not (place / "filterfeed.models").exists()


def test_without_a_configuration_there_is_nothing_to_put_in_use(said: Said, place: Path) -> None:
    """It is the configuration that says where models are."""
    (place / "filterfeed.toml").unlink()
    for arguments in (("train",), ("model", "list"), ("model", "use", "x")):
        status, output, errors = said(*arguments)
        assert (status, output) == (2, "")
        assert "filterfeed.toml: there is no such file" in errors


# model


def test_use_and_rollback(said: Said, place: Path) -> None:
    """By id, or the shipped one by its name; what is not there changes nothing."""
    added(str(place / "filterfeed.models"), START, activate=False)
    assert said("model", "use", OTHER) == (0, AGAIN.format(OTHER), "")
    assert active(said) == OTHER
    status, output, errors = said("model", "use", "none")
    assert (status, output, errors.count("\n")) == (1, "", 1)
    assert "has no model 'none'" in errors
    assert said("model", "use", "shipped") == (0, AGAIN.format("shipped"), "")
    assert said("model", "rollback") == (0, AGAIN.format(OTHER), "")
    assert said("-q", "model", "rollback") == (0, "", "")
    status, _, errors = said("model", "rollback")
    assert (status, errors.count("\n")) == (1, 1)
    named = said("-c", "filterfeed.toml", "model", "use", "shipped")[1]
    assert "now: filterfeed -c filterfeed.toml reprocess, or" in named


def test_list_for_people(said: Said, place: Path) -> None:
    """A row for each, in 80 columns, with a mark at the one in use."""
    added(str(place / "filterfeed.models"), START)
    status, output, errors = said("model", "list")
    assert (status, errors) == (0, "")
    _, _, shipped, mine = output.splitlines()
    assert shipped.split()[0] == "shipped"
    assert mine.split()[:3] == ["*", OTHER, f"{START.astimezone():%Y-%m-%d}"]
    assert max(map(len, output.splitlines())) <= 80


def test_a_file_is_loaded_once_it_is_trusted(said: Said, place: Path) -> None:
    """Before that it is refused, and what to do is said."""
    file = written(place / "theirs.joblib")
    labels = corrections.written(place / "mine.jsonl", corrections.documents(1))
    measure = ("evaluate", "--json", "--model", file, labels)
    status, output, errors = said(*measure)
    assert (status, output, errors.count("\n")) == (1, "", 1)
    assert f"theirs.joblib: not trained here and not trusted; `filterfeed model trust {file}`" in (
        errors
    )
    status, output, errors = said("model", "trust", file)
    assert (status, errors) == (0, "")
    assert keeps_all()[1]["digest"] in output
    assert said(*measure)[0] == 0
    file.write_bytes(file.read_bytes() + b"x")
    assert said(*measure)[0] == 1


def test_the_file_of_the_configuration_stays_in_use(said: Said, place: Path) -> None:
    """Until its line is taken out, and that is said."""
    file = written(place / "theirs.joblib")
    Registry(place / "filterfeed.models").trust(file)
    text = (place / "filterfeed.toml").read_text()
    (place / "filterfeed.toml").write_text(f'[filterfeed]\nmodel = "theirs.joblib"\n{text}')
    status, output, errors = said("model", "use", "shipped")
    assert (status, errors) == (0, "")
    assert "in use is still the `model` of" in output
    assert active(said) == "theirs.joblib"
