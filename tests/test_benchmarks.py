"""The benchmarks run, and what they print is right: on a few pages of our own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import scoring, snippets
from benchmarks.pages import GoldPage

ROOT = Path(__file__).parent.parent
STORY = (
    "Harrow Mills raised its quarterly dividend to 14 cents a share after sales rose 6 percent.",
    "“We can afford it,” said Ida Pell, the chief executive, on a call with analysts on Tuesday.",
    "Shares of the company, which makes flour and oats in Leeds, rose 3 percent to 41 pounds.",
    "Analysts had expected a dividend of 12 cents, and sales that would be 2 percent higher.",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pages in the form of a corpus, one of them to measure on only."""
    directory = tmp_path_factory.mktemp("pages")
    rows = [
        _row(directory, number, use) for number, use in enumerate(["validate", "train", "train"])
    ]
    (directory / "pages.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return directory


def _row(directory: Path, number: int, use: str) -> dict[str, object]:
    paragraphs = "".join(f"<p>{line}</p>" for line in STORY)
    menu = "<nav><ul><li><a href='/a'>Markets</a></li><li><a href='/b'>Log in</a></li></ul></nav>"
    page = f"<html><body>{menu}<article><h1>Harrow Mills pays</h1>{paragraphs}</article></body>"
    file = directory / f"{number}.html"
    file.write_text(page, encoding="utf-8")
    return {
        "id": f"p{number}",
        "html": file.name,
        "url": f"https://example.com/{number}",
        "use": use,
        "dataset": "ours",
        "lang": "en",
        "encoding": "utf-8",
        "gold_text": "\n\n".join(STORY),
    }


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_all_of_it(corpus: Path, tmp_path: Path) -> None:
    """One command prints times, limits and accuracy by set and language, and draws the picture."""
    out = tmp_path / "picture.svg"
    done = _run("benchmarks", "--pages", corpus, "--sample", "2", out)
    assert done.returncode == 0, done.stderr
    for expected in ("lxml parse", "trafilatura", "filterfeed: sum", "feed body of 20 blocks"):
        assert expected in done.stdout
    for expected in (
        "memory with the model",
        "validate pages",
        "train pages (learnt from)",
        "\nen ",
    ):
        assert expected in done.stdout
    assert ElementTree.parse(out).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_pieces_of_pages(tmp_path: Path) -> None:
    """Those of the story are in what is kept, those of the menu are not."""
    row = {**_row(tmp_path, 0, "train"), "gold_text": "", "lang": "en"}
    row |= {"with_snippets": [STORY[0], STORY[2]], "without_snippets": ["Markets", "Log in"]}
    (tmp_path / "pages.jsonl").write_text(json.dumps(row), encoding="utf-8")
    done = _run("benchmarks.snippets", "--pages", tmp_path)
    assert done.returncode == 0, done.stderr
    ours = next(line for line in done.stdout.splitlines() if line.startswith("filterfeed "))
    assert ours.split() == ["filterfeed", "1", "1.000", "1.000", "1.000"]


def test_pieces_are_counted() -> None:
    """By what they are, and by whether they are in the text."""
    page = GoldPage("p", Path(), wanted=("one two", "three"), unwanted=("four", "five"))
    count = snippets.Count()
    count.add(page, "one\n two four")
    assert (count.kept, count.lost, count.intruding, count.gone) == (1, 1, 1, 1)
    assert (count.precision, count.recall, count.f1) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("name", ["extraction", "speed", "snippets"])
def test_pages_that_are_not_there(name: str, tmp_path: Path) -> None:
    """One line says what is wrong."""
    done = _run(f"benchmarks.{name}", "--pages", tmp_path)
    assert done.returncode == 1
    assert "no pages here" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_story_whole_and_alone_scores_one() -> None:
    """Whatever its case and line breaks."""
    story = " ".join(STORY)
    assert scoring.by_shingles(story.upper(), "\n".join(STORY)).f1 == 1.0


def test_what_is_kept_too_much_costs_precision_only() -> None:
    """As what is missing costs recall only."""
    short, long = " ".join(STORY[:2]), " ".join(STORY)
    assert (
        scoring.by_shingles(long, short).recall == 1.0 > scoring.by_shingles(long, short).precision
    )
    assert scoring.by_shingles(short, long).precision == 1.0
    assert scoring.by_shingles(short, long).recall < 0.6


def test_a_page_without_a_text_has_no_precision() -> None:
    """It costs recall, and no more: so the public benchmark counts."""
    scores = [scoring.by_shingles(text, STORY[0]) for text in (STORY[0], "")]
    mean = scoring.overall(scores)
    assert (mean.precision, mean.recall) == (1.0, 0.5)


def test_words_in_another_order() -> None:
    """Shingles see the order of words, single words do not."""
    turned = " ".join(reversed(STORY[0].split()))
    assert scoring.by_words(turned, STORY[0]).f1 == 1.0
    assert scoring.by_shingles(turned, STORY[0]).f1 == 0.0
