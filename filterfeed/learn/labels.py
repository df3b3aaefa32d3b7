"""Stored labels as labelled documents, and labelled documents as stored labels.

A labelled document is as in `learn.corpus`: one JSON object a line. Texts stay as they were cut:
they are matched to blocks by their words, when a model is trained, and by their keys, when it is
asked what is labelled already.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Literal, cast

from filterfeed.errors import SourceError
from filterfeed.learn.align import is_in, is_label, parted, transfer
from filterfeed.learn.questions import Recurring, answers
from filterfeed.segment import key, segment
from filterfeed.store import Given, Original, Store
from filterfeed.types import Label


@dataclass(slots=True)
class Taken:
    """What came of one file of labelled documents."""

    documents: int = 0
    labels: int = 0
    new: int = 0
    """Labels that were not there, or were others."""
    errors: list[str] = field(default_factory=list)
    """One line each, naming file and line."""


def documents(store: Store) -> Iterator[dict[str, Any]]:
    """All labelled documents, in the order in which they came.

    A label counts for each block with the same words in labelled documents of its publisher.
    """
    labels = store.labels.all()
    known = answers(labels)
    for uid, own in groupby(labels, key=lambda own: own.uid):
        original = store.labels.original(uid)
        if original:  # else it has just been taken back
            yield _document(original, {one.given.text: one.given.label for one in own}, known)


def line(document: dict[str, Any]) -> bytes:
    """One line of a file of labelled documents."""
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


def take(store: Store, name: str, rows: Iterable[bytes], now: datetime) -> Taken:
    """Store the labels in `rows`, the lines of what is called `name`.

    Rows that are no labelled documents are passed over; what came before an unreadable one stays.
    """
    taken = Taken()
    try:
        for number, row in enumerate(rows, 1):
            try:
                _take(store, row, now, taken)
            except _Bad as bad:
                taken.errors.append(f"{name}: line {number}: {bad}")
    except SourceError as error:
        taken.errors.append(str(error))
    return taken


class _Bad(Exception):
    """A row that is no labelled document, and why."""


def _take(store: Store, row: bytes, now: datetime, taken: Taken) -> None:
    if not row.strip():
        return
    document = _parsed(row)
    original, given = _original(document), _gold(document)
    if not given:
        return
    if store.labels.original(original.uid) not in (None, original):
        raise _Bad(f"another document is here as {original.uid!r}: give this one another uid")
    blocks = segment(original.html, original.url)
    if not any(is_in(blocks, own.text) for own in given):
        raise _Bad("none of the texts in `gold` is in `html`")
    taken.documents += 1
    taken.labels += len(given)
    taken.new += store.labels.put(original, given, now)


def _document(
    original: Original, own: dict[str, str], known: Mapping[Recurring, str]
) -> dict[str, Any]:
    whole = segment(original.html, original.url)
    blocks = parted(whole, own)
    parts = {block.key for block in blocks} - {block.key for block in whole}
    gold = dict(own)
    for block, label in zip(blocks, transfer(blocks, own.items()), strict=True):
        same = known.get((original.publisher, block.key))
        if same and not label and block.text:
            gold[block.text] = same
    return {
        "uid": original.uid,
        "publisher": original.publisher,
        "url": original.url,
        "as": original.as_,
        "title": original.title,
        "html": original.html,
        "gold": [
            {"text": text, "label": label} | ({"part": True} if key(text) in parts else {})
            for text, label in gold.items()
        ],
    }


def _parsed(row: bytes) -> dict[str, Any]:
    try:
        # Lone surrogates, which JSON can spell and no file can hold, become question marks.
        text = json.dumps(json.loads(row.decode("utf-8-sig")), ensure_ascii=False)
        document = json.loads(text.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise _Bad("not JSON") from None
    if not isinstance(document, dict):
        raise _Bad("not a JSON object")
    return document


def _original(document: dict[str, Any]) -> Original:
    return Original(
        uid=_name(document, "uid"),
        publisher=_name(document, "publisher"),
        url=_text(document, "url", ""),
        as_=_as(document),
        title=_text(document, "title", ""),
        html=_text(document, "html"),
    )


def _as(document: dict[str, Any]) -> Literal["page", "body"]:
    as_ = _text(document, "as")
    if as_ not in ("page", "body"):
        raise _Bad(f"`as` is {as_!r}; it is to be 'page' or 'body'")
    return cast(Literal["page", "body"], as_)


def _gold(document: dict[str, Any]) -> list[Given]:
    """Each text once, with its last label; those of which nothing is known left out."""
    gold = document.get("gold")
    if not isinstance(gold, list) or not all(isinstance(own, dict) for own in gold):
        raise _Bad("`gold` is not a list of objects")
    labels = {_text(own, "text"): _text(own, "label") for own in gold}
    return [
        Given(text, key(text), cast(Label, label))
        for text, label in labels.items()
        if is_label(label) and text.strip()
    ]


def _name(document: dict[str, Any], name: str) -> str:
    text = _text(document, name)
    if not text.strip():
        raise _Bad(f"`{name}` is empty")
    return text


def _text(document: dict[str, Any], name: str, default: str | None = None) -> str:
    """The text of a key; `default`, if there is one, also stands for null."""
    value = document.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise _Bad(f"`{name}` is {'missing' if value is None else 'not a text'}")
    return value
