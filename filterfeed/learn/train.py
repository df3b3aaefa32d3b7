"""A corpus into a model and its card.

The card's figures come from cross-validation: each publisher is judged by a model that was fitted
without it. The model that is written knows all of them. A figure may not fall below its floor in
the card of the model that is replaced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import Any

from joblib import Parallel, cpu_count, delayed

from filterfeed import model as models
from filterfeed.errors import SourceError
from filterfeed.learn.card import build, hold_floors
from filterfeed.learn.corpus import Corpus, documents, labelled, pages, reread, second_readings
from filterfeed.learn.evaluate import Scored, score
from filterfeed.learn.excerpts import excerpts
from filterfeed.learn.lines import Group, groups, set_into
from filterfeed.learn.modelcard import markdown
from filterfeed.learn.samples import NOT_STORY, Sample, as_body
from filterfeed.model.fit import fit
from filterfeed.model.linear import Document
from filterfeed.publish import write_if_changed
from filterfeed.registry import json_bytes
from filterfeed.types import LABELS

FOLDS = 5

Progress = Callable[[str], None]


def train(
    corpus: Corpus, out: Path, *, lower_floors: str = "", progress: Progress
) -> dict[str, Any]:
    """Train on `corpus`, write the model to `out` and its card beside it; returns the card.

    Raises SourceError for what cannot be read or is too little, and ModelError, writing nothing,
    when a figure is below its floor in the card of the model that is there; `lower_floors` is a
    reason to allow it.
    """
    samples = read(corpus, progress)
    _must_be_enough(corpus, samples)
    lines = groups(corpus.lines) if corpus.lines else ()
    splits = cross_validate(samples, lines, progress)
    progress("the model")
    data = models.dump(_fitted(samples, lines))
    card = build(corpus, samples, data, splits)
    hold_floors(card, _floors_at(out), lower_floors)
    write_if_changed(out, data)
    write_if_changed(out.with_suffix(".json"), json_bytes(card))
    if out.resolve() == models.shipped_path():
        models.pin(card["digest"])
        write_if_changed(out.with_name("MODEL.md"), markdown(card).encode())
    return card


def _must_be_enough(corpus: Corpus, samples: Sequence[Sample]) -> None:
    count = len({own.publisher for own in samples if not own.weak})
    if count < FOLDS:
        names = ", ".join(map(str, corpus.documents))
        raise SourceError(f"{names}: documents of {FOLDS} publishers are needed, here are {count}")


def cross_validate(
    samples: Sequence[Sample], lines: Sequence[Group], progress: Progress, *, deal: int = 0
) -> list[list[Scored]]:
    """The labelled samples in several splits by publisher.

    Each is scored by a model that was fitted without its publisher. Another `deal` puts other
    publishers together.
    """
    folds = _folds({own.publisher for own in samples if not own.weak}, deal)
    at_once = Parallel(n_jobs=min(len(folds), cpu_count()), return_as="generator")
    splits: list[list[Scored]] = []
    progress(f"cross-validation, {len(folds)} folds")
    for judged in at_once(delayed(_judged)(samples, lines, fold) for fold in folds):
        splits.append(judged)
        progress(f"cross-validation, {len(splits)} of {len(folds)} folds done")
    return splits


def _judged(
    samples: Sequence[Sample], lines: Sequence[Group], fold: Container[str]
) -> list[Scored]:
    """The labelled samples of the publishers in `fold`, by a model fitted without these."""
    known = [own for own in samples if own.weak or own.publisher not in fold]
    model = models.loads(models.dump(_fitted(known, lines)))
    return score(model, [own for own in samples if not own.weak and own.publisher in fold])


def read(corpus: Corpus, progress: Progress) -> list[Sample]:
    """All samples of the corpus; pages of sites that have labelled documents are left out."""
    progress("labelled documents")
    strong = _documents(corpus)
    if corpus.pages is None:
        return strong
    progress("pages")
    sites = {own.site for own in strong}
    return strong + [own for own in pages(corpus.pages) if own.site not in sites]


def _documents(corpus: Corpus) -> list[Sample]:
    readings = second_readings(corpus.readings) if corpus.readings else {}
    samples = (labelled(own) for file in corpus.documents for own in documents(file))
    return [reread(own, readings.get(own.uid, {})) for own in samples]


def _folds(publishers: set[str], deal: int) -> list[set[str]]:
    """Publishers dealt out by the hashes of their names: always the same folds."""
    salt = deal.to_bytes(8)
    dealt = sorted(publishers, key=lambda name: hashlib.blake2b(name.encode(), salt=salt).digest())
    return [set(dealt[start::FOLDS]) for start in range(FOLDS)]


def _fitted(samples: Sequence[Sample], lines: Sequence[Group]) -> models.Model:
    strong = [own for own in samples if not own.weak]
    bodies = [as_body(own) for own in strong if own.page and len(own.rows()) > 3]
    weak = [own for own in samples if own.weak]
    short = excerpts([*(own for own in strong if not own.page), *bodies], lines)
    made = [*set_into(strong, lines), *short]
    return fit(_ready([*strong, *bodies]), _ready(made), _ready(weak))


def _ready(samples: Sequence[Sample]) -> list[Document]:
    return [_document(own) for own in samples]


def _document(sample: Sample) -> Document:
    numbers = {label: number for number, label in enumerate(LABELS)} | {NOT_STORY: 1}
    labels = tuple(numbers.get(label, -1) for label in sample.labels)
    return Document(sample.publisher, sample.page, sample.title, sample.blocks, labels)


def _floors_at(out: Path) -> dict[str, dict[str, float]]:
    if not out.with_suffix(".json").exists():
        return {}
    floors: dict[str, dict[str, float]] = models.card_of(out).get("floors", {})
    return floors
