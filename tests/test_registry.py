"""The models trained here: what is kept, what is in use, what may be loaded."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filterfeed import model
from filterfeed.errors import ModelError, PublishError
from filterfeed.registry import SHIPPED, Entry, Registry, choice
from filterfeed.types import Config

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


def add(registry: Registry, data: bytes, *, activate: bool = True) -> Entry:
    return registry.add(data, {"digest": digest(data), "n": len(data)}, NOW, activate=activate)


def config(registry: Registry, **settings: str) -> Config:
    return Config(path="", output="", database="", models=str(registry.directory), **settings)


def test_where_nothing_was_trained_the_shipped_model_is_in_use(registry: Registry) -> None:
    """Looking at it makes no directory."""
    assert registry.entries() == ()
    assert (registry.active_path(), registry.trusted()) == ("", frozenset())
    assert not registry.directory.exists()
    assert choice(config(registry)) == choice(None)
    assert choice(None).digest.startswith(model.load().id)


def test_a_model_is_kept_with_its_card(registry: Registry) -> None:
    """Under the first digits of its digest; it is trusted, and in use when that was said."""
    entry = add(registry, b"one")
    assert entry.id == digest(b"one")[:12]
    assert Path(entry.path).read_bytes() == b"one"
    assert entry.card["n"] == 3
    assert (entry.made, entry.active) == (NOW, True)
    assert registry.entries() == (entry,)
    assert registry.active_path() == entry.path
    assert registry.trusted() == {digest(b"one")}
    other = add(registry, b"three", activate=False)
    assert [own.active for own in registry.entries()] == [True, False]
    assert Path(other.path).exists()


def test_the_same_bytes_again_are_the_same_model(registry: Registry) -> None:
    """It keeps its time, and being in use twice is being in use once."""
    add(registry, b"one")
    later = registry.add(b"one", {"n": 3}, NOW + timedelta(days=1), activate=True)
    assert registry.entries() == (later,)
    assert later.made == NOW
    assert registry.rollback() == SHIPPED


def test_rollback_goes_back_one_by_one(registry: Registry) -> None:
    """To the models as they were in use, down to the shipped one, and not further."""
    one, two = add(registry, b"one"), add(registry, b"two")
    registry.use(one.id)
    registry.use(SHIPPED)
    assert registry.active_path() == ""
    assert [registry.rollback() for _ in range(4)] == [one.id, two.id, one.id, SHIPPED]
    with pytest.raises(ModelError, match="no model was in use before"):
        registry.rollback()
    assert len(registry.entries()) == 2


def test_a_model_that_is_not_there_cannot_be_used(registry: Registry) -> None:
    """What is in use stays."""
    one = add(registry, b"one")
    with pytest.raises(ModelError, match=r"has no model 'none'"):
        registry.use("none")
    assert registry.active_path() == one.path


def test_files_are_trusted_as_they_are(registry: Registry, tmp_path: Path) -> None:
    """By their bytes: one that is changed afterwards is another file."""
    file = tmp_path / "m.joblib"
    file.write_bytes(b"theirs")
    registry.trust(file)
    assert registry.trusted() == {digest(b"theirs")}
    with pytest.raises(ModelError, match=r"none\.joblib: cannot be read"):
        registry.trust(tmp_path / "none.joblib")


def test_a_file_in_the_directory_is_not_trusted_for_that(registry: Registry) -> None:
    """Only what went through `add` or `trust` is."""
    add(registry, b"one")
    (registry.directory / "0123456789ab.joblib").write_bytes(b"two")
    assert registry.trusted() == {digest(b"one")}
    assert len(registry.entries()) == 1


def test_the_file_of_a_configuration_goes_first(registry: Registry, tmp_path: Path) -> None:
    """Until it is trusted, the shipped model does its work, and so is the one that is named."""
    one = add(registry, b"one")
    assert choice(config(registry)).path == one.path
    assert choice(config(registry)).digest == digest(b"one")
    file = tmp_path / "m.joblib"
    file.write_bytes(b"theirs")
    file.with_suffix(".json").write_text(json.dumps({"digest": digest(b"theirs")}))
    named = config(registry, model=str(file))
    assert choice(named).path == str(file)
    assert choice(named).digest == choice(None).digest
    registry.trust(file)
    assert choice(named).digest == digest(b"theirs")


@pytest.mark.parametrize("text", ["", "[]", '{"made": 1, "used": [], "trusted": {}}', "\xff"])
def test_a_damaged_registry_is_one_line(registry: Registry, text: str) -> None:
    """It names the file and what to do."""
    add(registry, b"one")
    (registry.directory / "registry.json").write_text(text, encoding="latin-1")
    with pytest.raises(ModelError, match=r"registry\.json: is damaged; remove it") as caught:
        choice(config(registry))
    assert "\n" not in str(caught.value)


def test_a_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """It names the place."""
    (tmp_path / "models").write_text("in the way")
    registry = Registry(tmp_path / "models")
    with pytest.raises(ModelError, match="models"):
        registry.trust(__file__)
    with pytest.raises(PublishError, match="models"):
        add(registry, b"one")


def test_two_at_once_lose_nothing(registry: Registry) -> None:
    """Whoever changes the registry waits for others that do."""
    threads = [
        threading.Thread(target=add, args=(Registry(registry.directory), b"%d" % number))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(registry.entries()) == 20
    assert len(registry.trusted()) == 20
