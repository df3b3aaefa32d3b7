"""Accuracy against time, as an SVG that needs nothing else and is readable in light and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import count
from pathlib import Path

from benchmarks.arguments import chosen, loaded, parser
from benchmarks.contestants import contestants
from benchmarks.extraction import Summary, measure, summaries
from benchmarks.pages import golden

_WIDTH, _HEIGHT = 720, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 30, 48, 56
_FLOOR = _HEIGHT - _BOTTOM
_LINE = 15
"""Pixels from one name to the next below it."""
_LETTER = 7.2
"""Pixels of a letter, about."""
_QUICKEST = 0.05
"""Milliseconds: the logarithm needs more than none."""
_STYLE = """
  svg { font: 13px system-ui, sans-serif; --ink: #1b1b1b; --faint: #c9c9c9; --ours: #0a6b48;
        --theirs: #6a6a6a; --ground: #ffffff; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #ededed; --faint: #4a4a4a; --ours: #4fd1a1; --theirs: #b0b0b0; --ground: #16181c; }
  }
  .ground { fill: var(--ground); } text { fill: var(--ink); } path { stroke: var(--faint); }
  circle.theirs { fill: var(--theirs); }
  .ours { fill: var(--ours); font-weight: 600; }
"""


@dataclass(frozen=True, slots=True)
class _Axes:
    low: int
    """Powers of ten of milliseconds at the left, and at the right."""
    high: int
    least: float
    """F1 at the bottom; 1 is at the top."""

    @classmethod
    def around(cls, found: Sequence[Summary]) -> _Axes:
        times = [max(_QUICKEST, own.milliseconds) for own in found]
        low = math.floor(math.log10(min(times)))
        high = max(low + 1, math.ceil(math.log10(max(times))))
        worst = min(own.shingles.f1 for own in found)
        return cls(low, high, min(0.9, math.floor(20 * worst) / 20))

    def x(self, milliseconds: float) -> float:
        share = (math.log10(max(_QUICKEST, milliseconds)) - self.low) / (self.high - self.low)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, f1: float) -> float:
        return _FLOOR - (f1 - self.least) / (1 - self.least) * (_FLOOR - _TOP)


@dataclass(frozen=True, slots=True)
class _Name:
    """Where the name of a dot stands, or the dot itself."""

    start: float
    y: float
    width: float

    def hides(self, other: _Name) -> bool:
        beside = self.start + self.width < other.start or other.start + other.width < self.start
        return not beside and abs(self.y - other.y) < _LINE


def draw(found: Sequence[Summary]) -> str:
    """A dot for each contestant: milliseconds a page to the right, F1 upward."""
    axes = _Axes.around(found)
    pages = max(own.pages for own in found)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>Accuracy against time on {pages} pages</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{_WIDTH}" height="{_HEIGHT}"/>',
        _text(_LEFT, 24, f"F1 of the story's text against time ({pages} pages, one thread)"),
        *_times(axes),
        *_scores(axes),
        *_dots(found, axes),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _times(axes: _Axes) -> list[str]:
    lines = [_text(_WIDTH / 2, _FLOOR + 40, "milliseconds a page, median", "middle")]
    for power in range(axes.low, axes.high + 1):
        x = axes.x(10.0**power)
        lines.append(f'<path d="M{x:.0f} {_TOP}V{_FLOOR}"/>')
        lines.append(_text(x, _FLOOR + 18, f"{10.0**power:g}", "middle"))
    return lines


def _scores(axes: _Axes) -> list[str]:
    step = 0.05 if axes.least >= 0.6 else 0.1
    lines = []
    for number in range(math.floor((1 - axes.least) / step + 1e-6) + 1):
        f1 = 1 - number * step
        lines.append(f'<path d="M{_LEFT} {axes.y(f1):.0f}H{_WIDTH - _RIGHT}"/>')
        lines.append(_text(_LEFT - 8, axes.y(f1) + 4, f"{f1:.2f}", "end"))
    return lines


def _dots(found: Sequence[Summary], axes: _Axes) -> list[str]:
    """From the top, each name beside its dot, or as near as it hides nothing."""
    lines: list[str] = []
    taken = [_dot(own, axes) for own in found]
    for own in sorted(found, key=lambda each: -each.shingles.f1):
        x, y = axes.x(own.milliseconds), axes.y(own.shingles.f1)
        name = _free(x, y, _LETTER * len(own.name), taken)
        taken.append(name)
        kind = "ours" if own.ours else "theirs"
        at, anchor = (x + 10, "start") if name.start > x else (x - 10, "end")
        if abs(name.y - y) > _LINE / 2:
            lines.append(f'<path d="M{x:.0f} {y:.0f}L{at:.0f} {name.y:.0f}"/>')
        lines.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
        lines.append(_text(at, name.y + 4, own.name, anchor, kind))
    return lines


def _dot(own: Summary, axes: _Axes) -> _Name:
    return _Name(axes.x(own.milliseconds) - 6, axes.y(own.shingles.f1), 12)


def _free(x: float, y: float, width: float, taken: Sequence[_Name]) -> _Name:
    """The nearest place to the right or left of a dot, above or below, that hides nothing."""
    places = (
        _Name(start, y + sign * 3 * steps, width)
        for steps in count()
        for sign in (-1, 1)
        for start in (x + 10, x - 10 - width)
        if _LEFT < start < _WIDTH - width
    )
    return next(place for place in places if not any(place.hides(other) for other in taken))


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    shown = f'x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" class="{kind}"'
    return f"<text {shown}>{escape(text)}</text>"


def main() -> None:
    own = parser(__doc__ or "")
    own.add_argument("out", type=Path, metavar="OUT.svg")
    options = own.parse_args()
    honest = [page for page in golden(loaded(options.pages)) if page.use == "validate"]
    results = measure(chosen(honest, options.sample), contestants())
    options.out.write_text(draw(summaries(results)), encoding="utf-8")


if __name__ == "__main__":
    main()
