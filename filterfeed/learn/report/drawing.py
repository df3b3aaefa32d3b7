"""Plots as SVG. Colours and type are the style sheet's, by class."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from filterfeed.learn.report.elements import element

Point = tuple[float, float]

WIDTH, HEIGHT = 360, 250
"""Of a plot, in its own units: about the pixels that it has on a telephone."""
_LEFT, _TOP, _BOTTOM = 46, 28, 40
_APART = 13
"""Between the base lines of two names, at least."""
_SHAPES = ("circle", "square", "triangle", "diamond")


@dataclass(frozen=True, slots=True)
class Axis:
    title: str
    low: float
    high: float
    ticks: tuple[float, ...]
    form: str
    """How a tick is written: "{:.0%}"."""


def shares(title: str, low: float = 0.0) -> Axis:
    """From `low`, or a little less, and at most 90 %, to 100 %."""
    first = min(0.9, math.floor(low * 10 + 1e-9) / 10)
    step = 0.1 if first >= 0.5 else 0.2
    steps = math.ceil((1 - first) / step - 1e-9)
    ticks = tuple(round(1 - step * number, 1) for number in range(steps + 1))
    return Axis(title, ticks[-1], 1.0, ticks, "{:.0%}")


def amounts(title: str, most: float) -> Axis:
    """From 0 to a round number that is at least `most` and 1, in steps of 1, 2 or 5."""
    most = max(most, 1.0)
    power = 10.0 ** math.floor(math.log10(most))
    step = next(power * factor for factor in (0.2, 0.5, 1, 2) if most <= 5 * power * factor)
    steps = math.ceil(most / step - 1e-9)
    ticks = tuple(round(step * number, 6) for number in range(steps + 1))
    return Axis(title, 0.0, ticks[-1], ticks, "{:,.0f}" if step >= 1 else "{:g}")


@dataclass(frozen=True, slots=True)
class Plot:
    """A plane with two axes; its parts are given in their units."""

    x: Axis
    y: Axis
    right: int = 14
    """Room to the right of the plane, for names."""

    def at(self, x: float, y: float) -> Point:
        """Where a point of the plane is in the picture."""
        across = (x - self.x.low) / (self.x.high - self.x.low)
        up = (y - self.y.low) / (self.y.high - self.y.low)
        wide, high = WIDTH - _LEFT - self.right, HEIGHT - _TOP - _BOTTOM
        return round(_LEFT + across * wide, 1), round(_TOP + (1 - up) * high, 1)

    def picture(self, title: str, text: str, *parts: Element) -> Element:
        """The whole of it, with what it is called and what it says for those who do not see it."""
        return element(
            "svg",
            element("title", title),
            element("desc", text),
            *self._frame(),
            *parts,
            class_="plot",
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_label=f"{title}. {text}",
        )

    def line(self, points: Iterable[Point], class_: str) -> Element:
        placed = " ".join(f"{x},{y}" for x, y in (self.at(*point) for point in points))
        return element("polyline", points=placed, class_=f"line {class_}")

    def dot(self, point: Point, class_: str, shape: int = 0, size: float = 3.5) -> Element:
        """Each number of `shape` looks different, for those who do not see colours."""
        return _mark(self.at(*point), class_, _SHAPES[shape % len(_SHAPES)], size)

    def curve(self, points: Sequence[Point], class_: str, shape: int = 0) -> list[Element]:
        """A line with its points."""
        return [self.line(points, class_), *(self.dot(own, class_, shape) for own in points)]

    def bar(self, low: float, high: float, top: float, class_: str) -> Element:
        """From the axis up to `top`, with a little air at its sides."""
        (left, y), (right, _) = self.at(low, top), self.at(high, top)
        base = self.at(low, self.y.low)[1]
        size = {"width": round(right - left - 1, 1), "height": round(base - y, 1)}
        return element("rect", x=left + 0.5, y=y, **size, class_=f"bar {class_}")

    def upright(self, x: float, name: str) -> list[Element]:
        """A line over the whole height, named above."""
        rule = self.line([(x, self.y.low), (x, self.y.high)], "mark")
        across, up = self.at(x, self.y.high)
        return [rule, _text(name, across, up - 5, "tick middle")]

    def names(self, ends: Sequence[tuple[str, float, str]]) -> list[Element]:
        """To the right of lines: name, where its line ends, class; none over another."""
        placed: list[Element] = []
        lowest = -math.inf
        for name, y, class_ in sorted(ends, key=lambda end: -end[1]):
            lowest = max(lowest + _APART, self.at(self.x.high, y)[1])
            placed.append(_text(name, WIDTH - self.right + 8, lowest + 4, f"name {class_}"))
        return placed

    def _frame(self) -> list[Element]:
        left, bottom = self.at(self.x.low, self.y.low)
        middle = self.at((self.x.low + self.x.high) / 2, self.y.low)[0]
        parts = [
            _text(self.y.title, 2, 11, "axis-name"),
            _text(self.x.title, middle, HEIGHT - 5, "axis-name middle"),
        ]
        for tick in self.y.ticks:
            parts.append(self.line([(self.x.low, tick), (self.x.high, tick)], "grid"))
            y = self.at(self.x.low, tick)[1]
            parts.append(_text(self.y.form.format(tick), left - 6, y + 4, "tick end"))
        for tick in self.x.ticks:
            x = self.at(tick, self.y.low)[0]
            parts.append(_text(self.x.form.format(tick), x, bottom + 16, "tick middle"))
        return parts


def _text(text: str, x: float, y: float, class_: str) -> Element:
    return element("text", text, x=round(x, 1), y=round(y, 1), class_=class_)


def _mark(at: Point, class_: str, shape: str, size: float) -> Element:
    x, y = at
    if shape == "circle":
        return element("circle", cx=x, cy=y, r=round(size, 1), class_=f"dot {class_}")
    corners = {
        "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "triangle": ((0, -1.2), (1.2, 1), (-1.2, 1)),
        "diamond": ((0, -1.4), (1.4, 0), (0, 1.4), (-1.4, 0)),
    }[shape]
    points = " ".join(f"{round(x + size * dx, 1)},{round(y + size * dy, 1)}" for dx, dy in corners)
    return element("polygon", points=points, class_=f"dot {class_}")
