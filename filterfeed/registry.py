"""The models trained here: which of them is in use, and which other files may be loaded.

A directory holds each model as <id>.joblib with its card, <id>.json, and one file, registry.json,
that says what was made, used and trusted. A model file runs code when it is loaded: whoever can
write that directory decides what runs. Old models are never removed. No slow imports.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from filterfeed.errors import ModelError
from filterfeed.publish import write_if_changed
from filterfeed.types import Config

SHIPPED = "shipped"
"""What the shipped model is called beside the ids of others."""
_ID = 12
"""Digits of a digest that make an id."""
# Not asked of the room `model`, whose import is slow.
_PINNED = Path(__file__).resolve().parent / "model" / "shipped.sha256"


@dataclass(frozen=True, slots=True)
class Entry:
    """One model trained here."""

    id: str
    """The first digits of its digest."""
    path: str
    card: Mapping[str, Any]
    made: datetime
    active: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The model that a configuration uses."""

    path: str = ""
    """"" means the shipped one."""
    trusted: frozenset[str] = frozenset()
    """Digests of the files that may be loaded beside the shipped one."""
    digest: str = ""
    """Of the model; "" when its card does not tell."""


@dataclass(frozen=True, slots=True)
class _State:
    """What registry.json says."""

    made: dict[str, str] = field(default_factory=dict)
    """Digest -> when, for each model trained here, oldest first."""
    used: tuple[str, ...] = ()
    """Ids of the models that were made active one after the other; "" is the shipped one."""
    trusted: dict[str, str] = field(default_factory=dict)
    """Digest -> where the file was when it was trusted."""


def choice(config: Config | None) -> Choice:
    """The file of the configuration, else the active model of its registry, else the shipped one.

    Raises ModelError when the registry cannot be read.
    """
    if config is None:
        return Choice(digest=_shipped_digest())
    registry = Registry(config.models)
    path, trusted = config.model or registry.active_path(), registry.trusted()
    digest = _promised(Path(path)) if path else ""
    # Of a file that is not trusted, the shipped model does the work.
    return Choice(path, trusted, digest if digest in trusted else _shipped_digest())


class Registry:
    """The directory of a configuration's models; it is made by the first change.

    All methods raise ModelError when registry.json cannot be read, those that change something
    PublishError when the directory cannot be written.
    """

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)
        self._file = self.directory / "registry.json"

    def entries(self) -> tuple[Entry, ...]:
        """The models, oldest first."""
        state = self._state()
        return tuple(self._entry(digest, state) for digest in state.made)

    def active_path(self) -> str:
        """The file of the model in use; "" for the shipped one."""
        active = _active(self._state())
        return str(self._model_file(active)) if active else ""

    def trusted(self) -> frozenset[str]:
        """Digests of the models made here and of the files that were trusted."""
        state = self._state()
        return frozenset({*state.made, *state.trusted})

    def add(self, data: bytes, card: Mapping[str, Any], now: datetime, *, activate: bool) -> Entry:
        """Keep a model; the same bytes again are the same model."""
        digest = hashlib.sha256(data).hexdigest()
        file = self._model_file(digest[:_ID])
        write_if_changed(file, data)
        write_if_changed(file.with_suffix(".json"), json_bytes(card))
        with self._change() as before:
            made = {**before.made, digest: before.made.get(digest, now.isoformat())}
            after = replace(before, made=made)
            after = _using(after, digest[:_ID]) if activate else after
            self._save(after)
        return self._entry(digest, after)

    def use(self, id_: str) -> None:
        """Make a model the one in use, by its id, or SHIPPED. Raises ModelError for another."""
        with self._change() as state:
            if id_ != SHIPPED and id_ not in {digest[:_ID] for digest in state.made}:
                raise ModelError(f"{self.directory}: has no model {id_!r}; `model list` has all")
            self._save(_using(state, "" if id_ == SHIPPED else id_))

    def rollback(self) -> str:
        """Go back to the model that was in use before, and return its id or SHIPPED."""
        with self._change() as before:
            if not before.used:
                raise ModelError(f"{self.directory}: no model was in use before this one")
            after = replace(before, used=before.used[:-1])
            self._save(after)
        return _active(after) or SHIPPED

    def trust(self, path: str | Path) -> str:
        """Let the file at `path`, as it is now, be loaded; returns its digest."""
        try:
            digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        except OSError as error:
            raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
        with self._change() as state:
            self._save(replace(state, trusted={**state.trusted, digest: str(Path(path).resolve())}))
        return digest

    def _model_file(self, id_: str) -> Path:
        return self.directory / f"{id_}.joblib"

    def _entry(self, digest: str, state: _State) -> Entry:
        id_ = digest[:_ID]
        file = self._model_file(id_)
        made = datetime.fromisoformat(state.made[digest])
        return Entry(id_, str(file), card_at(file), made, id_ == _active(state))

    def _state(self) -> _State:
        try:
            values = json.loads(self._file.read_bytes())
            return _State(dict(values["made"]), tuple(values["used"]), dict(values["trusted"]))
        except FileNotFoundError:
            return _State()
        except OSError as error:
            raise ModelError(f"{self._file}: cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{self._file}: is damaged; remove it to start anew") from error

    @contextmanager
    def _change(self) -> Iterator[_State]:
        """The state, while no other process changes it."""
        lock = self.directory / "registry.lock"
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            file = lock.open("ab")
        except OSError as error:
            raise ModelError(f"{lock}: cannot be written: {error.strerror}") from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield self._state()

    def _save(self, state: _State) -> None:
        write_if_changed(self._file, json_bytes(asdict(state)))


def json_bytes(value: object) -> bytes:
    """As in a card's file."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _active(state: _State) -> str:
    return state.used[-1] if state.used else ""


def _using(state: _State, id_: str) -> _State:
    return state if _active(state) == id_ else replace(state, used=(*state.used, id_))


def card_at(file: Path) -> Mapping[str, Any]:
    """The card beside a model file; empty when it cannot be read."""
    try:
        card = json.loads(file.with_suffix(".json").read_bytes())
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}


def _promised(file: Path) -> str:
    """What the card says of the file: reading the file itself takes longer."""
    return str(card_at(file).get("digest", ""))


def _shipped_digest() -> str:
    return _PINNED.read_text(encoding="ascii").strip()
