"""Pages of which only pieces are known: some that are to be kept, some that are to go.

So trafilatura is measured by its makers. filterfeed has not learnt from these pages, and many of
them are in other languages than English. A piece counts as kept when it is in the text as it is,
but for white space.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.arguments import chosen, loaded, parser
from benchmarks.contestants import Contestant, Fetched, contestants, title_of
from benchmarks.extraction import LANGUAGES, extracted
from benchmarks.pages import GoldPage, with_snippets
from benchmarks.printing import machine, table


@dataclass(slots=True)
class Count:
    """Pieces by what they are and what became of them."""

    pages: int = 0
    kept: int = 0
    """Of the story's."""
    lost: int = 0
    intruding: int = 0
    """Of the others: those that are in the text all the same."""
    gone: int = 0

    def add(self, page: GoldPage, text: str) -> None:
        squeezed = " ".join(text.split())
        self.pages += 1
        kept = sum(piece in squeezed for piece in page.wanted)
        intruding = sum(piece in squeezed for piece in page.unwanted)
        self.kept += kept
        self.lost += len(page.wanted) - kept
        self.intruding += intruding
        self.gone += len(page.unwanted) - intruding

    @property
    def precision(self) -> float:
        return self.kept / max(1, self.kept + self.intruding)

    @property
    def recall(self) -> float:
        return self.kept / max(1, self.kept + self.lost)

    @property
    def f1(self) -> float:
        return 2 * self.kept / max(1, 2 * self.kept + self.lost + self.intruding)


Counts = dict[tuple[str, str], Count]
"""By language ("all": of all) and contestant."""


def measure(pages: Sequence[GoldPage], taking_part: Sequence[Contestant]) -> Counts:
    counts: Counts = defaultdict(Count)
    for page in pages:
        html = page.html()
        fetched = Fetched(html, page.url, title_of(html))
        for contestant in taking_part:
            text, _ = extracted(contestant, fetched)
            for language in ("all", page.language[:2]):
                counts[language, contestant.name].add(page, text)
    return counts


def report(counts: Counts) -> str:
    """A table for each language, and one for all."""
    names = dict.fromkeys(name for _, name in counts)
    tables = []
    for language in ("all", *LANGUAGES):
        rows = [_row(name, counts[language, name]) for name in names if (language, name) in counts]
        if rows:
            tables.append(table([language, "pages", "F1", "precision", "recall"], rows))
    return "\n\n".join(tables)


def _row(name: str, own: Count) -> list[str]:
    return [name, str(own.pages), *(f"{x:.3f}" for x in (own.f1, own.precision, own.recall))]


def main() -> None:
    options = parser(__doc__ or "").parse_args()
    pages = chosen(with_snippets(loaded(options.pages)), options.sample)
    print(machine(), "\n")
    print(report(measure(pages, contestants())))


if __name__ == "__main__":
    main()
