"""Blocks and their scores into verdicts: policy, patterns, boilerplate memory, neighbours. Pure.

The model says how likely each label is; here is decided what follows. In doubt a block stays.
Nothing in this file needs retraining.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

from filterfeed.shingles import length
from filterfeed.types import LABELS, Block, Label, Policy, Probabilities, Verdict

_PER_DOUBLING = 2.5
"""What each doubling of the number of other stories in which a long block was seen adds to the
log-odds that it is boilerplate; a single one may be chance. After a handful of stories it is
boilerplate, whatever the model says of a language that it does not know."""
_LONG = 12
"""Words from which a recurring text is no coincidence; "Key points" recurs and is the story's."""
_CONVINCING, _PARAGRAPH = 0.5, 80
"""How likely a block is the story's, and how long in characters, that says where the story is."""
_FAR = 8
"""Blocks beyond the story's first and last from which less is needed to take a block away."""
_POWER = 4
"""Of the threshold, that is enough there."""
_PIXEL = re.compile(r'(?:width|height)="[01]"')


def classify(
    blocks: Sequence[Block],
    scores: Sequence[Probabilities],
    policy: Policy,
    recurrence: Mapping[str, int],
) -> tuple[Verdict, ...]:
    """A verdict for each block, in order.

    `recurrence` says in how many other stories of the same publisher a block's key was seen.
    """
    near = _near_story(blocks, scores)
    far_off = replace(policy, threshold=_far_off(policy.threshold))
    verdicts = [
        _verdict(block, score, policy if number in near else far_off, recurrence.get(block.key, 0))
        if block.text
        else None
        for number, (block, score) in enumerate(zip(blocks, scores, strict=True))
    ]
    verdicts = _with_whole_tables(verdicts, policy)
    worded = [verdict for verdict in verdicts if verdict]
    before = accumulate(verdict is not None for verdict in verdicts)
    return tuple(
        verdict or _picture(block, worded, place, policy)
        for block, verdict, place in zip(blocks, verdicts, before, strict=True)
    )


def _far_off(threshold: float) -> float:
    """At 0.9 that is 0.66; at 1 nothing goes. What is likelier the story's stays."""
    return max(threshold**_POWER, min(threshold, 0.5))


def _near_story(blocks: Sequence[Block], scores: Sequence[Probabilities]) -> range:
    """Numbers of the blocks that are in the story, or not far from it; all where there is none."""
    story = [
        number
        for number, (block, score) in enumerate(zip(blocks, scores, strict=True))
        if score[0] >= _CONVINCING and len(block.text) >= _PARAGRAPH
    ]
    return range(story[0] - _FAR, story[-1] + _FAR + 1) if story else range(len(blocks))


def _with_whole_tables(verdicts: Sequence[Verdict | None], policy: Policy) -> list[Verdict | None]:
    """Tables of which at least half of the rows stay are not torn, but for the user's patterns."""
    rows = [own for own in verdicts if own and own.block.tag == "tr"]
    all_ = Counter(own.block.frame for own in rows)
    kept = Counter(own.block.frame for own in rows if own.action == "keep")
    whole = {table for table, count in kept.items() if 2 * count >= all_[table]}

    def stays(own: Verdict) -> bool:
        is_row = own.block.tag == "tr" and own.block.frame in whole
        return is_row and own.action != "keep" and not found(policy.drop_patterns, own.block.text)

    return [
        replace(own, action="keep", reason="in a table that stays") if own and stays(own) else own
        for own in verdicts
    ]


def story_words(verdicts: Sequence[Verdict]) -> int:
    """Words of the blocks labelled `article` that stay."""
    return sum(
        length(verdict.block.text)
        for verdict in verdicts
        if verdict.label == "article" and verdict.action == "keep"
    )


def remembered(score: Probabilities, words: int, stories: int) -> Probabilities:
    """`score` after a block of so many words was seen in so many other stories."""
    if stories < 1:
        return score
    shift = _PER_DOUBLING * math.log2(stories) * min(1.0, words / _LONG)
    article = score[0] / (score[0] + (1 - score[0]) * math.exp(shift))
    rest = max(1e-9, 1 - score[0])
    ad, legal, chrome = (value / rest * (1 - article) for value in score[1:])
    return (article, ad, legal, chrome)


def _verdict(block: Block, score: Probabilities, policy: Policy, stories: int) -> Verdict:
    verdict = _decided(block, score, policy, stories)
    return replace(verdict, reason=f"glued: {verdict.reason}") if block.part else verdict


def _decided(block: Block, score: Probabilities, policy: Policy, stories: int) -> Verdict:
    judged = remembered(score, length(block.text), stories) if stories else score
    if pattern := found(policy.keep_patterns, block.text):
        return Verdict(block, "article", judged, "keep", f"keep pattern {pattern!r}")
    if pattern := found(policy.drop_patterns, block.text):
        return Verdict(block, _boilerplate(judged), judged, "drop", f"drop pattern {pattern!r}")
    sure = 1 - judged[0] >= policy.threshold
    label = _boilerplate(judged) if sure else _likeliest(judged)
    if label != "article" and not sure:
        return Verdict(block, label, judged, "keep", f"in doubt: {1 - judged[0]:.0%} not article")
    by_memory = label != "article" and 1 - score[0] < policy.threshold
    reason = f"boilerplate memory: in {stories} other stories" if by_memory else "model"
    return Verdict(block, label, judged, policy.action(label), reason)


def _likeliest(score: Probabilities) -> Label:
    return LABELS[score.index(max(score))]


def _boilerplate(score: Probabilities) -> Label:
    return LABELS[score.index(max(score[1:]), 1)]


def _picture(block: Block, worded: Sequence[Verdict], place: int, policy: Policy) -> Verdict:
    """A picture goes with the text around it: it stays when text beside it stays.

    At the edge of a document, where text is on one side only, the next but one counts too.
    `place` says how many of the verdicts on texts, the `worded` ones, are before it.
    """
    before, after = worded[max(0, place - 2) : place][::-1], worded[place : place + 2]
    beside = [*before[: 1 if after else 2], *after[: 1 if before else 2]]
    if _PIXEL.search(block.html):
        return Verdict(block, "chrome", (0.0, 0.0, 0.0, 1.0), policy.chrome, "tracking pixel")
    if not beside or any(verdict.action == "keep" for verdict in beside):
        return Verdict(block, "article", (1.0, 0.0, 0.0, 0.0), "keep", "beside story text")
    nearest = beside[0]
    return Verdict(
        block, nearest.label, nearest.probabilities, nearest.action, f"beside {nearest.label} text"
    )


def found(patterns: Sequence[str], text: str) -> str:
    """The first of the regular expressions that is found in `text`, or ""."""
    for pattern in patterns:
        if _compiled(pattern).search(text):
            return pattern
    return ""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
