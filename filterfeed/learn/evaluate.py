"""How good a model is: its verdicts on labelled documents, counted in blocks and in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from filterfeed.classify import classify
from filterfeed.learn.calibration import (
    Bin,
    brier_score,
    expected_calibration_error,
    likeliest,
    not_article,
    reliability,
)
from filterfeed.learn.samples import UNSURE, Sample
from filterfeed.model import glued
from filterfeed.shingles import length
from filterfeed.types import LABELS, Policy, Probabilities, Verdict

if TYPE_CHECKING:
    from filterfeed.model import Model

LOST = 0.05
"""Share of a document's article words whose loss makes it a bad one."""


@dataclass(slots=True)
class Tally:
    """What became of labelled blocks."""

    words: Counter[str] = field(default_factory=Counter)
    """By true label."""
    kept: Counter[str] = field(default_factory=Counter)
    """Words that stay, by true label."""
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Blocks, by true and predicted label."""

    @property
    def blocks(self) -> int:
        return self.confusion.total()

    @property
    def lost(self) -> int:
        """Words of the story that go."""
        return self.words["article"] - self.kept["article"]

    @property
    def lost_per_1000(self) -> float:
        """Of 1,000 words of stories, how many go."""
        return 1000 * _share(self.lost, self.words["article"])

    def true(self, label: str) -> int:
        """Blocks that have this label."""
        return sum(self.confusion[label, said] for said in LABELS)

    def said(self, label: str) -> int:
        """Blocks that were given this label."""
        return sum(self.confusion[true, label] for true in LABELS)

    def occurs(self, label: str) -> bool:
        """Whether a block has this label, or was given it."""
        return bool(self.true(label) or self.said(label))

    def add(self, label: str, verdict: Verdict) -> None:
        words = length(verdict.block.text)
        self.words[label] += words
        self.kept[label] += 0 if verdict.dropped else words
        self.confusion[label, verdict.label] += 1

    def figures(self) -> dict[str, float]:
        """Shares of words kept and removed, precision, recall and F1 by label; macro-F1.

        The last is over the labels that occur; the figures of the others are 0.
        """
        found = {"article_words_kept": _share(self.kept["article"], self.words["article"])}
        for label in LABELS[1:]:
            removed = self.words[label] - self.kept[label]
            found[f"{label}_words_removed"] = _share(removed, self.words[label])
        for label in LABELS:
            found |= self._of(label)
        occur = [label for label in LABELS if self.occurs(label)]
        found["macro_f1"] = _share(sum(found[f"{label}_f1"] for label in occur), len(occur))
        return {name: round(value, 4) for name, value in found.items()}

    def _of(self, label: str) -> dict[str, float]:
        hit, said, true = self.confusion[label, label], self.said(label), self.true(label)
        return {
            f"{label}_precision": _share(hit, said),
            f"{label}_recall": _share(hit, true),
            f"{label}_f1": _share(2 * hit, said + true),
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled block and what was said of it."""

    sample: Sample
    label: str
    """The true one."""
    verdict: Verdict

    @property
    def probability(self) -> float:
        """Of the label that it was given."""
        return self.verdict.probabilities[LABELS.index(self.verdict.label)]


@dataclass(frozen=True, slots=True)
class Report:
    total: Tally
    publishers: dict[str, Tally]
    documents: dict[str, Tally]
    """By uid."""
    judged: tuple[Judged, ...]
    """All labelled blocks."""

    @property
    def lost(self) -> dict[str, float]:
        """Share of its article words that each document loses; those that have none left out."""
        return {
            uid: tally.lost / tally.words["article"]
            for uid, tally in self.documents.items()
            if tally.words["article"]
        }

    def figures(self) -> dict[str, Any]:
        """Numbers by label and by publisher, ready for JSON."""
        lost = self.lost
        bad = sum(share > LOST for share in lost.values())
        return {
            "documents": len(self.documents),
            "blocks": self.total.blocks,
            **self.total.figures(),
            "article_words_lost_per_1000": round(self.total.lost_per_1000, 2),
            "documents_losing_over_5_percent": round(_share(bad, len(lost)), 4),
            "calibration_error": round(expected_calibration_error(self.calibration()), 4),
            "brier_score": round(brier_score(self._chances()), 4),
        }

    def calibration(self) -> tuple[Bin, ...]:
        """The reliability curve of the likeliest labels, whatever the policy."""
        return reliability(likeliest(self._chances()))

    def calibration_rows(self) -> list[dict[str, float]]:
        """The same, ready for JSON."""
        return [
            {name: round(value, 4) for name, value in asdict(own).items()}
            for own in self.calibration()
        ]

    def calibration_of_removal(self) -> tuple[Bin, ...]:
        """The reliability curve of "this is not the story's", on which the threshold acts."""
        return reliability(not_article(self._chances()))

    def worst(self, count: int = 10) -> list[tuple[str, float]]:
        """Documents that lose most, and how much."""
        return sorted(self.lost.items(), key=lambda own: (-own[1], own[0]))[:count]

    def worst_publishers(self) -> list[tuple[str, Tally]]:
        """All, those that lose most of their stories first; then by what else is judged wrongly."""

        def order(own: tuple[str, Tally]) -> tuple[float, float, str]:
            right = sum(own[1].confusion[label, label] for label in LABELS)
            return (-own[1].lost_per_1000, right / own[1].blocks, own[0])

        return sorted(self.publishers.items(), key=order)

    def errors(self, count: int) -> list[tuple[Judged, int]]:
        """Blocks that were given a wrong label, the most certain first, and how often.

        A text that recurs with the same error stands for all of its kind.
        """
        kinds: dict[tuple[str, str, str], list[Judged]] = defaultdict(list)
        for own in self.judged:
            if own.label != own.verdict.label:
                kinds[own.verdict.block.key, own.label, own.verdict.label].append(own)
        surest = [
            (max(kind, key=lambda own: own.probability), len(kind)) for kind in kinds.values()
        ]
        return sorted(surest, key=lambda found: -found[0].probability)[:count]

    def _chances(self) -> list[tuple[str, Probabilities]]:
        return [(own.label, own.verdict.probabilities) for own in self.judged]


@dataclass(frozen=True, slots=True)
class Scored:
    """A sample with what a model that does not know its publisher says of it."""

    sample: Sample
    scores: tuple[Probabilities, ...]


def score(model: Model, samples: Iterable[Sample]) -> list[Scored]:
    return [_scored(model, own) for own in samples]


def _scored(model: Model, sample: Sample) -> Scored:
    as_ = "page" if sample.page else "body"
    blocks, scores = glued.score(model, sample.blocks, as_, sample.title)
    labels = list(sample.labels)
    for block in blocks:
        if block.part == 2:  # both parts are labelled as the whole was
            labels.insert(block.index, labels[block.index - 1])
    return Scored(replace(sample, blocks=blocks, labels=tuple(labels)), scores)


def report(scored: Sequence[Scored], policy: Policy) -> Report:
    """What becomes of the samples, with the boilerplate memory that a poller of them would have."""
    memory = _memory([own.sample for own in scored])
    judged = tuple(
        found for own in scored for found in _judged(own, policy, memory[own.sample.publisher])
    )
    total, publishers, each = (
        Tally(),
        defaultdict[str, Tally](Tally),
        defaultdict[str, Tally](Tally),
    )
    for own in judged:
        for tally in (total, publishers[own.sample.publisher], each[own.sample.uid]):
            tally.add(own.label, own.verdict)
    return Report(total, dict(publishers), dict(each), judged)


def curve(scored: Sequence[Scored], thresholds: Sequence[float]) -> list[dict[str, float]]:
    """What each threshold would keep and remove: the trade-off that its user chooses."""
    names = ("article_words_kept", *(f"{label}_words_removed" for label in LABELS[1:]))
    rows = []
    for threshold in thresholds:
        figures = report(scored, Policy(threshold=threshold)).total.figures()
        rows.append({"threshold": threshold, **{name: figures[name] for name in names}})
    return rows


def _judged(scored: Scored, policy: Policy, seen: Mapping[str, int]) -> list[Judged]:
    sample = scored.sample
    others = {block.key: seen[block.key] - 1 for block in sample.blocks}
    verdicts = classify(sample.blocks, scored.scores, policy, others)
    return [
        Judged(sample, label, verdict)
        for label, verdict in zip(sample.labels, verdicts, strict=True)
        if label != UNSURE
    ]


def _memory(samples: Sequence[Sample]) -> dict[str, Counter[str]]:
    """By publisher: in how many of its documents each key occurs."""
    memory: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        memory[sample.publisher].update({block.key for block in sample.blocks})
    return memory


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
