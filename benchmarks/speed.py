"""How long a page takes: filterfeed's steps beside trafilatura and the mere parse.

All take turns on each page, in one process and thread, after a round that nobody counts. A round
goes through all pages, so that nobody has one in its caches. Times are of the processor, so that
other processes on the machine matter less.
"""

from __future__ import annotations

import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any

from lxml import html as lxml_html

from benchmarks import footprint
from benchmarks.arguments import chosen, loaded, parser
from benchmarks.contestants import Fetched, shipped, trafilatura_text
from benchmarks.pages import GoldPage
from benchmarks.printing import machine, table
from filterfeed.classify import classify
from filterfeed.clean import clean
from filterfeed.model import glued
from filterfeed.segment import segment
from filterfeed.types import Policy

_PAGES = 100
_REPEATS = 5
_HALF = 0.5
"""Of trafilatura's time: what a page may take."""
_BODY_LIMIT = 2.0
"""Milliseconds that a feed's body of 20 blocks may take."""
_STEPS = ("segment", "score", "clean")
_SENTENCES = (
    "Harrow Mills raised its quarterly dividend to 14 cents a share after sales rose 6%.",
    "“We can afford it,” said Ida Pell, the chief executive, on a call with analysts.",
    "Subscribe to our newsletter for the five stocks that our analysts like best this month.",
    "The author holds shares of Harrow Mills. This article is not investment advice.",
)

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds: medians over pages of each page's median."""

    pages: int
    by_name: dict[str, float]
    body: float
    """A feed's body of 20 blocks."""

    @property
    def ours(self) -> float:
        return sum(self.by_name[name] for name in _STEPS)


def measure(pages: Sequence[GoldPage], repeats: int = _REPEATS) -> Times:
    rounds = [[_on_page(page) for page in pages] for _ in range(repeats + 1)]
    taken: dict[str, list[float]] = defaultdict(list)
    for page in zip(*rounds[1:], strict=True):
        for name in page[0]:
            taken[name].append(median(times[name] for times in page))
    medians = {name: median(own) for name, own in taken.items()}
    return Times(len(pages), medians, _body(repeats))


def report(times: Times) -> str:
    theirs = times.by_name["trafilatura"]
    rows = [(name, time_) for name, time_ in times.by_name.items() if name not in _STEPS]
    rows += [(f"filterfeed: {name}", times.by_name[name]) for name in _STEPS]
    rows.append(("filterfeed: sum", times.ours))
    lines = [
        [
            name,
            f"{time_:.2f}",
            f"{time_ / theirs:.2f}",
            f"{time_ / times.by_name['lxml parse']:.1f}",
        ]
        for name, time_ in rows
    ]
    head = [f"{times.pages} pages", "ms a page", "of trafilatura", "of the parse"]
    return f"{table(head, lines)}\n\n{_limits(times)}"


def _limits(times: Times) -> str:
    rows = [
        _limit(
            "page: share of trafilatura's time", times.ours / times.by_name["trafilatura"], _HALF
        ),
        _limit("feed body of 20 blocks, ms", times.body, _BODY_LIMIT),
        *(_limit(own.name, own.value, own.limit) for own in footprint.measure()),
    ]
    return table(["figure", "here", "limit", ""], rows)


def _limit(name: str, value: float, limit: float | None) -> list[str]:
    if limit is None:
        return [name, f"{value:.2f}", "-", ""]
    return [name, f"{value:.2f}", f"{limit:g}", "ok" if value <= limit else "over"]


def _on_page(page: GoldPage) -> dict[str, float]:
    """Milliseconds of each contestant and step on one page."""
    fetched = Fetched(page.html(), page.url)
    return {name: _milliseconds(work) for name, work in _works(fetched)}


def _works(page: Fetched) -> Iterator[tuple[str, Work]]:
    yield "lxml parse", lambda: lxml_html.document_fromstring(page.html.encode("utf-8", "replace"))
    if lexbor := _lexbor():
        yield "lexbor parse", lambda: lexbor.LexborHTMLParser(page.html)
    yield "trafilatura", lambda: trafilatura_text(page)
    yield from _steps(page, "page")


@lru_cache(maxsize=1)
def _lexbor() -> Any:
    """selectolax with the parser of lexbor, or None where it is not installed."""
    try:
        return importlib.import_module("selectolax.lexbor")
    except ImportError:
        return None


def _steps(page: Fetched, as_: str) -> Iterator[tuple[str, Work]]:
    """The steps of ours; each needs what the one before it makes."""
    yield "segment", lambda: segment(page.html, page.url)
    blocks = segment(page.html, page.url)
    yield "score", lambda: glued.score(shipped(), blocks, as_, page.title)
    parts, scores = glued.score(shipped(), blocks, as_, page.title)
    yield "clean", lambda: clean(classify(parts, scores, Policy(), {}))


def _body(repeats: int) -> float:
    rounds = [_on_body(number) for number in range(20 * repeats + 1)]
    return median(rounds[1:])


def _on_body(number: int) -> float:
    """Milliseconds of a body that is like no other, so that no cache has it."""
    texts = (f"<p>{_SENTENCES[row % 4]} ({number}.{row})</p>" for row in range(20))
    page = Fetched("".join(texts), "https://example.com/story", "Harrow Mills raises its dividend")
    return sum(_milliseconds(work) for _, work in _steps(page, "body"))


def _milliseconds(work: Work) -> float:
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) / 1e6


def main() -> None:
    options = parser(__doc__ or "").parse_args()
    pages = chosen(loaded(options.pages), options.sample, _PAGES)
    print(machine(), "\n")
    print(report(measure(pages)))


if __name__ == "__main__":
    main()
