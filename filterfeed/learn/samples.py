"""Labelled documents: what a model is trained and measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from filterfeed.types import Block, Label

UNSURE = ""
NOT_STORY = "not article"
"""Of a weakly labelled block: ad, legal or chrome, nobody said which."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One document with the labels of its blocks."""

    uid: str
    publisher: str
    """Documents of one publisher are trained on or measured on together, never split."""
    page: bool
    title: str
    blocks: tuple[Block, ...]
    labels: tuple[Label | str, ...]
    """One for each block; UNSURE and NOT_STORY beside the four."""
    weight: float = 1.0


def as_body(sample: Sample, rows: Sequence[int]) -> Sample:
    """The blocks `rows` of a page as a feed's body would hold them: without their places."""
    blocks = tuple(
        replace(sample.blocks[row], index=number, path=()) for number, row in enumerate(rows)
    )
    labels = tuple(sample.labels[row] for row in rows)
    return replace(sample, page=False, blocks=blocks, labels=labels)
