"""Our own labelled lines, set into stories: advertising and notices without a page around them.

Feeds leave little structure, and few of the labelled documents are bodies with advertising in
them. The lines are written by us, in groups that stand together (a pitch of three paragraphs, a
disclaimer of two); the stories are those of the documents that are trained on, unlabelled here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from random import Random

from filterfeed.errors import SourceError
from filterfeed.learn.corpus import documents
from filterfeed.learn.samples import UNSURE, Sample
from filterfeed.segment import segment
from filterfeed.types import LABELS, Block

COPIES = 2
"""Stories into which each group is set."""
_GROUPS = 3
"""In one story."""
_STORY = 5
"""Blocks that a story must have, at least."""
_MOST = 40
"""Blocks of a story that are taken along."""

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
    """Bodies of `stories` with `lines` among their blocks; only these are labelled there.

    The same stories and lines give the same bodies. None when no story is long enough.
    """
    bodies = [own for own in stories if not own.page and own.labels.count("article") >= _STORY]
    if not bodies:
        return []
    dice = Random(0)
    found = []
    for copy in range(COPIES):
        shuffled = dice.sample(lines, len(lines))
        for start in range(0, len(shuffled), _GROUPS):
            own = shuffled[start : start + _GROUPS]
            found.append(_set(dice.choice(bodies), own, dice, f"lines-{copy}-{start}"))
    return found


def _set(story: Sample, groups: Sequence[Group], dice: Random, uid: str) -> Sample:
    placed: Placed = [(block, UNSURE) for block in story.blocks[:_MOST]]
    for group in groups:
        start = _start(group.where, len(placed), dice)
        placed[start:start] = group.lines
    blocks = tuple(replace(block, index=number) for number, (block, _) in enumerate(placed))
    labels = tuple(label for _, label in placed)
    return replace(story, uid=uid, blocks=blocks, labels=labels)


def _start(where: str, size: int, dice: Random) -> int:
    if where == "end":
        return size
    return dice.randint(0, 2) if where == "start" else dice.randint(1, size)
