"""Where in a TOML text each key stands, which tomllib does not tell.

It reads a text that tomllib has accepted, so it only has to tell keys from values.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Keys and array indexes from the root down, as in ("feed", 0, "url")."""

_TOKEN = re.compile(
    r'''
    (?P<text> """(?:\\.|[^\\])*?"{3,5} | \'\'\'.*?'{3,5} | "(?:\\.|[^"\\])*" | '[^']*' )
    | (?P<comment> \#[^\n]* )
    | (?P<mark> [\[\]{}=,.\n] )
    | (?P<bare> [^\s\[\]{}=,.\#"']+ )
    ''',
    re.DOTALL | re.VERBOSE,
)


@dataclass(slots=True)
class _Bracket:
    """An open array, or inline table, of a value."""

    path: Path
    index: int | None
    """Of the array's current member; None in a table."""


class Lines:
    """The line numbers of the keys of `text`, and of the members of arrays."""

    def __init__(self, text: str) -> None:
        self._found: dict[Path, int] = {(): 1}
        self._last: dict[Path, int] = {}  # array of tables -> index of its newest table
        self._table: Path = ()
        self._brackets: list[_Bracket] = []
        self._key: list[str] | None = []  # of the key that is being read; None: inside a value
        self._value: Path = ()
        for line, token in _tokens(text):
            self._take(line, token)

    def of(self, path: Path) -> int:
        """The line of the key at `path`, or of the nearest table around it."""
        while path not in self._found:
            path = path[:-1]
        return self._found[path]

    def _take(self, line: int, token: str) -> None:
        if token == "\n":
            self._end_line()
        elif self._key is None:
            self._take_value(line, token)
        elif token == "=":
            self._end_key(line, self._key)
        elif token == "]" and not self._brackets:
            self._end_header(line, self._key)
        elif token == "}":
            self._close()
        elif token not in ".,":
            self._key.append(token)

    def _end_line(self) -> None:
        if not self._brackets:
            self._key = []

    def _end_key(self, line: int, key: Sequence[str]) -> None:
        around = self._brackets[-1].path if self._brackets else self._table
        self._value = self._note(line, around, key)
        self._key = None

    def _end_header(self, line: int, key: list[str]) -> None:
        """At the first "]" of a header, whose "[" are the first of `key`."""
        names = [token for token in key if token != "["]
        if not names:  # the second "]"
            return
        self._table = self._note(line, (), names)
        if key[:2] == ["[", "["]:
            index = self._last.get(self._table, -1) + 1
            self._last[self._table] = index
            self._table = (*self._table, index)
            self._found[self._table] = line
        self._key = []

    def _note(self, line: int, path: Path, names: Sequence[str]) -> Path:
        """Remember the keys `names` below `path`; in an array of tables, in its newest table."""
        for name in names:
            if path in self._last:
                path = (*path, self._last[path])
            path = (*path, _unquoted(name))
            self._found.setdefault(path, line)
        return path

    def _take_value(self, line: int, token: str) -> None:
        inside = self._brackets[-1] if self._brackets else None
        if token in "]}":
            self._close()
            return
        if inside and token == ",":
            self._next(inside)
            return
        if inside and inside.index is not None:
            self._value = (*inside.path, inside.index)
            self._found.setdefault(self._value, line)
        if token in "[{":
            self._brackets.append(_Bracket(self._value, 0 if token == "[" else None))
            self._key = [] if token == "{" else None

    def _next(self, inside: _Bracket) -> None:
        if inside.index is None:
            self._key = []
        else:
            inside.index += 1

    def _close(self) -> None:
        self._brackets.pop()
        self._key = None


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "comment":
            yield line, match[0]
        line += match[0].count("\n")


def _unquoted(name: str) -> str:
    return next(iter(tomllib.loads(f"{name} = 0"))) if name[0] in "\"'" else name
