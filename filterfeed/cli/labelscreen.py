"""What the labeller shows: one block in its place, what the model thinks of it, the keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from filterfeed.cli.printing import COLOURS, plain
from filterfeed.learn.questions import Question
from filterfeed.store import StoredItem
from filterfeed.types import LABELS, Block, Label, Verdict

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    Part = str | Text | tuple[str, str]
    """Of a line; a pair is a text and its style."""

_MEANINGS = (
    ("a", "article", "the story: text, headings, tables, captions, credits, “Key points”"),
    ("d", "ad", "sells or leads elsewhere: pitches, prompts, “read more”, teasers"),
    ("l", "legal", "limits liability, discloses interests or asserts rights"),
    ("c", "chrome", "page furniture: navigation, share buttons, timestamps, tags"),
)
_OTHERS = (("u", "undo"), ("s", "skip"), ("q", "quit"))
_TAGS = {
    "p": "paragraph",
    "li": "list entry",
    "tr": "table row",
    "caption": "caption",
    "figcaption": "caption",
    "dt": "term",
    "dd": "definition",
    "pre": "preformatted",
}
_DONE = {"keep": "kept", "collapse": "collapsed", "drop": "dropped"}
_GUTTER = 10
"""Columns left of the blocks, for their labels."""
_BESIDE = 3
"""Lines of a neighbour at most."""
_LINKED = 0.5
"""Share of a block that is in links from which that is worth knowing."""
_ROOMY = 20
"""Lines of a terminal from which the labels are explained."""
_IN_A_PIPE = 12
"""Lines of a block and its neighbours where there is no screen to fill."""


@dataclass(frozen=True, slots=True)
class View:
    """A question with what is needed to answer it."""

    question: Question
    stored: StoredItem
    row: int
    """Which of the item's blocks it is about."""
    marks: tuple[Label | None, ...]
    """What the user said of each of the item's blocks."""

    @property
    def verdict(self) -> Verdict:
        return self.stored.clean.verdicts[self.row]

    @property
    def block(self) -> Block:
        return self.verdict.block


class Screen:
    """The whole terminal while it is open; where there is none, text without end."""

    def __init__(self, interactive: bool) -> None:
        from rich.console import Console  # slow: rich

        self._console = Console(highlight=False, markup=False, emoji=False)
        self._interactive = interactive
        self._open = ExitStack()

    def __enter__(self) -> Screen:
        if self._interactive:
            self._open.enter_context(self._console.screen(hide_cursor=False))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def show(self, view: View, progress: str, said: str) -> None:
        """Draw the question; `progress` is told above it, `said` below the keys."""
        height = self._console.height if self._interactive else None
        self._draw(_lines(view, progress, said, self._console, height))

    def end(self, progress: str, said: str) -> None:
        """Say that there are no more questions."""
        keys = _line(*(_key(key, what, 9) for key, what in _OTHERS if key != "s"))
        lines = [_line(progress), _line("No more blocks to ask about."), _line(), keys]
        self._draw([*lines, _line((said, "italic"))] if said else lines)

    def _draw(self, lines: Sequence[Text]) -> None:
        if self._interactive:
            self._console.clear()
        for line in lines:
            line.truncate(self._console.width, overflow="ellipsis")
        # After the last line of a terminal a line break would move all of them up.
        self._console.print(*lines, sep="\n", end="" if self._interactive else "\n\n")


def _lines(
    view: View, progress: str, said: str, console: Console, height: int | None
) -> list[Text]:
    """So many lines that they fill `height`, unless that is None."""
    width, explained = console.width, height is not None and height >= _ROOMY
    title = plain(view.stored.clean.item.title) or "(no title)"
    feed = view.question.feed.rjust(width - len(progress))
    head = [_line(progress, feed), *_cut(_wrapped(console, title, width, "bold"), 2), _line()]
    foot = [_line(), *_guess(view), _line(), *_keys(explained)]
    if said or height is not None:
        foot.append(_line((said, "italic")))
    room = _IN_A_PIPE if height is None else max(1, height - len(head) - len(foot))
    context = _in_context(view, console, room)
    blank = [] if height is None else [_line()] * (room - len(context))
    return [*head, *context, *blank, *foot][:height]


def _guess(view: View) -> list[Text]:
    verdict, block = view.verdict, view.block
    chances = dict(zip(LABELS, verdict.probabilities, strict=True))
    likeliest = (f"{verdict.label} {chances.pop(verdict.label):.2f}", COLOURS[verdict.label])
    others = sorted(chances.items(), key=lambda own: -own[1])
    rest = "".join(f", {label} {chance:.2f}" for label, chance in others)
    facts = [_TAGS.get(block.tag, "heading")]
    if block.link_share >= _LINKED:
        facts.append(f"{block.link_share:.0%} of it a link".replace("100%", "all"))
    facts.append(f"in {view.question.items} items" if view.question.items > 1 else "in one item")
    facts.append(f"now {_DONE[verdict.action]}")
    return [_line("The model says ", likeliest, rest), _line(", ".join(facts).capitalize())]


def _keys(explained: bool) -> list[Text]:
    if not explained:
        every = [(key, label) for key, label, _ in _MEANINGS] + list(_OTHERS)
        return [_line(*(_key(key, what, len(what) + 2) for key, what in every))]
    labels = [_line(_key(key, label, 9), meaning) for key, label, meaning in _MEANINGS]
    return [*labels, _line(*(_key(key, what, 9) for key, what in _OTHERS))]


def _key(key: str, what: str, width: int) -> Text:
    return _line((key, "bold"), " ", (what.ljust(width), COLOURS.get(what, "")))


def _in_context(view: View, console: Console, room: int) -> list[Text]:
    """The block between its neighbours, as many of these as there is room for."""
    text = _wrapped(console, plain(view.block.text), console.width - 2, "bold")
    block = _middle_cut([_line(("┃ ", "bold"), line) for line in text], max(3, room - 2 - _BESIDE))
    above, below = [_line()], [_line()]
    for row in _nearest(view.row, len(view.marks)):
        left = room - len(above) - len(block) - len(below)
        if left <= 0:
            break
        neighbour = _cut(_neighbour(view, console, row), min(left, _BESIDE))
        if row < view.row:
            above = [*neighbour, *above]
        else:
            below += neighbour
    return [*above, *block, *below]


def _nearest(row: int, rows: int) -> Iterator[int]:
    """The other rows, nearest first."""
    for distance in range(1, rows):
        yield from (near for near in (row - distance, row + distance) if 0 <= near < rows)


def _neighbour(view: View, console: Console, row: int) -> list[Text]:
    """A block beside the one in question, with what the user says of it, or else the model."""
    verdict, mark = view.stored.clean.verdicts[row], view.marks[row]
    label = mark or verdict.label
    gutter = f"{label} ✓" if mark else label
    text = plain(verdict.block.text) or "(picture)"
    first, *rest = _wrapped(console, text, console.width - _GUTTER)
    coloured = (gutter.ljust(_GUTTER), COLOURS[label])
    return [_line(coloured, first), *(_line(" " * _GUTTER, line) for line in rest)]


def _middle_cut(lines: list[Text], most: int) -> list[Text]:
    """Begin and end of what is longer than `most` lines: at its end may be a pitch."""
    if len(lines) <= most:
        return lines
    end = (most - 1) // 2
    return [*lines[: most - 1 - end], _line(("┃ …", "bold")), *lines[len(lines) - end :]]


def _cut(lines: list[Text], most: int) -> list[Text]:
    return lines if len(lines) <= most else [*lines[: most - 1], _line(lines[most - 1], " …")]


def _wrapped(console: Console, text: str, width: int, style: str = "") -> list[Text]:
    lines = list(_line((text, style)).wrap(console, max(1, width)))
    for line in lines:
        line.rstrip()
    return lines


def _line(*parts: Part) -> Text:
    from rich.text import Text  # slow: rich

    return Text.assemble(*parts)
