"""The accuracy gate: what the training path and the shipped model are good for."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path
from types import ModuleType

import labelled as own
import pytest

from filterfeed import model
from filterfeed.classify import classify
from filterfeed.learn.card import below_floors
from filterfeed.learn.corpus import Corpus, documents, labelled
from filterfeed.learn.evaluate import Scored, report, score
from filterfeed.learn.lines import groups
from filterfeed.learn.samples import Sample
from filterfeed.learn.train import cross_validate, read
from filterfeed.segment import segment
from filterfeed.types import Policy, Verdict

PROBES = Path(__file__).parent / "probes"
STORY = [
    "bullet_figures",
    "captions",
    "datelines",
    "key_points",
    "linked_paragraphs",
    "quotes",
    "reporting_credits",
    "subheadings",
    "table_rows",
]


@pytest.fixture(scope="module")
def crossed(shared: Path) -> list[Scored]:
    """Each labelled document of the corpus, scored by a model that does not know its publisher."""
    corpus = Corpus.at(shared / "corpus")
    assert corpus.lines
    splits = cross_validate(read(corpus, print), groups(corpus.lines), print)
    return [own for split in splits for own in split]


@pytest.mark.shared
@pytest.mark.timeout(1500)
def test_no_figure_is_below_its_floor(crossed: list[Scored]) -> None:
    """Training as it is now is as good as the card of the shipped model says, by label and for
    each larger publisher."""
    card = model.card_of(model.shipped_path())
    found = report(crossed, Policy())
    publishers = {
        name: {"article_words": tally.words["article"], **tally.figures()}
        for name, tally in found.publishers.items()
    }
    now = {"validation": found.figures(), "validation_publishers": publishers}
    assert below_floors(now, card["floors"]) == []


@pytest.mark.shared
@pytest.mark.timeout(1500)
def test_unknown_publishers_by_an_independent_count(crossed: list[Scored], shared: Path) -> None:
    """By the corpus's own scoring tool: of the words of article blocks 99 % are kept, of those of
    ad and of legal blocks 75 % are removed."""
    align = _tool(shared / "tools" / "align.py")
    rows = {row["uid"]: row for row in documents(Corpus.at(shared / "corpus").documents[0])}
    judged = ((rows[one.sample.uid], _told(verdicts)) for one, verdicts in _verdicts(crossed))
    figures = align.score(judged)
    print({name: value for name, value in figures.items() if isinstance(value, float)})
    assert figures["article_words_kept"] >= 0.99
    assert figures["ad_words_removed"] >= 0.75
    assert figures["legal_words_removed"] >= 0.75


def test_the_samples_are_cleaned() -> None:
    """Of our own sample feeds, as bodies without any structure, the shipped model keeps the stories
    and removes most of the legal text. Advertising in bodies is its weakest point."""
    figures = report(score(model.load(), map(labelled, own.documents())), Policy()).figures()
    assert figures["article_words_kept"] >= 0.99
    assert figures["ad_words_removed"] >= 0.6
    assert figures["legal_words_removed"] >= 0.95


@pytest.mark.parametrize("kind", STORY)
def test_short_lines_of_a_story_stay(kind: str) -> None:
    """Nine in ten lines of each risky kind stay, between their neighbours."""
    kept = [not verdict.dropped for verdict in _probed(kind)]
    assert sum(kept) >= 0.9 * len(kept)


def _probed(kind: str) -> list[Verdict]:
    """The verdict on each line of a probe file, as a body's block between its neighbours."""
    verdicts = []
    for line in (PROBES / f"{kind}.jsonl").read_text().splitlines():
        row = json.loads(line)
        texts = [text for text in (row["before"], row["text"], row["after"]) if text]
        blocks = segment("".join(f"<p>{text}</p>" for text in texts))
        scores = model.load().score(blocks, "body")
        verdicts.append(classify(blocks, scores, Policy(), {})[texts.index(row["text"])])
    return verdicts


def _verdicts(scored: list[Scored]) -> list[tuple[Scored, tuple[Verdict, ...]]]:
    seen = Counter(
        (one.sample.publisher, key)
        for one in scored
        for key in {block.key for block in one.sample.blocks}
    )
    return [
        (one, classify(one.sample.blocks, one.scores, Policy(), _others(one.sample, seen)))
        for one in scored
    ]


def _others(sample: Sample, seen: Counter[tuple[str, str]]) -> dict[str, int]:
    return {block.key: seen[sample.publisher, block.key] - 1 for block in sample.blocks}


def _told(verdicts: tuple[Verdict, ...]) -> list[tuple[str, str, bool]]:
    return [(one.block.text, one.label, one.dropped) for one in verdicts]


def _tool(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
