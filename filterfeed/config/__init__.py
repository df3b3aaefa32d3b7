"""filterfeed.toml -> Config. All mistakes are reported together, each with its line.

keys     every key, with its kind, default and meaning; the template
kinds    how each kind of value is checked and read
many     the same of values that hold several
lines    where in the text a key stands
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import Any

from filterfeed.config.keys import KEYS, TEMPLATE, Key, Table, keys_of
from filterfeed.config.kinds import Context, Mistake, variable
from filterfeed.config.lines import Lines
from filterfeed.config.lines import Path as KeyPath
from filterfeed.errors import ConfigError
from filterfeed.types import Config, FeedConfig, FetchConfig, Header, Policy

__all__ = ["KEYS", "TEMPLATE", "Key", "default_path", "load"]

Values = dict[str, Any]

_SINGLE: tuple[Table, ...] = ("filterfeed", "fetch", "defaults")
_TABLES: tuple[Table, ...] = (*_SINGLE, "feed")
_POLICY = tuple(field.name for field in fields(Policy))
_TOML_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TOML_END = " (at end of document)"


def default_path(environ: Mapping[str, str]) -> str:
    """Where the configuration is when the command line does not say."""
    return environ.get("FILTERFEED_CONFIG") or "filterfeed.toml"


def load(path: str, environ: Mapping[str, str]) -> Config:
    """Read and check the file at `path`. Raises ConfigError with all that is wrong."""
    text = _read(path)
    raw = _parse(path, text)
    file = Path(path).absolute()
    reader = _Reader(text, Context(file.parent, environ))
    reader.check_tables(raw)
    main, fetch, defaults = (reader.table(table, raw) for table in _SINGLE)
    feeds = reader.feeds(raw)
    if problems := reader.problems():
        raise ConfigError(path, problems)
    return Config(
        path=str(file),
        fetch=FetchConfig(**fetch),
        feeds=tuple(_feed_config(defaults, feed) for feed in feeds),
        **main,
    )


def _read(path: str) -> str:
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        hint = "there is no such file; `filterfeed init` makes one"
        raise ConfigError(path, [hint]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(path, [f"cannot be read: {reason}"]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, [f"line {line}: is not UTF-8"]) from None


def _parse(path: str, text: str) -> Values:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(path, [_syntax(text, str(error))]) from None


def _syntax(text: str, message: str) -> str:
    """tomllib's message, with the line in front."""
    match = _TOML_LINE.search(message)
    line = match[1] if match else str(text.rstrip().count("\n") + 1)
    what = _TOML_LINE.sub("", message).removesuffix(_TOML_END)
    return f"line {line}: is not TOML: {what}"


class _Reader:
    """Reads the tables of a file, and collects what is wrong as (line, text)."""

    def __init__(self, text: str, context: Context) -> None:
        self._text = text
        self._context = context
        self._problems: list[tuple[float, str]] = []

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self._text)

    def problems(self) -> list[str]:
        """In the order of their lines; then those that have none."""
        return [text for _, text in sorted(self._problems, key=lambda problem: problem[0])]

    def table(self, table: Table, raw: Values) -> Values:
        """[`table`]: what is written there, or comes from the environment, or is the default."""
        written = raw.get(table, {})
        if not isinstance(written, dict):
            self._note((table,), f"must be one table: write [{table}]")
            written = {}
        return {
            **self._defaults(table),
            **self._written(table, written, (table,)),
            **self._environment(table),
        }

    def feeds(self, raw: Values) -> list[Values]:
        """What is written in each [[feed]]."""
        written = raw.get("feed", [])
        if not written:
            self._problems.append((math.inf, "there is no [[feed]]: write one, with name and url"))
        if not isinstance(written, list) or not all(isinstance(feed, dict) for feed in written):
            self._note(("feed",), "must be tables: write [[feed]], with two brackets")
            return []
        feeds = [self._feed(feed, ("feed", at)) for at, feed in enumerate(written)]
        self._check_names([feed.get("name") for feed in feeds])
        return feeds

    def check_tables(self, raw: Values) -> None:
        for name in raw:
            if name not in _TABLES:
                self._note((name,), f"is unknown{_table_hint(name)}")

    def _feed(self, written: Values, at: KeyPath) -> Values:
        for key in keys_of("feed").values():
            if key.default is None and key.name not in written:
                self._note(at, f"{key.name} is missing")
        return self._written("feed", written, at)

    def _check_names(self, names: Sequence[str | None]) -> None:
        for at, name in enumerate(names):
            first = names.index(name)
            if name is not None and first < at:
                line = self._lines.of(("feed", first, "name"))
                self._note(("feed", at, "name"), f'"{name}" is taken by the feed in line {line}')

    def _written(self, table: Table, written: Values, at: KeyPath) -> Values:
        keys = keys_of(table)
        values = {}
        for name, value in written.items():
            if name not in keys:
                self._note((*at, name), f"is unknown{_key_hint(name, table)}")
                continue
            try:
                values[name] = keys[name].kind.read(value, self._context)
            except Mistake as mistake:
                for below, text in mistake.parts:
                    self._note((*at, name), text, below)
        return values

    def _environment(self, table: Table) -> Values:
        values = {}
        for key in keys_of(table).values():
            try:
                text = key.variable and variable(key.variable, self._context.environ)
                if text:
                    values[key.name] = key.kind.read(key.from_text(text), self._context)
            except Mistake as mistake:
                self._problems.append((math.inf, f"{key.variable}: {mistake}"))
        return values

    def _defaults(self, table: Table) -> Values:
        return {
            key.name: key.kind.read(key.default, self._context) for key in keys_of(table).values()
        }

    def _note(self, at: KeyPath, text: str, below: KeyPath = ()) -> None:
        """Something is wrong with the key at `at`, more exactly at the place `below` it."""
        line = self._lines.of((*at, *below))
        self._problems.append((line, f"line {line}: {_label(at)}: {text}"))


def _label(at: KeyPath) -> str:
    """The key at `at`, as one would write it."""
    *_, name = (own for own in at if isinstance(own, str))
    return name if _BARE.fullmatch(name) else json.dumps(name)


def _key_hint(name: str, table: Table) -> str:
    near = _nearest(name, keys_of(table))
    return _home_hint(name) or (f'; did you mean "{near}"?' if near else "")


def _table_hint(name: str) -> str:
    near = _nearest(name, _TABLES)
    return f"; did you mean {_header(near)}?" if near else _home_hint(name)


def _home_hint(name: str) -> str:
    homes = [_header(table) for table in _TABLES if name in keys_of(table)]
    return f"; it belongs to {' or '.join(homes)}" if homes else ""


def _nearest(name: str, names: Iterable[str]) -> str | None:
    import difflib  # only when there is a mistake to explain: it takes some milliseconds

    return next(iter(difflib.get_close_matches(name, names, 1)), None)


def _header(table: str) -> str:
    return "[[feed]]" if table == "feed" else f"[{table}]"


def _feed_config(defaults: Values, written: Values) -> FeedConfig:
    values = {**defaults, **written}
    values["headers"] = _merged(defaults["headers"], values["headers"])
    policy = Policy(**{name: values.pop(name) for name in _POLICY})
    return FeedConfig(policy=policy, **values)


def _merged(defaults: Sequence[Header], own: Sequence[Header]) -> tuple[Header, ...]:
    """Both; where one header is in both, that of the feed."""
    return tuple({name.lower(): (name, value) for name, value in (*defaults, *own)}.values())
