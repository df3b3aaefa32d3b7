"""From labelled documents to a model, its card and its floors."""

from __future__ import annotations

import json
from pathlib import Path

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
    return Corpus.at(own.corpus(tmp_path_factory.mktemp("corpus")))


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


def test_training_is_deterministic_and_its_model_loads(corpus: Corpus, tmp_path: Path) -> None:
    """The same labels, the same bytes; the card has figures, floors and the digest."""
    first = train(corpus, tmp_path / "a.joblib", progress=quiet)
    train(corpus, tmp_path / "b.joblib", progress=quiet)
    assert (tmp_path / "a.joblib").read_bytes() == (tmp_path / "b.joblib").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text()) == first
    assert first["digest"].startswith(model.load(str(tmp_path / "a.joblib")).id)
    assert first["floors"]["all"]["article_words_kept"] < 1
    assert first["trained_on"]["blocks"]["legal"] > 50


def test_a_worse_model_replaces_no_better_one(corpus: Corpus, tmp_path: Path) -> None:
    """It is refused with the figures, unless a reason is given, which the card then keeps."""
    out = tmp_path / "m.joblib"
    card = train(corpus, out, progress=quiet)
    card["floors"]["all"]["article_words_kept"] = 1.01
    out.with_suffix(".json").write_text(json.dumps(card))
    before = out.read_bytes()
    with pytest.raises(ModelError, match=r"article_words_kept is .* the floor 1\.01"):
        train(corpus, out, progress=quiet)
    assert out.read_bytes() == before
    lowered = train(corpus, out, lower_floors="labels were corrected", progress=quiet)
    assert lowered["floors_lowered"]["reason"] == "labels were corrected"


def test_figures_are_counted_in_words_and_in_blocks(corpus: Corpus) -> None:
    """Kept and removed are shares of words; a model that keeps all removes nothing."""
    samples = [labelled(document) for document in documents(corpus.documents[0])]
    scored = score(model.load(), samples)
    nothing = report(scored, Policy(ad="keep", legal="keep", chrome="keep")).figures()
    assert nothing["article_words_kept"] == 1
    assert nothing["ad_words_removed"] == nothing["legal_words_removed"] == 0
    assert nothing["documents_losing_over_5_percent"] == 0
    total = sum(len(sample.rows()) for sample in samples)
    assert nothing["blocks"] == total


def test_a_page_as_a_body_has_its_labelled_blocks_and_no_places(corpus: Corpus) -> None:
    """What a feed would have of it."""
    html = "<div class=story><p>Shares of the river bank rose.</p></div><p>Unknown words here</p>"
    gold = [{"text": "Shares of the river bank rose.", "label": "article"}]
    row = {"uid": "u", "publisher": "p", "as": "page", "html": html, "gold": gold}
    body = as_body(labelled(row))
    assert [block.path for block in body.blocks] == [()]
    assert (body.labels, body.page) == (("article",), False)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    """File and line, in one line."""
    file = tmp_path / "x.jsonl"
    file.write_text("{}\nnot json\n")
    with pytest.raises(SourceError, match=r"x\.jsonl: line 2: not JSON"):
        list(documents(file))
    with pytest.raises(SourceError, match="no corpus here"):
        Corpus.at(tmp_path)
