"""From labelled documents to a model, its card and its floors."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import labelled as own
import pytest

from filterfeed import model
from filterfeed.errors import ModelError, SourceError
from filterfeed.learn.align import in_story, transfer
from filterfeed.learn.corpus import Corpus, documents, labelled
from filterfeed.learn.evaluate import report, score
from filterfeed.learn.samples import as_body
from filterfeed.learn.train import train
from filterfeed.segment import segment
from filterfeed.types import Policy


def quiet(step: str) -> None:
    pass


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Without our lines: they take their time, and here nothing is said about quality."""
    return replace(Corpus.at(own.corpus(tmp_path_factory.mktemp("corpus"))), lines=None)


@pytest.fixture(scope="module")
def trained(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model") / "m.joblib"
    train(corpus, out, progress=quiet)
    return out


def test_labels_go_to_blocks_of_another_segmentation() -> None:
    """By their words: blocks joined, split or spelt in another case; what is unknown stays so."""
    gold = [
        ("Shares of the river bank rose a fifth on Tuesday.", "article"),
        ("Profit beat the forecasts of all analysts who follow it.", "article"),
        ("Subscribe now!", "ad"),
    ]
    blocks = segment(
        "<p>Shares of the river bank rose a fifth on Tuesday. Profit beat the forecasts of all</p>"
        "<p>SUBSCRIBE NOW</p><p>Something else that nobody has labelled</p>"
    )
    assert transfer(blocks, gold) == ("article", "ad", "")


def test_blocks_of_a_story_are_told_by_its_text() -> None:
    """In it, not in it, or unclear: a few words prove nothing."""
    story = "Shares of the river bank rose a fifth.\n\nRiver bank"
    blocks = segment(
        "<h1>River bank</h1><p>Shares of the river bank rose a fifth.</p>"
        "<p>More stories like these ones</p><p>rose a</p>"
    )
    assert in_story(blocks, story) == (True, True, False, None)


def test_a_trained_model_loads_and_its_card_tells_of_it(trained: Path) -> None:
    """The card has the digest, what it was trained on, figures, floors and the trade-off."""
    card = json.loads(trained.with_suffix(".json").read_text())
    assert card["digest"].startswith(model.load(str(trained), {card["digest"]}).id)
    assert card["floors"]["all"]["article_words_kept"] < card["validation"]["article_words_kept"]
    assert card["trained_on"]["blocks"]["legal"] > 50
    kept = [row["article_words_kept"] for row in card["curve"]]
    assert kept == sorted(kept)


def test_a_worse_model_is_refused_and_the_same_labels_give_the_same_bytes(
    corpus: Corpus, trained: Path
) -> None:
    """A figure below its floor stops a model, unless a reason is given, which the card keeps."""
    before = trained.read_bytes()
    card = json.loads(trained.with_suffix(".json").read_text())
    card["floors"]["all"]["article_words_kept"] = 1.01
    trained.with_suffix(".json").write_text(json.dumps(card))
    trained.write_bytes(b"the model before")
    with pytest.raises(ModelError, match=r"article_words_kept is .* the floor 1\.01"):
        train(corpus, trained, progress=quiet)
    assert trained.read_bytes() == b"the model before"
    lowered = train(corpus, trained, lower_floors="labels were corrected", progress=quiet)
    assert lowered["floors_lowered"]["reason"] == "labels were corrected"
    assert trained.read_bytes() == before


def test_figures_are_counted_in_words_and_in_blocks(corpus: Corpus) -> None:
    """Kept and removed are shares of words; a model that keeps all removes nothing."""
    samples = [labelled(document) for document in documents(corpus.documents[0])]
    scored = score(model.load(), samples)
    nothing = report(scored, Policy(ad="keep", legal="keep", chrome="keep")).figures()
    assert nothing["article_words_kept"] == 1
    assert nothing["ad_words_removed"] == nothing["legal_words_removed"] == 0
    assert nothing["documents_losing_over_5_percent"] == 0
    total = sum(len(own.sample.rows()) for own in scored)
    assert nothing["blocks"] == total


def test_a_page_as_a_body_has_its_labelled_blocks_and_no_places(corpus: Corpus) -> None:
    """What a feed would have of it."""
    html = "<div class=story><p>Shares of the river bank rose.</p></div><p>Unknown words here</p>"
    gold = [{"text": "Shares of the river bank rose.", "label": "article"}]
    row = {"uid": "u", "publisher": "p", "as": "page", "html": html, "gold": gold}
    body = as_body(labelled(row))
    assert [block.path for block in body.blocks] == [()]
    assert (body.labels, body.page) == (("article",), False)


def test_too_few_documents_are_told(tmp_path: Path, corpus: Corpus) -> None:
    """In one line: of too few publishers, with too few of a label, and pages of too few hosts."""
    rows = list(documents(corpus.documents[0]))
    file = tmp_path / "few.jsonl"
    few = Corpus((file,))

    def refused(own: list[dict[str, Any]], words: str) -> None:
        file.write_text("\n".join(map(json.dumps, own)))
        with pytest.raises(SourceError, match=words) as caught:
            train(few, tmp_path / "m.joblib", progress=quiet)
        assert "\n" not in str(caught.value)

    refused(
        [{**row, "publisher": f"p{number % 2}"} for number, row in enumerate(rows)],
        r"few\.jsonl: documents of 5 publishers are needed, here are 2",
    )
    without = [
        {**row, "gold": [own for own in row["gold"] if own["label"] != "legal"]} for row in rows
    ]
    refused(without, "too few labelled documents: a part of them has no legal block")
    pages = tmp_path / "pages"
    pages.mkdir()
    story = [f"The mill sold {number} tonnes of paper to a buyer." for number in range(5)]
    html = "".join(f"<p>{text}</p>" for text in [*story, "Sign in"])
    (pages / "1.html.gz").write_bytes(gzip.compress(html.encode()))
    row = {"id": "1", "use": "train", "url": "https://mill.example/1", "html": "1.html.gz"}
    row |= {"gold_text": "\n\n".join(story)}
    few = replace(few, pages=pages)
    (pages / "pages.jsonl").write_text(json.dumps(row))
    refused(rows, "pages of 1 publishers are too few, 3 are needed")
    (pages / "pages.jsonl").write_text(json.dumps(row | {"html": "2.html.gz"}))
    refused(rows, r"pages\.jsonl: line 1: no page: FileNotFoundError")
    assert not (tmp_path / "m.joblib").exists()


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    """File and line, in one line."""
    file = tmp_path / "x.jsonl"
    file.write_text("{}\nnot json\n")
    with pytest.raises(SourceError, match=r"x\.jsonl: line 2: not JSON"):
        list(documents(file))
    with pytest.raises(SourceError, match="no corpus here"):
        Corpus.at(tmp_path)
