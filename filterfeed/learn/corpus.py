"""Labelled documents and pages with a gold text, read from files into samples.

A file of labelled documents has one JSON object a line (also gzipped):

    {"uid": ..., "publisher": ..., "url": ..., "as": "page" | "body", "title": ..., "html": ...,
     "gold": [{"text": ..., "label": "article" | "ad" | "legal" | "chrome"}, ...]}

`gold` are texts of the document in any segmentation; what is not in it is unknown. A directory of
pages has `pages.jsonl` and the pages themselves; they tell only what the story is.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filterfeed.errors import SourceError
from filterfeed.learn.align import in_story, is_label, transfer
from filterfeed.learn.samples import NOT_STORY, UNSURE, Sample
from filterfeed.model.features import without_places
from filterfeed.segment import segment
from filterfeed.types import Block

_BEFORE, _AFTER, _MOST = 25, 40, 160
"""Blocks of a page that are looked at: so many before its story and after it, and at most."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Files of labelled documents, and perhaps a directory of pages."""

    documents: tuple[Path, ...]
    pages: Path | None = None

    @classmethod
    def at(cls, directory: Path) -> Corpus:
        """The corpus in `directory`: finance/blocks.jsonl.gz and pages/. Raises SourceError."""
        documents = directory / "finance" / "blocks.jsonl.gz"
        if not documents.is_file():
            raise SourceError(f"{directory}: no corpus here ({documents} is missing)")
        pages = directory / "pages"
        return cls((documents,), pages if pages.is_dir() else None)

    def digest(self) -> str:
        """Of the files of labels."""
        files = [*self.documents, *([self.pages / "pages.jsonl"] if self.pages else [])]
        return hashlib.sha256(b"".join(_digest(file) for file in files)).hexdigest()


def documents(file: Path) -> Iterator[dict[str, Any]]:
    """The raw documents of one file. Raises SourceError naming file and line."""
    opener = gzip.open if file.suffix == ".gz" else open
    try:
        with opener(file, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                yield _parsed(file, number, line)
    except OSError as error:
        raise SourceError(f"{file}: cannot be read: {error.strerror or error}") from error


def labelled(document: dict[str, Any]) -> Sample:
    """One labelled document as a sample."""
    page = document.get("as") == "page"
    blocks = _worded(document["html"], document.get("url") or "")
    gold = [(own["text"], own["label"]) for own in document["gold"]]
    labels = transfer(blocks, gold)
    return Sample(
        uid=document["uid"],
        publisher=document["publisher"],
        site=site_of(document.get("url") or ""),
        page=page,
        title=document.get("title") or "",
        blocks=blocks if page else without_places(blocks),
        labels=tuple(label if is_label(label) else UNSURE for label in labels),
    )


def pages(directory: Path) -> Iterator[Sample]:
    """The pages that may be trained on, as weak samples; those without a clear story left out."""
    for row in documents(directory / "pages.jsonl"):
        if row["use"] == "train" and row["gold_text"]:
            html = gzip.decompress((directory / row["html"]).read_bytes())
            text = html.decode(row["encoding"] or "utf-8", "replace")
            sample = _weak(row, _worded(text, row["url"] or ""))
            if sample:
                yield sample


def _weak(row: dict[str, Any], blocks: tuple[Block, ...]) -> Sample | None:
    inside = in_story(blocks, row["gold_text"])
    story = [number for number, own in enumerate(inside) if own]
    if len(story) < 3:
        return None
    low = max(0, story[0] - _BEFORE)
    high = min(len(blocks), story[-1] + _AFTER, low + _MOST)
    # Of a doubtful gold text only what it leaves out is certain.
    yes = UNSURE if row["gold_suspect"] else "article"
    names = {True: yes, False: NOT_STORY, None: UNSURE}
    return Sample(
        uid=row["id"],
        publisher=row["host"] or row["id"],
        site=site_of(row["url"] or ""),
        page=True,
        title="",
        blocks=blocks[low:high],
        labels=tuple(names[own] for own in inside[low:high]),
        weak=True,
    )


def site_of(url: str) -> str:
    """The part of a host that names the site: "example" of www.example.co.uk; "" if none."""
    parts = (urlsplit(url).hostname or "").split(".")
    if len(parts) < 2:
        return parts[0]
    return parts[-2] if len(parts[-2]) > 3 or len(parts) == 2 else parts[-3]


def _worded(html: str, url: str) -> tuple[Block, ...]:
    return tuple(block for block in segment(html, url) if block.text)


def _parsed(file: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise SourceError(f"{file}: line {number}: not JSON") from error
    if not isinstance(row, dict):
        raise SourceError(f"{file}: line {number}: not a JSON object")
    return row


def _digest(file: Path) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest()
