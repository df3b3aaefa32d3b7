"""What the second stage sees of a page beyond `context`: where its story stands, block by block.

All arrays have a row for each block of one page, in reading order. Pure.
Changing anything here needs retraining.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from filterfeed.model.context import (
    Array,
    Doubles,
    Integers,
    chances_and_story,
    weights_of,
    windows,
)
from filterfeed.model.features import is_for_comments
from filterfeed.model.measures import MEASURES
from filterfeed.types import Block

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
    paths: dict[Path, int] = {}
    where = np.array([paths.setdefault(block.path, len(paths)) for block in blocks])
    comments = _comments(paths, _story_path(blocks, likely))[where]
    likely = np.where(comments[:, 1], likely * _COMMENTED, likely)
    linked = measures[:, _LINK_SHARE].astype(np.float64) * weights
    columns: list[Array | Doubles] = [
        _run(likely, weights),
        _place(where, list(paths), likely * weights, weights, linked),
        comments.astype(np.float64),
        _copies(blocks),
        _headline(measures),
        *windows(measures[:, [_LINK_SHARE]] * weights[:, None], weights, _LINK_WINDOWS),
        *windows(story * weights[:, None], weights, _STORY_WINDOWS),
    ]
    return np.hstack(columns).astype(np.float32)


def _comments(paths: Iterable[Path], story: Path) -> NDArray[np.bool_]:
    """Whether a path leads into an element that is named for comments, and whether among comments.

    Not so where the story's first paragraph stands in that element, too: there are names such as
    "post with-comments".
    """
    found = []
    for path in paths:
        named = [depth for depth, step in enumerate(path, 1) if is_for_comments(step)]
        found.append((bool(named), any(story[:depth] != path[:depth] for depth in named)))
    return np.array(found)


def _story_path(blocks: Sequence[Block], likely: Doubles) -> Path:
    """Where the story's first paragraph stands; () where there is none."""
    pairs = zip(blocks, likely.tolist(), strict=True)
    return next((b.path for b, p in pairs if p >= _EVEN and len(b.text) >= _PARAGRAPH), ())


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


def _place(
    where: Integers, paths: Sequence[Path], story: Doubles, characters: Array, linked: Doubles
) -> Doubles:
    """Where a block stands to the element with the story, and what the elements around it hold."""
    sums = np.stack([np.bincount(where, own) for own in (story, characters, linked)], axis=1)
    tree = _Elements()
    ends = [tree.add(path, own) for path, own in zip(paths, sums.tolist(), strict=True)]
    tree.sum_up()
    return np.asarray(tree.placed(tree.main())[ends][where])


class _Elements:
    """The elements around blocks, each with the sums of story, characters and linked characters
    over all blocks below it. Boxes of one kind in one box count as one. The root is 0."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, str], int] = {}
        self._parents = [0]
        self._depths = [0]
        self._sums = [[0.0, 0.0, 0.0]]
        self._path: Path = ()
        """The last one that was added,"""
        self._way = [0]
        """and the elements on it, from the root down."""

    def add(self, path: Path, sums: list[float]) -> int:
        """The innermost element of a path, which holds `sums` by itself."""
        shared = 0  # with the last path, as neighbours do most of it
        for one, other in zip(path, self._path, strict=False):
            if one != other:
                break
            shared += 1
        del self._way[shared + 1 :]
        for step in path[shared:]:
            self._way.append(self._below(self._way[-1], step))
        self._path = path
        self._sums[self._way[-1]] = sums
        return self._way[-1]

    def _below(self, outer: int, step: str) -> int:
        number = self._numbers.setdefault((outer, step), len(self._parents))
        if number == len(self._parents):
            self._parents.append(outer)
            self._depths.append(self._depths[outer] + 1)
            self._sums.append([0.0, 0.0, 0.0])
        return number

    def sum_up(self) -> None:
        """To each element the sums of those in it, which all have greater numbers."""
        for number in range(len(self._parents) - 1, 0, -1):
            outer, inner = self._sums[self._parents[number]], self._sums[number]
            outer[0] += inner[0]
            outer[1] += inner[1]
            outer[2] += inner[2]

    def main(self) -> int:
        """The deepest element that has most of the story."""
        enough = _MOSTLY * max(1e-6, self._sums[0][0])
        holds = (number for number, own in enumerate(self._sums) if own[0] >= enough)
        return max(holds, key=self._depths.__getitem__, default=0)

    def placed(self, main: int) -> Doubles:
        """(elements, features of the blocks right in them), where `main` has the story."""
        apart, branches = self._apart(main)
        missing = self._depths[main] - (np.array(self._depths) - apart)
        story, characters, linked = np.array(self._sums).T
        shares = np.stack([story, linked]) / np.maximum(1, characters)
        own, above = np.arange(len(self._parents)), np.array(self._parents)
        parent = np.where(above, above, own)
        grand = np.where(above[parent], above[parent], parent)
        return np.stack(
            [
                missing == 0,
                missing / _DEEP,
                apart / _DEEP,
                *shares[:, parent],
                *shares[:, grand],
                shares[0, branches],
            ],
            axis=1,
        )

    def _apart(self, main: int) -> tuple[Integers, Integers]:
        """Of each element: how many steps up there is one that `main` is in, or that it is; and
        the last one before that, or itself."""
        around = {0}
        while main:
            around.add(main)
            main = self._parents[main]
        apart, branches = [0], [0]
        for number, parent in enumerate(self._parents[1:], 1):
            apart.append(0 if number in around else apart[parent] + 1)
            branches.append(number if apart[-1] < 2 else branches[parent])
        return np.array(apart), np.array(branches)


def _copies(blocks: Sequence[Block]) -> Doubles:
    """How often a block's text has stood before, and stands elsewhere at all."""
    numbers: dict[str, int] = {}
    own = np.array([numbers.setdefault(block.key, len(numbers)) for block in blocks])
    counts = np.bincount(own)
    before = np.empty(len(own))
    # In this order copies are side by side, each one after those that stood before it.
    order = np.argsort(own, kind="stable")
    before[order] = np.arange(len(own)) - (counts.cumsum() - counts).repeat(counts)
    return np.asarray(np.minimum(_COPIES, np.stack([before, counts[own] - 1], axis=1)))


def _headline(measures: Array) -> Doubles:
    """On which side of the headline a block is, and how far from it; zeros where there is none."""
    like = measures[:, _IN_TITLE] * (1 + measures[:, _HEADING])
    if measures[:, _IN_TITLE].max() <= _TITLED:
        return np.zeros((len(like), 2))
    steps = np.arange(len(like)) - int(np.argmax(like))
    return np.stack([np.sign(steps), np.log1p(np.abs(steps)) / _FAR], axis=1)
