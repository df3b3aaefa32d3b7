"""A corpus into a model and its card.

The card's figures come from cross-validation: each publisher is judged by a model that was fitted
without it. The model that is written knows all of them. A figure may not fall below its floor in
the card of the model that is replaced.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from filterfeed import model as models
from filterfeed.errors import ModelError
from filterfeed.learn.corpus import Corpus, documents, labelled, pages
from filterfeed.learn.evaluate import Scored, curve, report, score
from filterfeed.learn.samples import NOT_STORY, Sample, as_body
from filterfeed.model.fit import Document, fit
from filterfeed.publish import write_if_changed
from filterfeed.types import LABELS, Policy

FLOORED = ("article_words_kept", "ad_words_removed", "legal_words_removed", "macro_f1")
"""The figures that have a floor, for all and for each larger publisher."""
_MARGIN = 0.01
"""How far below the measured figure a new floor is, for all publishers together."""
_A_BLOCK_OR_TWO = 100
"""Words of one publisher's story that come and go with any change: its floors allow for them."""
_MANY_WORDS = 2000
"""Labelled words of a publisher from which its own figures have floors."""
FOLDS = 5
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)

Progress = Callable[[str], None]


def train(
    corpus: Corpus, out: Path, *, lower_floors: str = "", progress: Progress
) -> dict[str, Any]:
    """Train on `corpus`, write the model to `out` and its card beside it; returns the card.

    Raises SourceError for what cannot be read, and ModelError, writing nothing, when a figure is
    below its floor in the card of the model that is there; `lower_floors` is a reason to allow it.
    """
    samples = read(corpus, progress)
    scored = cross_validate(samples, progress)
    progress("the model")
    data = models.dump(_fitted(samples))
    card = _card(corpus, samples, data, scored)
    _hold_floors(card, _floors_at(out), lower_floors)
    write_if_changed(out, data)
    write_if_changed(out.with_suffix(".json"), _json(card))
    if out.resolve() == models.shipped_path():
        models.pin(card["digest"])
    return card


def cross_validate(samples: Sequence[Sample], progress: Progress) -> list[Scored]:
    """The labelled samples, each scored by a model that was fitted without its publisher."""
    strong = [own for own in samples if not own.weak]
    weak = [own for own in samples if own.weak]
    folds = _folds({own.publisher for own in strong})
    scored: list[Scored] = []
    for number, fold in enumerate(folds, 1):
        progress(f"cross-validation, fold {number} of {len(folds)}")
        known = [own for own in strong if own.publisher not in fold]
        model = models.loads(models.dump(_fitted([*known, *weak])))
        scored += score(model, [own for own in strong if own.publisher in fold])
    return scored


def read(corpus: Corpus, progress: Progress) -> list[Sample]:
    """All samples of the corpus; pages of sites that have labelled documents are left out."""
    progress("labelled documents")
    strong = _documents(corpus)
    if corpus.pages is None:
        return strong
    progress("pages")
    sites = {own.site for own in strong}
    return strong + [own for own in pages(corpus.pages) if own.site not in sites]


def below_floors(card: Mapping[str, Any], floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """One line for each figure of `card` that is below its floor."""
    measured = _floored(card)
    return [
        f"{name}: {figure} is {measured[name][figure]:.4f}, the floor {floor:.4f}"
        for name, own in floors.items()
        for figure, floor in own.items()
        if name in measured and measured[name][figure] < floor
    ]


def _documents(corpus: Corpus) -> list[Sample]:
    return [labelled(own) for file in corpus.documents for own in documents(file)]


def _folds(publishers: set[str]) -> list[set[str]]:
    """Publishers dealt out by the hashes of their names: always the same folds."""
    dealt = sorted(publishers, key=lambda name: hashlib.blake2b(name.encode()).digest())
    return [set(dealt[start::FOLDS]) for start in range(FOLDS)]


def _fitted(samples: Sequence[Sample]) -> models.Model:
    strong = [own for own in samples if not own.weak]
    bodies = [as_body(own) for own in strong if own.page and len(own.rows()) > 3]
    weak = [own for own in samples if own.weak]
    return fit([_document(own) for own in (*strong, *bodies)], [_document(own) for own in weak])


def _document(sample: Sample) -> Document:
    numbers = {label: number for number, label in enumerate(LABELS)} | {NOT_STORY: 1}
    labels = tuple(numbers.get(label, -1) for label in sample.labels)
    return Document(sample.publisher, sample.page, sample.title, sample.blocks, labels)


def _card(
    corpus: Corpus, samples: Sequence[Sample], data: bytes, scored: Sequence[Scored]
) -> dict[str, Any]:
    strong = [own for own in samples if not own.weak]
    found = report(scored, Policy())
    publishers = {
        name: {"words": sum(tally.words.values()), **tally.figures()}
        for name, tally in sorted(found.publishers.items())
    }
    card: dict[str, Any] = {
        "format": models.FORMAT,
        "digest": hashlib.sha256(data).hexdigest(),
        "scikit_learn": models.sklearn_version(),
        "bytes": len(data),
        "corpus_digest": corpus.digest(),
        "trained_on": {
            "documents": len(strong),
            "publishers": len(publishers),
            "blocks": _labels(strong),
            "weak_pages": len(samples) - len(strong),
        },
        "validation": {"threshold": Policy().threshold, **found.figures()},
        "curve": curve(scored, THRESHOLDS),
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
        if own["words"] >= _MANY_WORDS
    }
    return {"all": {figure: card["validation"][figure] for figure in FLOORED}, **large}


def _margin(card: Mapping[str, Any], name: str) -> float:
    publisher = card["validation_publishers"].get(name)
    return _MARGIN + (_A_BLOCK_OR_TWO / publisher["words"] if publisher else 0.0)


def _hold_floors(
    card: dict[str, Any], floors: Mapping[str, Mapping[str, float]], reason: str
) -> None:
    """Keep the old floors where they are higher, or refuse, or note why they were lowered."""
    below = below_floors(card, floors)
    if below and not reason:
        raise ModelError(f"the new model is worse, nothing is written: {'; '.join(below)}")
    if below:
        card["floors_lowered"] = {"reason": reason, "below": below}
        return
    for name, own in floors.items():
        mine = card["floors"].setdefault(name, {})
        mine.update({figure: max(floor, mine.get(figure, 0.0)) for figure, floor in own.items()})


def _floors_at(out: Path) -> dict[str, dict[str, float]]:
    if not out.with_suffix(".json").exists():
        return {}
    floors: dict[str, dict[str, float]] = models.card_of(out).get("floors", {})
    return floors


def _labels(samples: Sequence[Sample]) -> dict[str, int]:
    counts = Counter(label for own in samples for label in own.labels)
    return {label: counts[label] for label in LABELS}


def _json(card: Mapping[str, Any]) -> bytes:
    return (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode()
