"""Pages to measure on: a corpus with gold texts, or a directory of HTML files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from filterfeed.errors import SourceError

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "pages"
"""Where a checkout with the corpus beside it has its pages."""
OWN = Path(__file__).resolve().parents[1] / "sample_feeds" / "pages"
"""Pages of ours: good for times, without gold texts."""


@dataclass(frozen=True, slots=True)
class GoldPage:
    """One page; `gold` is its story's text, "" where nobody wrote that down."""

    id: str
    file: Path
    url: str = ""
    use: str = "validate"
    """"train" where the shipped model has learnt from it."""
    dataset: str = ""
    language: str = ""
    encoding: str = "utf-8"
    gold: str = ""
    wanted: tuple[str, ...] = ()
    """Pieces of the story, of pages whose text nobody wrote down."""
    unwanted: tuple[str, ...] = ()
    """Pieces of what is none of it."""

    def html(self) -> str:
        data = self.file.read_bytes()
        if self.file.suffix == ".gz":
            data = gzip.decompress(data)
        return data.decode(self.encoding, "replace")


def load(directory: Path) -> list[GoldPage]:
    """The pages of a corpus (`pages.jsonl`), or else all HTML files. Raises SourceError."""
    listed = directory / "pages.jsonl"
    found = list(_listed(listed)) if listed.is_file() else list(_files(directory))
    if not found:
        raise SourceError(f"{directory}: no pages here; --pages DIR with pages.jsonl or *.html")
    return found


def golden(pages: Sequence[GoldPage]) -> list[GoldPage]:
    """Those whose story is known."""
    return [page for page in pages if page.gold]


def with_snippets(pages: Sequence[GoldPage]) -> list[GoldPage]:
    """Those of which only pieces are known; no model has learnt from them."""
    return [page for page in pages if not page.gold and (page.wanted or page.unwanted)]


def sample(pages: Sequence[GoldPage], number: int) -> list[GoldPage]:
    """About so many of them, evenly spaced; 0 means all."""
    step = max(1, len(pages) // number) if number else 1
    return list(pages[::step])[: number or None]


def _listed(file: Path) -> Iterator[GoldPage]:
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield GoldPage(
            id=row["id"],
            file=file.parent / row["html"],
            url=row["url"] or "",
            use=row["use"],
            dataset=row["dataset"],
            language=row["lang"] or "",
            encoding=row["encoding"] or "utf-8",
            gold=row["gold_text"] or "",
            wanted=_squeezed(row.get("with_snippets")),
            unwanted=_squeezed(row.get("without_snippets")),
        )


def _squeezed(snippets: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(" ".join(own.split()) for own in snippets or ())


def _files(directory: Path) -> Iterator[GoldPage]:
    for file in sorted([*directory.rglob("*.html"), *directory.rglob("*.html.gz")]):
        yield GoldPage(file.name, file)
