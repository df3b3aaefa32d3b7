"""The kinds of values in filterfeed.toml: how each is checked and read.

A kind's `read` makes a setting from what tomllib or an environment variable gave, or raises
Mistake with all that is wrong in it. What depends on the surroundings is in Context.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filterfeed.config.lines import Path as KeyPath

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([A-Za-z]*)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Mistake(Exception):
    """What is wrong in a value: (place inside of it, what is wrong), at least once."""

    def __init__(self, *parts: tuple[KeyPath, str]) -> None:
        self.parts = parts
        super().__init__("; ".join(text for _, text in parts))


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of a configuration."""

    directory: Path
    """Of the file: what relative paths are relative to."""
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value."""

    allowed: str
    """A noun phrase, for people."""
    read: Callable[[Any, Context], Any]
    from_text: Callable[[str], Any] | None = str
    """Makes the TOML value from an environment variable's text (raises ValueError);
    None: not from the environment."""


def variable(name: str, environ: Mapping[str, str]) -> str | None:
    """Environment variable `name`, or what the file that `<name>_FILE` names holds.

    Empty is as good as unset. Raises Mistake for a file that cannot be read.
    """
    path = environ.get(f"{name}_FILE")
    if environ.get(name) or not path:
        return environ.get(name) or None
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n") or None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8"
        raise mistake(f"{name}_FILE: cannot read {path}: {reason}") from None


def whole(low: int, high: int) -> Kind:
    allowed = f"a whole number from {low} to {high}"

    def read(value: Any, context: Context) -> int:
        must(isinstance(value, int) and _is_number(value) and low <= value <= high, allowed, value)
        return int(value)

    return Kind(allowed, read, int)


def number(low: float, high: float) -> Kind:
    allowed = f"a number from {low:g} to {high:g}"

    def read(value: Any, context: Context) -> float:
        must(_is_number(value) and low <= value <= high, allowed, value)
        return float(value)

    return Kind(allowed, read, float)


def choice(*options: str) -> Kind:
    allowed = " or ".join(shown(option) for option in options)

    def read(value: Any, context: Context) -> str:
        must(isinstance(value, str) and value in options, allowed, value)
        return str(value)

    return Kind(allowed, read)


def duration(low: str, high: str) -> Kind:
    """Seconds, as a float."""
    return _amount(_SECONDS, low, high, 'seconds, or a time like "45s", "30m", "2h", "1d"')


def size(low: str, high: str) -> Kind:
    """Bytes."""
    return rounded(_amount(_BYTES, low, high, 'bytes, or a size like "500 kB", "10 MiB"'))


def rounded(kind: Kind) -> Kind:
    """`kind`, in whole numbers."""
    return replace(kind, read=lambda value, context: round(kind.read(value, context)))


def optional(kind: Kind) -> Kind:
    """`kind`, or "" for none."""
    return replace(
        kind, read=lambda value, context: value if value == "" else kind.read(value, context)
    )


def _amount(units: Mapping[str, int], low: str, high: str, what: str) -> Kind:
    allowed = f"{what}, from {low} to {high}"
    least, most = _in_units(low, units), _in_units(high, units)

    def read(value: Any, context: Context) -> float:
        amount = _in_units(value, units)
        must(least <= amount <= most, allowed, value)
        return float(amount)

    return Kind(allowed, read)


def _in_units(value: Any, units: Mapping[str, int]) -> float:
    """`value`, or the number and unit that it spells; NaN when it does not."""
    if _is_number(value):
        return value  # type: ignore[no-any-return]
    match = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return math.nan
    return float(match[1]) * units.get(match[2].lower(), math.nan)


def _name(value: Any, context: Context) -> str:
    fits = isinstance(value, str) and len(value) <= 100 and _NAME.fullmatch(value)
    must(fits, NAME.allowed, value)
    return str(value)


def _text(value: Any, context: Context) -> str:
    must(_is_line(value), TEXT.allowed, value)
    return str(value)


def _path(value: Any, context: Context) -> str:
    must(value and _is_line(value), PATH.allowed, value)
    home = context.environ.get("HOME")
    text = f"{home}{value[1:]}" if home and value.startswith("~/") else value
    return str(context.directory / text)


def _feed_url(value: Any, context: Context) -> str:
    is_url = _is_web_url(value)
    is_path = value and _is_line(value) and not _SCHEME.match(value)
    must(is_url or is_path, FEED_URL.allowed, value)
    return str(value) if is_url else _path(value, context)


def _web_url(value: Any, context: Context) -> str:
    must(_is_web_url(value), WEB_URL.allowed, value)
    return str(value).rstrip("/")


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and not _CONTROL.search(value)


def _is_web_url(value: Any) -> bool:
    if not _is_line(value) or " " in value:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def must(fits: object, allowed: str, value: Any) -> None:
    if not fits:
        raise mistake(f"must be {allowed}, not {shown(value)}")


def mistake(text: str) -> Mistake:
    return Mistake(((), text))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """`value` as it may stand in a message: short, on one line."""
    if isinstance(value, str):
        return json.dumps(value if len(value) <= 60 else value[:57] + "...", ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > 64:
        return "so large a number"  # Python refuses to print some of them
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "an array"
    return "a table" if isinstance(value, dict) else "a date or time"


NAME = Kind(
    'lower-case letters and digits, after the first also ".", "_" and "-", 100 at most', _name
)
TEXT = Kind("a string on one line", _text)
PATH = Kind("a path", _path)
FEED_URL = Kind("an http:// or https:// URL, or the path of a local file", _feed_url)
WEB_URL = Kind("an http:// or https:// URL", _web_url)
