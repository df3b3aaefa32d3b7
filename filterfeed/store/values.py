"""The store's nouns, and frozen dataclasses as JSON text and compressed bytes.

A field that has its default is left out: it keeps the text short, and a field that a later
version adds changes neither old values nor digests.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from filterfeed.types import CleanItem, Item, Page

T = TypeVar("T")
Decoder = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """An item as the store keeps it."""

    key: str
    guid: str
    """As it is published."""
    own_guid: bool
    """True: the publisher's own. False: derived once, by `identity`."""
    item: Item
    """As the publisher wrote it, its guid verbatim."""
    page: Page | None = None
    """The original of the page, if it was fetched: cleaning again needs no network."""
    clean: CleanItem
    """As published: `clean.item.guid == guid`."""
    position: int = -1
    """Its place in the publisher's last document; -1 when it is no longer listed there."""
    page_attempts: int = 0
    """Failed tries to get the page."""
    page_wanted: bool = False
    """The page is still to be fetched: over `max_pages`, or a passing failure."""
    page_error: str = ""
    model_id: str = ""
    first_seen: datetime
    changed: datetime
    """When what is published of it changed last."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output feed, ready to be served."""

    body: bytes
    etag: str
    """Of the bytes, in quotes as in the HTTP header."""
    last_modified: datetime
    """In whole seconds."""


class Damaged(Exception):
    """A stored value that cannot be read."""


def item_digest(item: Item) -> str:
    """Tells whether a publisher's item has changed."""
    return hashlib.sha256(dumps(item).encode("ascii")).hexdigest()


def dumps(value: object) -> str:
    """`value` (a dataclass, or a tuple of them) as JSON in ASCII, always the same for the same."""
    return json.dumps(_plain(value), separators=(",", ":"))


def loads(type_: type[T], text: str | bytes) -> T:
    """The value of `dumps`. Raises Damaged."""
    try:
        hint: Any = type_
        value: T = _decoder(hint)(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Damaged(f"unreadable {getattr(type_, '__name__', type_)}") from error
    return value


def pack(value: object) -> bytes:
    """`dumps`, compressed."""
    return zlib.compress(dumps(value).encode("ascii"))


def unpack(type_: type[T], data: bytes) -> T:
    """The value of `pack`. Raises Damaged."""
    try:
        return loads(type_, zlib.decompress(data))
    except (zlib.error, TypeError) as error:
        raise Damaged("unreadable compressed value") from error


def timestamp(moment: datetime) -> str:
    """In UTC and of one length, so that the text sorts as the time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def storable(*values: Any) -> tuple[Any, ...]:
    """`values` with "?" for lone surrogates, which SQLite's UTF-8 cannot hold."""
    return tuple(
        value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for value in values
    )


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {field.name: _plain(own) for field, own in pairs if own != field.default}
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


@cache
def _decoder(hint: Any) -> Decoder:
    """The function that makes a value of type `hint` from plain JSON."""
    if dataclasses.is_dataclass(hint):
        return _dataclass_decoder(hint)
    if hint is datetime:
        return datetime.fromisoformat
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _optional_decoder(arguments)
    if origin is tuple:
        return _tuple_decoder(arguments)
    return frozenset if origin is frozenset else _same


def _same(value: Any) -> Any:
    return value


def _dataclass_decoder(type_: Any) -> Decoder:
    hints = get_type_hints(type_)
    decoders = {field.name: _decoder(hints[field.name]) for field in dataclasses.fields(type_)}

    def decode(data: Any) -> Any:
        return type_(**{name: decoders[name](own) for name, own in data.items()})

    return decode


def _optional_decoder(arguments: tuple[Any, ...]) -> Decoder:
    (inner,) = (_decoder(argument) for argument in arguments if argument is not type(None))
    return lambda data: None if data is None else inner(data)


def _tuple_decoder(arguments: tuple[Any, ...]) -> Decoder:
    if arguments[-1] is Ellipsis:
        member = _decoder(arguments[0])
        return lambda data: tuple(member(own) for own in data)
    members = [_decoder(argument) for argument in arguments]
    return lambda data: tuple(decode(own) for decode, own in zip(members, data, strict=True))
