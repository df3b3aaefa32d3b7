"""Labelled documents and pages with a gold text, read from files into samples.

A file of labelled documents has one JSON object a line (also gzipped):

    {"uid": ..., "publisher": ..., "url": ..., "as": "page" | "body", "title": ..., "html": ...,
     "gold": [{"text": ..., "label": "article" | "ad" | "legal" | "chrome"}, ...]}

`gold` are texts of the document in any segmentation; what is not in it is unknown. One that has
`"part": true` is the start or the end of a paragraph that is to be cut there. A directory of
pages has `pages.jsonl` and the pages themselves; they tell only what the story is.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filterfeed.errors import SourceError
from filterfeed.learn.align import in_story, is_label, parted, transfer
from filterfeed.learn.samples import NOT_STORY, UNSURE, Sample
from filterfeed.model.features import without_places
from filterfeed.segment import segment
from filterfeed.types import Block

_BEFORE, _AFTER, _FAR = 15, 60, 4
"""So many blocks before a page's story and after it are labelled, and every fourth beyond."""
_LEFT_OUT = re.compile(r"\b(?:(?:fig)?caption|byline|authors?|credit|bio|dateline|contributor)\b")
"""In names of elements whose text is the story's by our labels, and left out by gold texts."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Files of labelled documents, perhaps a directory of pages, perhaps a file of lines."""

    documents: tuple[Path, ...]
    pages: Path | None = None
    lines: Path | None = None
    """Labelled lines that are to be set into stories: see `learn.lines`."""
    readings: Path | None = None
    """Labels of single blocks that a second reading changed: see `second_readings`."""

    @classmethod
    def at(cls, directory: Path) -> Corpus:
        """The corpus in `directory`, and our own lines.

        In it are finance/blocks.jsonl.gz and perhaps pages/. Raises SourceError.
        """
        documents = directory / "finance" / "blocks.jsonl.gz"
        if not documents.is_file():
            raise SourceError(f"{directory}: no corpus here ({documents} is missing)")
        pages = directory / "pages"
        lines = shipped_file("lines.jsonl", "models")
        readings = shipped_file("second_readings.jsonl", "models")
        return cls((documents,), pages if pages.is_dir() else None, lines, readings)

    def digest(self) -> str:
        """Of the files of labels."""
        files = [*self.documents, *([self.pages / "pages.jsonl"] if self.pages else [])]
        files += [own for own in (self.lines, self.readings) if own]
        return hashlib.sha256(b"".join(_digest(file) for file in files)).hexdigest()

    def sources(self) -> list[dict[str, Any]]:
        """Where it comes from: names, licences and counts of documents."""
        found = [
            {
                "name": file.name,
                "licence": "its publishers'",
                "documents": len(list(documents(file))),
            }
            for file in self.documents
        ]
        if self.pages:
            rows = Counter(
                (row.get("dataset") or "a directory", row.get("licence") or "unknown")
                for row in documents(self.pages / "pages.jsonl")
                if _may_be_trained_on(row)
            )
            found += [
                {"name": f"pages of {name}", "licence": licence, "documents": count}
                for (name, licence), count in sorted(rows.items())
            ]
        if self.lines:
            count = sum(1 for _ in documents(self.lines))
            found.append({"name": "lines of our own", "licence": "MIT", "blocks": count})
        return found


def documents(file: Path) -> Iterator[dict[str, Any]]:
    """The raw documents of one file. Raises SourceError naming file and line."""
    for number, line in enumerate(lines(file), 1):
        yield _parsed(file, number, line)


def lines(file: Path) -> Iterator[bytes]:
    """Of a file, gzipped if its name ends in .gz. Raises SourceError."""
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
            yield from opened
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{file}: cannot be read: {reason}") from error


def samples(file: Path) -> Iterator[Sample]:
    """The labelled documents of one file. Raises SourceError naming file and line."""
    for number, document in enumerate(documents(file), 1):
        try:
            yield labelled(document)
        except (KeyError, TypeError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise SourceError(f"{file}: line {number}: no labelled document: {what}") from error


def second_readings(file: Path) -> dict[str, dict[tuple[int, str], str]]:
    """Changed labels by document: of the block with a number and a key, which must still agree.

    By place, not by text: a headline is the story's above it, and an ad among "most read".
    """
    found: dict[str, dict[tuple[int, str], str]] = defaultdict(dict)
    for row in documents(file):
        found[row["uid"]][row["block"], row["key"]] = row["label"]
    return found


def reread(sample: Sample, readings: Mapping[tuple[int, str], str]) -> Sample:
    """`sample` with the labels that a second reading gave its blocks."""
    labels = (
        readings.get((block.index, block.key), label)
        for block, label in zip(sample.blocks, sample.labels, strict=True)
    )
    return replace(sample, labels=tuple(labels))


def our_documents() -> list[dict[str, Any]]:
    """The labelled texts of our own sample feeds, which come with the package, as bodies."""
    gold: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in documents(shipped_file("labels.jsonl", "sample_feeds")):
        gold[row["source"], row["item"]].append({"text": row["text"], "label": row["label"]})
    return [_as_document(*source, own) for source, own in gold.items()]


def shipped_file(name: str, directory: str) -> Path:
    """Inside an installed package, or in `directory` of a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "models" / name
    return inside if inside.exists() else package.parent / directory / name


def _as_document(source: str, item: str, gold: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "uid": f"{source} {item}".strip(),
        "publisher": source.removeprefix("pages/").split("/")[0],
        "as": "body",
        "html": "".join(f"<p>{escape(own['text'])}</p>" for own in gold),
        "gold": gold,
    }


def labelled(document: dict[str, Any]) -> Sample:
    """One labelled document as a sample."""
    page = document.get("as") == "page"
    blocks = _worded(document["html"], document.get("url") or "")
    parts = [own["text"] for own in document["gold"] if own.get("part")]
    if parts:
        blocks = parted(blocks, parts)
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
    """The pages that may be trained on, as weak samples; those without a clear story left out.

    Raises SourceError naming file and line.
    """
    file = directory / "pages.jsonl"
    for number, row in enumerate(documents(file), 1):
        try:
            sample = _page(directory, row) if _may_be_trained_on(row) else None
        except (LookupError, TypeError, OSError, EOFError, zlib.error) as error:
            what = f"{type(error).__name__}: {error}"
            raise SourceError(f"{file}: line {number}: no page: {what}") from error
        if sample:
            yield sample


def _page(directory: Path, row: dict[str, Any]) -> Sample | None:
    html = gzip.decompress((directory / row["html"]).read_bytes())
    text = html.decode(row.get("encoding") or "utf-8", "replace")
    return _weak(row, _worded(text, row.get("url") or ""))


def _may_be_trained_on(row: dict[str, Any]) -> bool:
    return row.get("use") == "train" and bool(row.get("gold_text"))


def _weak(row: dict[str, Any], blocks: tuple[Block, ...]) -> Sample | None:
    inside = in_story(blocks, row["gold_text"])
    story = [number for number, own in enumerate(inside) if own]
    if len(story) < 3:
        return None
    # Of a doubtful gold text only what it leaves out is certain.
    yes = UNSURE if row.get("gold_suspect") else "article"

    def label(number: int, block: Block) -> str:
        near = story[0] - _BEFORE <= number <= story[-1] + _AFTER
        if inside[number] is None or not (near or number % _FAR == 0):
            return UNSURE
        if inside[number]:
            return yes
        return UNSURE if _is_left_out(block) else NOT_STORY

    return Sample(
        uid=row["id"],
        publisher=row.get("host") or row["id"],
        site=site_of(row.get("url") or ""),
        page=True,
        title="",
        blocks=blocks,
        labels=tuple(label(number, block) for number, block in enumerate(blocks)),
        weak=True,
    )


def _is_left_out(block: Block) -> bool:
    return block.tag in ("h1", "figcaption") or bool(_LEFT_OUT.search(" ".join(block.path[-3:])))


def site_of(url: str) -> str:
    """The part of a host that names the site: "example" of www.example.co.uk; "" if none."""
    parts = (urlsplit(url).hostname or "").split(".")
    if len(parts) < 2:
        return parts[0]
    return parts[-2] if len(parts[-2]) > 3 or len(parts) == 2 else parts[-3]


def _worded(html: str, url: str) -> tuple[Block, ...]:
    return tuple(block for block in segment(html, url) if block.text)


def _parsed(file: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise SourceError(f"{file}: line {number}: not JSON") from error
    if not isinstance(row, dict):
        raise SourceError(f"{file}: line {number}: not a JSON object")
    return row


def _digest(file: Path) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest()
