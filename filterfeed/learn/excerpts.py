"""Short bodies, cut out of long ones: what most items of feeds are.

The labelled documents are whole stories. In those into which our lines are set (`learn.lines`)
every other labelled block is advertising or a notice; taught by these alone, a model takes the odd
sentence of a short item for boilerplate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from filterfeed.learn.lines import Group, Placed
from filterfeed.learn.samples import Sample

_OPENING, _PASSAGE = 3, 5
"""Blocks that the start of a story, and that a passage from anywhere, has at most."""
_PASSAGES = 2
"""Of one body."""
_BEFORE, _AFTER = 2, 1
"""Blocks of a story that stand with lines of ours, at most."""


def excerpts(bodies: Sequence[Sample], lines: Sequence[Group]) -> Iterator[Sample]:
    """The start and two passages of each of `bodies` with a story, and each of `lines` that is one.

    The blocks of `bodies` are all labelled. The same bodies and lines give the same excerpts.
    """
    dice = Random(1)
    stories = [own for own in bodies if "article" in own.labels]
    for body in stories:
        own = list(zip(body.blocks, body.labels, strict=True))
        spans = [(body.labels.index("article"), dice.randint(1, _OPENING))]
        for _ in range(_PASSAGES):
            spans.append((dice.randrange(len(own)), dice.randint(1, _PASSAGE)))
        for start, length in spans:
            yield _excerpt(body, own[start : start + length])
    for group in lines if stories else ():
        if all(label == "article" for _, label in group.lines):
            story = dice.choice(stories)
            before, after = dice.randint(0, _BEFORE), dice.randint(0, _AFTER)
            yield _excerpt(story, _amidst(story, list(group.lines), before, after))


def _amidst(story: Sample, lines: Placed, before: int, after: int) -> Placed:
    """The first blocks of a story, with lines of ours among them."""
    own = [pair for pair in zip(story.blocks, story.labels, strict=True) if pair[1] == "article"]
    return [*own[:before], *lines, *own[before : before + after]]


def _excerpt(body: Sample, placed: Placed) -> Sample:
    blocks = tuple(
        replace(block, index=number, path=()) for number, (block, _) in enumerate(placed)
    )
    labels = tuple(label for _, label in placed)
    return replace(body, uid=f"excerpt of {body.uid}", blocks=blocks, labels=labels)
