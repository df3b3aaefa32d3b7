"""A model's card: what it was trained on, its figures, and the floors below which none may fall."""

from __future__ import annotations

import hashlib
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from filterfeed import model as models
from filterfeed.errors import ModelError
from filterfeed.learn.corpus import Corpus
from filterfeed.learn.evaluate import Scored, curve, report
from filterfeed.learn.samples import Sample
from filterfeed.types import LABELS, Policy

FLOORED = ("article_words_kept", "ad_words_removed", "legal_words_removed", "macro_f1")
"""The figures that have a floor, for all and for each larger publisher."""
_MARGIN = 0.01
"""How far below the measured figure a new floor is, for all publishers together."""
_A_BLOCK_OR_TWO = 100
"""Words of one publisher's story that come and go with any change: its floors allow for them."""
_MANY_WORDS = 3000
"""Words of a publisher's stories from which it has a floor of its own."""
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)

Card = dict[str, Any]
Floors = Mapping[str, Mapping[str, float]]


def build(
    corpus: Corpus, samples: Sequence[Sample], data: bytes, splits: Sequence[Sequence[Scored]]
) -> Card:
    """The card of the model file `data`; `splits` are the parts that were judged in turn."""
    scored = [own for split in splits for own in split]
    strong = [own for own in samples if not own.weak]
    found = report(scored, Policy())
    publishers = {
        name: {"article_words": tally.words["article"], **tally.figures()}
        for name, tally in sorted(found.publishers.items())
    }
    card: Card = {
        "format": models.FORMAT,
        "digest": hashlib.sha256(data).hexdigest(),
        "scikit_learn": models.sklearn_version(),
        "bytes": len(data),
        "corpus_digest": corpus.digest(),
        "sources": corpus.sources(),
        "trained_on": {
            "documents": len(strong),
            "publishers": len(publishers),
            "blocks": _labels(strong),
            "weak_pages": len(samples) - len(strong),
        },
        "validation": {"threshold": Policy().threshold, **found.figures()},
        "spread": _spread(splits),
        "curve": curve(scored, THRESHOLDS),
        "calibration": found.calibration_rows(),
        "validation_publishers": publishers,
    }
    card["floors"] = {
        name: {figure: round(value - _margin(card, name), 4) for figure, value in own.items()}
        for name, own in _floored(card).items()
    }
    return card


def _floored(card: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """The figures of a card that have floors: of all, and of the larger publishers."""
    large = {
        name: {"article_words_kept": own["article_words_kept"]}
        for name, own in card["validation_publishers"].items()
        if own["article_words"] >= _MANY_WORDS
    }
    return {"all": {figure: card["validation"][figure] for figure in FLOORED}, **large}


def _margin(card: Mapping[str, Any], name: str) -> float:
    publisher = card["validation_publishers"].get(name)
    return _MARGIN + (_A_BLOCK_OR_TWO / publisher["article_words"] if publisher else 0.0)


def hold_floors(card: Card, floors: Floors, reason: str) -> None:
    """Keep the old floors where they are higher, or note why they were lowered.

    Raises ModelError when a figure is below its floor and no `reason` allows it.
    """
    below = below_floors(card, floors)
    if below and not reason:
        raise ModelError(f"the new model is worse, nothing is written: {'; '.join(below)}")
    if below:
        card["floors_lowered"] = {"reason": reason, "below": below}
        return
    for name, own in floors.items():
        mine = card["floors"].setdefault(name, {})
        mine.update({figure: max(floor, mine.get(figure, 0.0)) for figure, floor in own.items()})


def below_floors(card: Mapping[str, Any], floors: Floors) -> list[str]:
    """One line for each figure of `card` that is below its floor."""
    measured = _floored(card)
    return [
        f"{name}: {figure} is {measured[name][figure]:.4f}, the floor {floor:.4f}"
        for name, own in floors.items()
        for figure, floor in own.items()
        if name in measured and measured[name][figure] < floor
    ]


def _labels(samples: Sequence[Sample]) -> dict[str, int]:
    counts = Counter(label for own in samples for label in own.labels)
    return {label: counts[label] for label in LABELS}


def _spread(splits: Sequence[Sequence[Scored]]) -> dict[str, Any]:
    """Mean and standard deviation of the figures over the splits."""
    figures = [report(split, Policy()).figures() for split in splits if split]
    return {
        "splits": len(figures),
        "mean": {name: round(_mean(figures, name), 4) for name in FLOORED},
        "deviation": {
            name: round(statistics.pstdev(own[name] for own in figures), 4) for name in FLOORED
        },
    }


def _mean(figures: Sequence[Mapping[str, float]], name: str) -> float:
    return statistics.fmean(own[name] for own in figures)
