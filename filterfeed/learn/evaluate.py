"""How good a model is: its verdicts on labelled documents, counted in blocks and in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from filterfeed.classify import classify
from filterfeed.learn.samples import UNSURE, Sample
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

    def add(self, label: str, verdict: Verdict) -> None:
        words = len(verdict.block.text.split())
        self.words[label] += words
        self.kept[label] += 0 if verdict.dropped else words
        self.confusion[label, verdict.label] += 1

    def figures(self) -> dict[str, float]:
        """Shares of words kept and removed, precision, recall and F1 by label; macro-F1."""
        found = {"article_words_kept": _share(self.kept["article"], self.words["article"])}
        for label in LABELS[1:]:
            removed = self.words[label] - self.kept[label]
            found[f"{label}_words_removed"] = _share(removed, self.words[label])
        for label in LABELS:
            found |= self._of(label)
        found["macro_f1"] = sum(found[f"{label}_f1"] for label in LABELS) / len(LABELS)
        return {name: round(value, 4) for name, value in found.items()}

    def _of(self, label: str) -> dict[str, float]:
        hit = self.confusion[label, label]
        predicted = sum(self.confusion[true, label] for true in LABELS)
        true = sum(self.confusion[label, guess] for guess in LABELS)
        return {
            f"{label}_precision": _share(hit, predicted),
            f"{label}_recall": _share(hit, true),
            f"{label}_f1": _share(2 * hit, predicted + true),
        }


@dataclass(frozen=True, slots=True)
class Report:
    total: Tally
    publishers: dict[str, Tally]
    lost: dict[str, float]
    """Share of its article words that each document loses."""

    def figures(self) -> dict[str, Any]:
        """Numbers by label and by publisher, ready for JSON."""
        bad = sum(share > LOST for share in self.lost.values())
        return {
            "documents": len(self.lost),
            "blocks": sum(self.total.confusion.values()),
            **self.total.figures(),
            "documents_losing_over_5_percent": round(_share(bad, len(self.lost)), 4),
        }

    def worst(self, count: int = 10) -> list[tuple[str, float]]:
        """Documents that lose most, and how much."""
        return sorted(self.lost.items(), key=lambda own: (-own[1], own[0]))[:count]


@dataclass(frozen=True, slots=True)
class Scored:
    """A sample with what a model that does not know its publisher says of it."""

    sample: Sample
    scores: tuple[Probabilities, ...]


def score(model: Model, samples: Iterable[Sample]) -> list[Scored]:
    return [
        Scored(own, model.score(own.blocks, "page" if own.page else "body", own.title))
        for own in samples
    ]


def report(scored: Sequence[Scored], policy: Policy) -> Report:
    """What becomes of the samples, with the boilerplate memory that a poller of them would have."""
    memory = _memory([own.sample for own in scored])
    total, publishers, lost = Tally(), defaultdict[str, Tally](Tally), {}
    for own in scored:
        mine = Tally()
        for label, verdict in _judged(own, policy, memory[own.sample.publisher]):
            for tally in (total, publishers[own.sample.publisher], mine):
                tally.add(label, verdict)
        if mine.words["article"]:
            lost[own.sample.uid] = 1 - mine.kept["article"] / mine.words["article"]
    return Report(total, dict(publishers), lost)


def curve(scored: Sequence[Scored], thresholds: Sequence[float]) -> list[dict[str, float]]:
    """What each threshold would keep and remove: the trade-off that its user chooses."""
    names = ("article_words_kept", *(f"{label}_words_removed" for label in LABELS[1:]))
    rows = []
    for threshold in thresholds:
        figures = report(scored, Policy(threshold=threshold)).figures()
        rows.append({"threshold": threshold, **{name: figures[name] for name in names}})
    return rows


def _judged(
    scored: Scored, policy: Policy, seen: Mapping[str, int]
) -> Iterable[tuple[str, Verdict]]:
    sample = scored.sample
    others = {block.key: seen[block.key] - 1 for block in sample.blocks}
    verdicts = classify(sample.blocks, scored.scores, policy, others)
    return (pair for pair in zip(sample.labels, verdicts, strict=True) if pair[0] != UNSURE)


def _memory(samples: Sequence[Sample]) -> dict[str, Counter[str]]:
    """By publisher: in how many of its documents each key occurs."""
    memory: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        memory[sample.publisher].update({block.key for block in sample.blocks})
    return memory


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
