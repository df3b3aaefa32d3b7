"""Kinds of values that hold several: arrays, and the table of headers."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from filterfeed.config.kinds import Context, Kind, Mistake, mistake, must, shown, variable
from filterfeed.config.lines import Path as KeyPath
from filterfeed.types import Header

T = TypeVar("T")

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_HOST = re.compile(r"[^\s/@?#]+")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _array(allowed: str, read_member: Callable[[Any], T]) -> Kind:
    def read(value: Any, context: Context) -> tuple[T, ...]:
        must(isinstance(value, list), allowed, value)
        return tuple(_each(((at,), member, read_member) for at, member in enumerate(value)))

    return Kind(allowed, read, None)


def _pattern(value: Any) -> str:
    must(isinstance(value, str), "a regular expression", value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "[[" and the like mean something else than they seem
            empty_fits = re.compile(value).search("")
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise mistake(f"{shown(value)} is not a regular expression: {error}") from None
    if empty_fits:
        raise mistake(f"{shown(value)} is found in every text, even in an empty one")
    return str(value)


def _host(value: Any) -> str:
    must(isinstance(value, str) and _HOST.fullmatch(value), "a host or host:port", value)
    return str(value).lower()


def _headers(value: Any, context: Context) -> tuple[Header, ...]:
    must(isinstance(value, dict), HEADERS.allowed, value)

    def header(pair: tuple[str, Any]) -> Header:
        return _header(*pair, context.environ)

    return tuple(_each(((name,), (name, text), header) for name, text in value.items()))


def _header(name: str, value: Any, environ: Mapping[str, str]) -> Header:
    """No message shows the value, which may be a secret."""
    if not _HEADER_NAME.fullmatch(name):
        raise mistake(f"{shown(name)} is not the name of a header")
    if not isinstance(value, str):
        raise mistake(f"{name} must be a string")
    full = _VARIABLE.sub(lambda match: _secret(match[1], environ), value)
    if not _HEADER_VALUE.fullmatch(full):
        raise mistake(f"{name} has characters that a header cannot have")
    return name, full


def _secret(name: str, environ: Mapping[str, str]) -> str:
    value = variable(name, environ)
    if value is None:
        raise mistake(f"the environment variable {name} is not set")
    return value


def _each(members: Iterable[tuple[KeyPath, Any, Callable[[Any], T]]]) -> list[T]:
    """Read all (place, value, reader); one Mistake for all that is wrong in them."""
    values: list[T] = []
    wrong: list[tuple[KeyPath, str]] = []
    for at, value, read in members:
        try:
            values.append(read(value))
        except Mistake as found:
            wrong += [((*at, *below), text) for below, text in found.parts]
    if wrong:
        raise Mistake(*wrong)
    return values


PATTERNS = _array("an array of regular expressions", _pattern)
HOSTS = _array('an array of hosts, or host:port, as in ["localhost"]', _host)
HEADERS = Kind("a table of strings", _headers, None)
