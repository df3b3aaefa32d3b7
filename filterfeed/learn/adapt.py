"""A model and a few labels into a model that agrees with them, and forgets nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from filterfeed.learn.samples import Sample
from filterfeed.model import Model
from filterfeed.model.corrections import Lesson, learn
from filterfeed.types import LABELS

_NUMBERS: dict[str, int] = {label: number for number, label in enumerate(LABELS)}


def adapt(model: Model, samples: Sequence[Sample]) -> Model:
    """`model` with corrections by the labels of `samples`, in place of any that it had.

    The same samples give the same model. Its id is "" until it has been dumped and loaded.
    """
    plain = replace(model, id="", corrections=None)
    lessons = [_lesson(plain, own) for own in samples]
    return replace(plain, corrections=learn(lessons))


def _lesson(model: Model, sample: Sample) -> Lesson:
    chances = model.score(sample.blocks, "page" if sample.page else "body", sample.title)
    labels = [_NUMBERS.get(label, -1) for label in sample.labels]
    return Lesson(sample.blocks, labels, np.array(chances, dtype=np.float32))
