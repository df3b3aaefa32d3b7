"""A model that takes everything for the story, as any reader of its output can tell."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from filterfeed import model
from filterfeed.model.forest import flat
from filterfeed.registry import Entry, Registry, json_bytes


@cache
def keeps_all() -> tuple[bytes, dict[str, Any]]:
    """The bytes of its file, and its card."""
    trees = HistGradientBoostingClassifier(max_iter=1)
    forest = flat(trees.fit(np.zeros((100, 1)), [0] * 97 + [1, 2, 3]))
    data = model.dump(replace(model.load(), trees=forest, page_trees=forest))
    card = {
        "format": model.FORMAT,
        "digest": hashlib.sha256(data).hexdigest(),
        "scikit_learn": model.sklearn_version(),
        "bytes": len(data),
    }
    return data, card


def written(file: Path) -> Path:
    """Its file and card, made by nobody knows whom."""
    data, card = keeps_all()
    file.write_bytes(data)
    file.with_suffix(".json").write_bytes(json_bytes(card))
    return file


def added(directory: str, now: datetime, *, activate: bool = True) -> Entry:
    """It, as a model trained here."""
    return Registry(directory).add(*keeps_all(), now, activate=activate)
