"""The terminal labeller: questions, answers that are stored at once, and undoing them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import click

from filterfeed.cli.labelscreen import Screen, View
from filterfeed.cli.printing import plain
from filterfeed.learn.questions import Question, Recurring, original
from filterfeed.store import Given, Store, StoredItem
from filterfeed.types import Label

_ANSWERS: dict[str, Label] = {"a": "article", "d": "ad", "l": "legal", "c": "chrome"}
_WORDS = {"undo": "u", "skip": "s", "quit": "q"} | {own: key for key, own in _ANSWERS.items()}
"""The keys, for whoever writes out what they mean."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What was done about a question."""

    said: str
    """For the user."""
    uid: str = ""
    """Of the original of which `text` is labelled now; "" when the question was skipped."""
    text: str = ""


class Session:
    """Questions, one after the other; `known` is what was said before."""

    def __init__(
        self,
        store: Store,
        found: Sequence[Question],
        known: Mapping[Recurring, Label],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._clock = clock
        self._known = dict(known)
        self._open = [own for own in found if own.recurring not in known]
        self._past: list[_Step] = []
        """Of the first questions in `_open`."""
        self._before = len(found) - len(self._open)

    @property
    def now(self) -> int:
        """Questions that were answered in this session."""
        return sum(bool(step.uid) for step in self._past)

    @property
    def skipped(self) -> int:
        return len(self._past) - self.now

    @property
    def progress(self) -> str:
        """How many of all questions are answered."""
        return f"{self._before + self.now} of {self._before + len(self._open)}"

    def view(self) -> View | None:
        """The question in its context, or None when there is none left.

        What is no longer in the store (a run at the same time may prune and change items) is no
        question any more.
        """
        while len(self._past) < len(self._open):
            question = self._open[len(self._past)]
            stored = self._store.item(question.feed, question.item)
            row = _row(stored, question) if stored else None
            if stored and row is not None:
                return View(question, stored, row, self._marks(question, stored))
            del self._open[len(self._past)]
        return None

    def answer(self, view: View, label: Label) -> None:
        """Store the label of the block that is shown."""
        document = original(view.question.feed, view.stored)
        given = Given(view.block.text, view.block.key, label)
        self._store.labels.put(document, [given], self._clock())
        self._known[view.question.recurring] = label
        said = f"{label}: {plain(view.block.text)}"
        self._past.append(_Step(said, document.uid, given.text))

    def skip(self) -> None:
        self._past.append(_Step("skipped; it is asked again next time"))

    def undo(self) -> str:
        """Go back one question, and take its answer back; what is to be said about that."""
        if not self._past:
            return "there is nothing to undo in this session"
        step = self._past.pop()
        if not step.uid:
            return "back to what was skipped"
        self._store.labels.remove(step.uid, step.text)
        del self._known[self._open[len(self._past)].recurring]
        return f"undone: {step.said}"

    def last(self) -> str:
        return self._past[-1].said if self._past else ""

    def _marks(self, question: Question, stored: StoredItem) -> tuple[Label | None, ...]:
        """What was said of each block of the item."""
        source, _ = question.recurring
        return tuple(self._known.get((source, own.block.key)) for own in stored.clean.verdicts)


def converse(session: Session) -> None:
    """Ask until the user has enough."""
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    keys = _pressed() if interactive else _written()
    said = ""
    with Screen(interactive) as screen:
        while True:
            view = session.view()
            if view:
                screen.show(view, f"{session.progress} labelled", said or session.last())
            else:
                screen.end(f"{session.progress} labelled", said or session.last())
            key = next(keys, "q")
            if key == "q":
                return
            said = _obey(session, view, key)


def _obey(session: Session, view: View | None, key: str) -> str:
    """Do what a key stands for; what is to be said about it."""
    if key == "u":
        return session.undo()
    if view and key == "s":
        session.skip()
        return ""
    if view and key in _ANSWERS:
        session.answer(view, _ANSWERS[key])
        return ""
    return f"the keys are {', '.join([*_ANSWERS, 'u', 's'])} and q" if view else ""


def _row(stored: StoredItem, question: Question) -> int | None:
    """The number of the block that a question is about, where the model doubts it most."""
    _, key = question.recurring
    rows = [
        (max(verdict.probabilities), number)
        for number, verdict in enumerate(stored.clean.verdicts)
        if verdict.block.key == key
    ]
    return min(rows)[1] if rows else None


def _pressed() -> Iterator[str]:
    """Keys of a terminal, as they are pressed; Ctrl-D ends them."""
    while True:
        try:
            pressed = click.getchar()
        except EOFError:
            return
        # Fast fingers give several at once; a key like Home gives an escape and more.
        yield from [pressed] if pressed.startswith("\x1b") else pressed.lower()


def _written() -> Iterator[str]:
    """Keys that are lines of standard input, as letters or as words."""
    for line in sys.stdin:
        word = line.strip().lower()
        yield _WORDS.get(word, word)
