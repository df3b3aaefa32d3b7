"""Labelled documents: what a model is trained and measured on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from filterfeed.model.features import without_places
from filterfeed.types import Block

UNSURE = ""
"""The label of a block of which nothing is known."""
NOT_STORY = "not article"
"""Of a weakly labelled block: ad, legal or chrome, nobody said which."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One document with the labels of its blocks."""

    uid: str
    publisher: str
    """Documents of one publisher are trained on or measured on together, never split."""
    site: str
    """The name in its address: of one site there may be labelled documents and weak pages."""
    page: bool
    title: str
    blocks: tuple[Block, ...]
    labels: tuple[str, ...]
    """One for each block: one of LABELS, NOT_STORY or UNSURE."""
    weak: bool = False
    """Labelled by a gold text alone."""

    def rows(self) -> list[int]:
        """Numbers of the blocks that are labelled."""
        return [number for number, label in enumerate(self.labels) if label != UNSURE]


def as_body(sample: Sample) -> Sample:
    """The labelled blocks of a page as a feed's body would hold them: without their places."""
    rows = sample.rows()
    blocks = [sample.blocks[row] for row in rows]
    labels = tuple(sample.labels[row] for row in rows)
    return replace(sample, page=False, blocks=without_places(blocks), labels=labels)
