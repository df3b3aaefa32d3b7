"""What the second stage sees of a page beyond `context`: where its story stands, block by block.

All arrays have a row for each block of one page, in reading order. Pure.
Changing anything here needs retraining.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from filterfeed.model.context import Array, chances_and_story, weights_of, windows
from filterfeed.model.features import is_for_comments
from filterfeed.model.measures import MEASURES
from filterfeed.types import Block

Doubles = NDArray[np.float64]
Path = tuple[str, ...]
_LINK_SHARE, _HEADING, _IN_TITLE = (
    MEASURES.index(name) for name in ("link_share", "heading", "in_title")
)
_MOSTLY = 0.6
"""Share of a page's story that the element holds in which the story is said to be."""
_EVEN, _PARAGRAPH = 0.5, 80
"""How likely the first paragraph of a page's story is its story's, and how long, at least."""
_COMMENTED = 0.1
"""How much of a comment's likeness to a story counts: readers write prose, too."""
_TITLED = 0.3
"""Share of the title's words from which a block can be the headline."""
_LINK_WINDOWS, _STORY_WINDOWS = (2, 6), (15,)
_RUN_CHARACTERS = 4000
"""Of a story than which a longer one is no more certain."""
_FAR = 5.0
"""The logarithm of a number of blocks that counts as one."""
_DEEP = 10
"""Elements, likewise."""
_COPIES = 3
"""Of one text that count, at most."""


def layout(blocks: Sequence[Block], scores: Array, measures: Array) -> Array:
    """(blocks, features): `scores` are the first stage's (blocks, labels and story)."""
    chances, story = chances_and_story(scores)
    weights = weights_of(blocks)
    likely = (chances[:, 0] + story[:, 0]) / 2
    comments = _comments(blocks, likely)
    likely = np.where(comments[:, 1], likely * _COMMENTED, likely)
    linked = measures[:, _LINK_SHARE].astype(np.float64) * weights
    columns: list[Array | Doubles] = [
        _run(likely, weights),
        _place(blocks, likely * weights, weights, linked),
        comments.astype(np.float64),
        _copies(blocks),
        _headline(measures),
        *windows(measures[:, [_LINK_SHARE]] * weights[:, None], weights, _LINK_WINDOWS),
        *windows(story * weights[:, None], weights, _STORY_WINDOWS),
    ]
    return np.hstack(columns).astype(np.float32)


def _comments(blocks: Sequence[Block], likely: Doubles) -> NDArray[np.bool_]:
    """Whether a block stands in an element that is named for comments, and whether among comments.

    Not so where the story's first paragraph stands in that element, too: there are names such as
    "post with-comments".
    """
    pairs = zip(blocks, likely, strict=True)
    story = next((b.path for b, p in pairs if p >= _EVEN and len(b.text) >= _PARAGRAPH), ())
    known: dict[Path, tuple[bool, bool]] = {}
    for block in blocks:
        path = block.path
        if path not in known:
            named = [depth for depth, step in enumerate(path, 1) if is_for_comments(step)]
            known[path] = bool(named), any(story[:depth] != path[:depth] for depth in named)
    return np.array([known[block.path] for block in blocks])


def _run(likely: Doubles, weights: Array) -> Doubles:
    """Where a block stands to the run of blocks that has most of the story, least of the rest.

    The maximum subsequence of Pasternack and Roth, "Extracting article text from the web with
    maximum subsequence segmentation" (2009).
    """
    start, end, best = _heaviest((likely - 0.5) * weights)
    here = np.arange(len(weights))
    inside = (here >= start) & (here < end)
    story = likely * weights
    share = story[start:end].sum() / max(1e-6, float(story.sum()))
    size = len(here)
    return np.stack(
        [
            inside,
            np.log1p(np.maximum(0, start - here)) / _FAR,
            np.log1p(np.maximum(0, here - end + 1)) / _FAR,
            np.where(inside, (here - start + 1) / max(1, end - start), 0),
            np.full(size, share),
            np.full(size, min(1.0, best / _RUN_CHARACTERS)),
        ],
        axis=1,
    )


def _heaviest(gains: Doubles) -> tuple[int, int, float]:
    """Start and end of the run with the greatest sum, and that sum."""
    sums = np.concatenate([[0.0], np.cumsum(gains)])
    lowest = np.minimum.accumulate(sums)
    end = int(np.argmax(sums - lowest))
    start = int(np.argmin(sums[: end + 1]))
    return start, end, float(sums[end] - sums[start])


def _place(blocks: Sequence[Block], story: Doubles, characters: Array, linked: Doubles) -> Doubles:
    """Where a block stands to the element with the story, and what the elements around it hold."""
    places: dict[Path, int] = {}
    where = np.array([places.setdefault(block.path, len(places)) for block in blocks])
    sums = np.stack([np.bincount(where, own) for own in (story, characters, linked)], axis=1)
    tree = _Elements()
    ends = [tree.add(path, own) for path, own in zip(places, sums.tolist(), strict=True)]
    tree.sum_up()
    main = tree.main()
    placed = np.array([tree.placed(end, main) for end in ends], dtype=np.float64)
    return np.asarray(placed[where])


class _Elements:
    """The elements around blocks, each with the sums of story, characters and linked characters
    over all blocks below it. Boxes of one kind in one box count as one. The root is 0."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, str], int] = {}
        self._parents = [0]
        self._depths = [0]
        self._sums = [[0.0, 0.0, 0.0]]

    def add(self, path: Path, sums: Sequence[float]) -> int:
        """The innermost element of a path."""
        here = 0
        for step in path:
            below = self._numbers.setdefault((here, step), len(self._parents))
            if below == len(self._parents):
                self._parents.append(here)
                self._depths.append(self._depths[here] + 1)
                self._sums.append([0.0, 0.0, 0.0])
            here = below
        self._sums[here] = [one + more for one, more in zip(self._sums[here], sums, strict=True)]
        return here

    def sum_up(self) -> None:
        """To each element the sums of those in it, which all have greater numbers."""
        for number in range(len(self._parents) - 1, 0, -1):
            outer, inner = self._sums[self._parents[number]], self._sums[number]
            outer[0] += inner[0]
            outer[1] += inner[1]
            outer[2] += inner[2]

    def main(self) -> list[int]:
        """From the root down to the deepest element that has most of the story."""
        enough = _MOSTLY * max(1e-6, self._sums[0][0])
        holds = (number for number, own in enumerate(self._sums) if own[0] >= enough)
        return self._upward(max(holds, key=self._depths.__getitem__, default=0))[::-1]

    def _upward(self, number: int) -> list[int]:
        found = [number]
        while number:
            number = self._parents[number]
            found.append(number)
        return found

    def placed(self, end: int, main: Sequence[int]) -> list[float]:
        """The features of the blocks whose innermost element is `end`."""
        upward = self._upward(end)
        apart = next(steps for steps, number in enumerate(upward) if number in main)
        shared = self._depths[upward[apart]]
        parent = self._parents[end] or end
        grand = self._parents[parent] or parent
        return [
            float(shared == len(main) - 1),
            (len(main) - 1 - shared) / _DEEP,
            apart / _DEEP,
            *self._shares(parent),
            *self._shares(grand),
            self._shares(upward[max(0, apart - 1)])[0],
        ]

    def _shares(self, number: int) -> tuple[float, float]:
        """Of the characters below an element: those of the story, and those in links."""
        story, characters, linked = self._sums[number]
        return story / max(1.0, characters), linked / max(1.0, characters)


def _copies(blocks: Sequence[Block]) -> Doubles:
    """How often a block's text has stood before, and stands elsewhere at all."""
    everywhere = Counter(block.key for block in blocks)
    before: Counter[str] = Counter()
    out = np.empty((len(blocks), 2))
    for number, block in enumerate(blocks):
        out[number] = min(_COPIES, before[block.key]), min(_COPIES, everywhere[block.key] - 1)
        before[block.key] += 1
    return out


def _headline(measures: Array) -> Doubles:
    """On which side of the headline a block is, and how far from it; zeros where there is none."""
    like = measures[:, _IN_TITLE] * (1 + measures[:, _HEADING])
    if measures[:, _IN_TITLE].max() <= _TITLED:
        return np.zeros((len(like), 2))
    steps = np.arange(len(like)) - int(np.argmax(like))
    return np.stack([np.sign(steps), np.log1p(np.abs(steps)) / _FAR], axis=1)
