"""The model file: what is loaded, what is refused, and what the shipped model knows."""

from __future__ import annotations

import hashlib
import json
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from othermodels import written
from sklearn.ensemble import HistGradientBoostingClassifier

from filterfeed import model
from filterfeed.errors import ModelError
from filterfeed.model.forest import flat
from filterfeed.segment import segment


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped model with its card."""
    for suffix in (".joblib", ".json"):
        shutil.copy(model.shipped_path().with_suffix(suffix), tmp_path)
    return tmp_path / model.shipped_path().name


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def edit_card(file: Path, **changes: Any) -> None:
    card = file.with_suffix(".json")
    card.write_text(json.dumps(json.loads(card.read_text()) | changes))


def test_the_shipped_model_is_the_pinned_one() -> None:
    """The package, the card and the file agree, and the file is small."""
    loaded = model.load()
    card = model.card_of(model.shipped_path())
    assert card["digest"].startswith(loaded.id)
    assert model.shipped_path().stat().st_size == card["bytes"] < 8_000_000


def test_a_model_is_the_same_after_dump_and_load() -> None:
    """Its scores are."""
    blocks = segment("<p>Profit rose.</p><p>Sign up!</p>")
    loaded = model.load()
    assert model.loads(model.dump(loaded)).score(blocks, "body") == loaded.score(blocks, "body")


def test_a_file_that_nobody_trusts_is_not_loaded(copy: Path) -> None:
    """One byte more, and nothing in the file is run."""
    assert model.load(str(copy)).id == model.load().id
    copy.write_bytes(copy.read_bytes() + b"x")
    edit_card(copy, digest=digest(copy))
    with pytest.raises(ModelError, match="not trained here and not trusted") as caught:
        model.load(str(copy), trusted={"0" * 64})
    assert "\n" not in str(caught.value)


def test_a_file_that_is_trusted_is_loaded(tmp_path: Path) -> None:
    """By its digest, whatever its name is."""
    file = written(tmp_path / "theirs.joblib")
    assert model.load(str(file), trusted={digest(file)}).id == digest(file)[:12]


def test_the_shipped_model_is_not_another_one(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is trusted: what takes its place is refused."""
    written(copy)
    monkeypatch.setattr(model, "shipped_path", lambda: copy)
    with pytest.raises(ModelError, match="not the model that was shipped"):
        model.load(trusted={digest(copy)})


def test_a_model_of_another_version_is_refused_by_name(copy: Path) -> None:
    """The error names the file, both versions, and what to do, in one line."""
    edit_card(copy, format=99)
    with pytest.raises(ModelError, match=f"format 99; needed: {model.FORMAT}") as caught:
        model.load(str(copy))
    assert str(copy) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_broken_cards_are_one_line(copy: Path) -> None:
    """A missing model, a missing card and a card that is none are named."""
    with pytest.raises(ModelError, match=r"none\.joblib"):
        model.load(str(copy.parent / "none.joblib"))
    copy.with_suffix(".json").write_text("[]")
    with pytest.raises(ModelError, match="not a model card"):
        model.load(str(copy))
    copy.with_suffix(".json").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        model.load(str(copy))


def test_scores_are_probabilities_of_each_block_and_pictures_are_unknown() -> None:
    """As many scores as blocks; each sums to one; the same input, the same scores."""
    blocks = segment("<p>Profit rose.</p><img src='https://x.example/a.png'><p>Sign up!</p>")
    for as_ in ("page", "body"):
        scores = model.load().score(blocks, as_)
        assert len(scores) == 3
        assert all(sum(score) == pytest.approx(1) for score in scores)
        assert scores[1] == (0.25, 0.25, 0.25, 0.25)
        assert scores == model.load().score(blocks, as_)
    assert model.load().score((), "page") == ()


def test_flat_trees_say_what_scikit_learn_says() -> None:
    """Of any trees: of few and of many leaves, of a single one, with values right on a split."""
    random = np.random.default_rng(7)
    rows = random.integers(-3, 4, (400, 6)).astype(np.float32)
    rows[:, 3:] /= 7
    labels = (rows[:, 0] * rows[:, 4] > 0) * 1 + (rows[:, 1] + rows[:, 5] > 1)
    for leaves, least in ((2, 20), (31, 5), (63, 2), (8, 400)):
        trees = HistGradientBoostingClassifier(
            max_iter=4, max_leaf_nodes=leaves, min_samples_leaf=least
        )
        trees.fit(rows, labels)
        assert flat(trees).chances(rows) == pytest.approx(trees.predict_proba(rows))


def test_flat_trees_look_at_some_rows_at_once() -> None:
    """The memory that a page of a hundred thousand blocks takes is that of its features."""
    trees = model.load().trees
    rows = np.zeros((100_000, int(trees.features.max()) + 1), dtype=np.float32)
    tracemalloc.start()
    assert len(trees.chances(rows)) == len(rows)
    assert tracemalloc.get_traced_memory()[1] < rows.nbytes * 2
    tracemalloc.stop()
