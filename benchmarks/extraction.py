"""How much of a page's story is kept, and how much else, beside other extractors.

The shipped model has learnt from the pages marked "train" (weakly, from their gold texts); the
figures that are honest are those of "validate" pages.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from benchmarks import scoring
from benchmarks.arguments import chosen, loaded, parser
from benchmarks.contestants import Contestant, Fetched, contestants, title_of
from benchmarks.pages import GoldPage, golden
from benchmarks.printing import machine, table
from benchmarks.scoring import Score

LANGUAGES = ("de", "fr", "es", "pt", "ja", "en")


@dataclass(frozen=True, slots=True)
class Result:
    """What one contestant did on one page."""

    name: str
    ours: bool
    page: GoldPage
    shingles: Score
    words: Score
    seconds: float
    """Of the processor."""
    failed: bool
    """Whether it raised an exception: then it has no text."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One contestant over many pages."""

    name: str
    ours: bool
    pages: int
    shingles: Score
    """Means of precision and recall, and the F1 of these."""
    page_f1: float
    """Mean of the pages' own F1."""
    words: float
    """F1 by single words, of mean precision and recall."""
    milliseconds: float
    """Median."""
    failures: int


def measure(pages: Sequence[GoldPage], taking_part: Sequence[Contestant]) -> list[Result]:
    """All of them on all pages, in turns."""
    return [result for page in pages for result in _on_page(page, taking_part)]


def summaries(results: Sequence[Result]) -> list[Summary]:
    """One for each contestant, in their order."""
    names = dict.fromkeys(own.name for own in results)
    return [_summary([own for own in results if own.name == name]) for name in names]


def report(results: Sequence[Result], languages: bool) -> str:
    groups = {
        "validate pages": [own for own in results if own.page.use == "validate"],
        "train pages (learnt from)": [own for own in results if own.page.use == "train"],
        **(_by_language(results) if languages else {}),
    }
    return "\n\n".join(_table(title, own) for title, own in groups.items() if own)


def _by_language(results: Sequence[Result]) -> dict[str, list[Result]]:
    few = [own for own in results if own.ours or own.name.startswith("trafilatura")]
    return {
        language: [own for own in few if own.page.language.startswith(language)]
        for language in LANGUAGES
    }


def _table(title: str, results: Sequence[Result]) -> str:
    head = [title, "pages", "F1", "precision", "recall", "page F1", "words F1", "ms", "failed"]
    return table(head, [_row(summary) for summary in summaries(results)])


def _row(own: Summary) -> list[str]:
    score = own.shingles
    figures = (score.f1, score.precision, score.recall, own.page_f1, own.words)
    return [
        own.name,
        str(own.pages),
        *(f"{figure:.3f}" for figure in figures),
        f"{own.milliseconds:.1f}",
        str(own.failures),
    ]


def _summary(results: Sequence[Result]) -> Summary:
    return Summary(
        name=results[0].name,
        ours=results[0].ours,
        pages=len(results),
        shingles=scoring.overall([own.shingles for own in results]),
        page_f1=mean(own.shingles.f1 for own in results),
        words=scoring.overall([own.words for own in results]).f1,
        milliseconds=1000 * median(own.seconds for own in results),
        failures=sum(own.failed for own in results),
    )


def _on_page(page: GoldPage, taking_part: Sequence[Contestant]) -> Iterator[Result]:
    html = page.html()
    fetched = Fetched(html, page.url, title_of(html))
    for contestant in taking_part:
        start = time.process_time()
        text, failed = extracted(contestant, fetched)
        seconds = time.process_time() - start
        by_shingles = scoring.by_shingles(text, page.gold)
        by_words = scoring.by_words(text, page.gold)
        name, ours = contestant.name, contestant.ours
        yield Result(name, ours, page, by_shingles, by_words, seconds, failed)


def extracted(contestant: Contestant, page: Fetched) -> tuple[str, bool]:
    """Its text, and whether it failed: then it has none."""
    try:
        return contestant.extract(page), False
    except Exception:  # other people's extractors raise what they like; that is a lost page
        return "", True


def main() -> None:
    own = parser(__doc__ or "")
    own.add_argument("--languages", action="store_true", help="also by language")
    options = own.parse_args()
    pages = chosen(golden(loaded(options.pages)), options.sample)
    print(machine(), "\n")
    print(report(measure(pages, contestants()), options.languages))


if __name__ == "__main__":
    main()
