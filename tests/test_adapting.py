"""A user's labels into a model: what they bring, and what they may not spoil."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import corrections
import pytest

from filterfeed import model
from filterfeed.errors import ModelError
from filterfeed.learn.adapting import Adapted, train
from filterfeed.learn.corpus import labelled, our_documents
from filterfeed.model import Model


@pytest.fixture(scope="module")
def shipped() -> Model:
    return model.load()


def adapted(base: Model, rows: Sequence[dict[str, Any]], **how: Any) -> Adapted:
    return train(base, base, [labelled(row) for row in rows], **how)


@pytest.fixture(scope="module")
def good(shipped: Model) -> Adapted:
    return adapted(shipped, corrections.documents(8))


def test_forty_labels_fix_an_unknown_publisher(good: Adapted) -> None:
    """Its documents are judged by what was learnt from its others; more labels do not harm."""
    none, *_, all_ = good.card["learning_curve"]
    assert (none["blocks"], all_["blocks"]) == (0, 32)
    assert none["ad_words_removed"] < 0.5
    assert none["legal_words_removed"] < 0.5
    assert all_["ad_words_removed"] > 0.9
    assert all_["legal_words_removed"] > 0.9
    assert all_["article_words_kept"] == 1
    figures = [row["macro_f1"] for row in good.card["learning_curve"]]
    assert figures == sorted(figures)


def test_nothing_is_forgotten(good: Adapted) -> None:
    """On our own samples the new model is as good as the old one, and the gate lets it through."""
    before, after = good.card["samples"]["before"], good.card["samples"]["after"]
    assert after["article_words_kept"] >= before["article_words_kept"] - 0.002
    assert after["macro_f1"] >= before["macro_f1"] - 0.005
    assert good.worse == []


def test_the_same_labels_are_the_same_bytes(shipped: Model, good: Adapted) -> None:
    """In whatever order they come, and though they were learnt before."""
    again = model.loads(good.data)
    other = train(shipped, again, [labelled(row) for row in corrections.documents(8)[::-1]])
    assert other.data == good.data
    assert other.card == good.card


def test_labels_that_spoil_what_is_known_are_found_out(shipped: Model) -> None:
    """Whoever labels stories as advertising loses stories elsewhere: each figure has a line."""
    found = adapted(shipped, corrections.swapped(our_documents()[:4]))
    assert len(found.worse) >= 2
    assert any("our samples: share of article words kept" in line for line in found.worse)
    assert any("our samples: macro-F1" in line for line in found.worse)


def test_one_document_is_enough_to_learn_but_not_to_measure(shipped: Model) -> None:
    """There is no other one to measure on."""
    found = adapted(shipped, corrections.documents(1))
    assert found.card["learning_curve"] == []
    assert found.card["trained_on"]["blocks"] == {"article": 3, "ad": 1, "legal": 1, "chrome": 0}


def test_without_labels_there_is_no_model(shipped: Model) -> None:
    """Documents in which nothing is labelled teach nothing."""
    with pytest.raises(ModelError, match="nothing to learn from"):
        adapted(shipped, [row | {"gold": []} for row in corrections.documents(2)])


def test_the_card_has_no_text_and_progress_comes_to_its_end(shipped: Model) -> None:
    """What was labelled stays where it is."""
    seen: list[tuple[int, int]] = []
    found = adapted(
        shipped,
        corrections.documents(2),
        progress=lambda done, total, what: seen.append((done, total)),
    )
    assert "Marine" not in repr(found.card)
    assert [done for done, _ in seen] == [*range(len(seen))]
    assert seen[-1][0] == seen[-1][1]
