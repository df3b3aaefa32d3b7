"""Our own labelled lines, set into stories: advertising and notices amidst what they are not.

Feeds leave little structure, and few of the labelled documents are bodies with advertising in
them; on pages most of it stands apart. The lines are written by us, in groups that stand together
(a pitch of three paragraphs, a disclaimer of two); the stories are those of the documents that are
trained on. On a page a line stands in the same elements as the story around it, so
that its words have to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from random import Random

from filterfeed.errors import SourceError
from filterfeed.learn.corpus import documents
from filterfeed.learn.samples import UNSURE, Sample
from filterfeed.segment import segment
from filterfeed.types import LABELS, Block

COPIES, PAGE_COPIES = 2, 1
"""Bodies, and pages, into which each group is set."""
_GROUPS = 3
"""In one story."""
_STORY = 5
"""Blocks that a story must have, at least."""
_MOST, _AROUND = 24, 3
"""Blocks of a story that are taken along, and so many before and after it."""

Placed = list[tuple[Block, str]]


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that stand together."""

    where: str
    """In a story: "start", "within" or "end"."""
    lines: tuple[tuple[Block, str], ...]
    """With their labels."""


def groups(file: Path) -> tuple[Group, ...]:
    """The groups in a file of lines: {"text", "label", "where", "group"} on each.

    Raises SourceError naming file and line.
    """
    found: dict[str, Group] = {}
    for number, row in enumerate(documents(file), 1):
        if row.get("label") not in LABELS or not row.get("text"):
            raise SourceError(f"{file}: line {number}: no text with one of the labels")
        line = (segment(f"<p>{escape(row['text'])}</p>")[0], row["label"])
        group = found.get(row["group"], Group(row["where"], ()))
        found[row["group"]] = replace(group, lines=(*group.lines, line))
    return tuple(found.values())


def set_into(stories: Sequence[Sample], lines: Sequence[Group]) -> list[Sample]:
    """Bodies and pages of `stories` with `lines` among their blocks.

    Labelled are these, and the story's blocks beside them: it must not be learnt that whatever
    stands between a story's blocks is none of it.
    The same stories and lines give the same documents. None when no story is long enough.
    """
    long = [own for own in stories if own.labels.count("article") >= _STORY]
    bodies = [own for own in long if not own.page]
    pages = [own for own in long if own.page]
    return [*_all_set(bodies, lines, COPIES), *_all_set(pages, lines, PAGE_COPIES)]


def _all_set(stories: Sequence[Sample], lines: Sequence[Group], copies: int) -> Iterator[Sample]:
    if not stories:
        return
    dice = Random(0)
    for copy in range(copies):
        shuffled = dice.sample(lines, len(lines))
        for start in range(0, len(shuffled), _GROUPS):
            own = shuffled[start : start + _GROUPS]
            yield _set(dice.choice(stories), own, dice, f"lines-{copy}-{start}")


def _set(story: Sample, groups: Sequence[Group], dice: Random, uid: str) -> Sample:
    first = story.labels.index("article")
    low, high = max(0, first - _AROUND), min(len(story.blocks), first + _MOST)
    last = max(number for number in range(low, high) if story.labels[number] == "article")
    stretch = slice(low, last + 1 + _AROUND)
    known: Placed = list(zip(story.blocks[stretch], story.labels[stretch], strict=True))
    placed: Placed = [(block, UNSURE) for block, _ in known]
    begin, end = first - low, last - low + 1
    for group in groups:
        place = _place(group.where, begin, end, dice)
        around = range(max(begin, place - 1), min(end, place + 1))
        for number in around:
            placed[number] = known[number]
        path = placed[around[0]][0].path
        own = [(replace(block, path=path), label) for block, label in group.lines]
        placed[place:place] = known[place:place] = own
        end += len(own)
    blocks = tuple(replace(block, index=number) for number, (block, _) in enumerate(placed))
    labels = tuple(label for _, label in placed)
    return replace(story, uid=uid, blocks=blocks, labels=labels)


def _place(where: str, begin: int, end: int, dice: Random) -> int:
    """Where in a document a group stands whose story's blocks are those from `begin` to `end`."""
    if where == "end":
        return end
    low, high = (begin, begin + 2) if where == "start" else (begin + 1, end)
    return min(end, dice.randint(low, high))
