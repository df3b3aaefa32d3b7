"""Blocks into scores: the trained classifier, and the home of scikit-learn and joblib.

Two stages. The first is linear over a block's own cues (words, word pairs, place) and measures: a
score for each label, and one for "is the story's", learnt from many more pages of which only the
story is known. The second is a small ensemble of trees over those scores of the block, of its
neighbours and of its document, since context decides short lines, captions and teasers.

A user's labels may add corrections: offsets for blocks that are like the labelled ones.

A model file is a joblib dump of arrays and a string, with a JSON card beside it; no object of
scikit-learn is in it, so that it outlives releases of that, which only training needs. Such a file
could run code when it is loaded, so its digest is compared before: the shipped one's is pinned in
this package, any other's has to be among those that the caller trusts.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Container, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from threadpoolctl import ThreadpoolController

from filterfeed.errors import ModelError
from filterfeed.model.context import Array, Doubles, Integers, context, logit
from filterfeed.model.corrections import Corrections
from filterfeed.model.features import (
    distinct_cues,
    form_cues,
    is_word,
    place_cues,
    readable,
    tokens,
    without_places,
)
from filterfeed.model.forest import Forest
from filterfeed.model.layout import layout
from filterfeed.model.lexicon import MOST_TEXTS, Lexicon, Read, Words
from filterfeed.model.measures import measures
from filterfeed.types import LABELS, Block, Probabilities

FORMAT = 3
"""Of the file; another one cannot be read."""
CUE_SCALE = 3.0
"""The length of a block's vector of cues, which measures between 0 and 1 stand beside."""
_TELLING = 4
"""Cues of a block that are shown as what decided."""
_WORDS_SAY = 0.35
"""How much, on a page, those trees have to say of the story that do not see where it stands."""
_UNKNOWN: Probabilities = (0.25, 0.25, 0.25, 0.25)
_PACKAGE = Path(__file__).resolve().parent.parent
_PINNED = _PACKAGE / "model" / "shipped.sha256"


@dataclass(frozen=True)
class Model:
    id: str
    """The first digits of its digest: another id may give other verdicts."""
    vocabulary: dict[str, int]
    """Cue -> row of `weights`."""
    weights: Array
    """(cues, labels and story)."""
    measure_weights: Array
    """(measures, labels and story)."""
    intercept: Array
    """(labels and story,)."""
    trees: Forest
    """The second stage, over `context`."""
    page_trees: Forest
    """One over `context` and `layout`, which has seen more pages: whether a block of a page is the
    story's. It guessed the labels of what was not, so that of these `trees` know more."""
    corrections: Corrections | None = None
    """What a user's labels add."""

    def score(
        self, blocks: Sequence[Block], as_: str, title: str = ""
    ) -> tuple[Probabilities, ...]:
        """How likely each label is, for each block of one document.

        `as_` is "page" or "body". A block without text (a picture) is as good as unknown.
        """
        worded = [block for block in blocks if block.text]
        if not worded:
            return (_UNKNOWN,) * len(blocks)
        if as_ == "body":
            worded = list(without_places(worded))
        chances = self._second(worded, as_ == "page", title)
        if self.corrections:
            chances = self.corrections.corrected(worded, chances)
        found = map(tuple, chances.tolist())
        return tuple(next(found) if block.text else _UNKNOWN for block in blocks)

    def _second(self, blocks: Sequence[Block], page: bool, title: str) -> Array:
        """(blocks, labels): the second stage's probabilities."""
        rows = measures(blocks, page, title)
        scores = self.first(blocks, rows)
        seen = context(blocks, scores, rows)
        chances = self.trees.chances(seen)
        if not page:
            return chances
        seen = np.hstack([seen, layout(blocks, scores, rows)])
        odds = logit(self.page_trees.chances(seen)[:, 0])
        odds += (logit(chances[:, 0]) - odds) * _WORDS_SAY
        story = 1 / (1 + np.exp(-odds[:, None]))
        rest = chances[:, 1:] / chances[:, 1:].sum(axis=1, keepdims=True)
        return np.hstack([story, (1 - story) * rest])

    def first(self, blocks: Sequence[Block], rows: Array) -> Array:
        """The first stage's scores, (blocks, labels and story): log-odds, not yet calibrated."""
        worded, counts = self.weighed(
            [tokens(block.text) for block in blocks], [block.tag for block in blocks]
        )
        places: dict[tuple[str, ...], int] = {}
        where = [places.setdefault(block.path, len(places)) for block in blocks]
        placed = self._lexicon.names([place_cues(path) for path in places])
        scales = [cue_scale(count) for count in (counts + placed.counts[where]).tolist()]
        sums = (worded + self._sums(placed)[where]) * np.array(scales)[:, None]
        return np.asarray(rows @ self.measure_weights + self.intercept + sums, dtype=np.float32)

    def weighed(self, texts: Sequence[Words], tags: Sequence[str]) -> tuple[Doubles, Integers]:
        """What the cues of texts in elements with these tags weigh, (texts, labels and story), but
        for the scale; and how many cues each text has."""
        sums = np.zeros((len(texts), len(self.intercept)))
        counts = np.zeros(len(texts), np.int64)
        for at in range(0, len(texts), MOST_TEXTS):
            here = slice(at, at + MOST_TEXTS)
            forms = list(map(form_cues, texts[here], tags[here]))
            for read in (self._lexicon.words(texts[here]), self._lexicon.names(forms)):
                sums[here] += self._sums(read)
                counts[here] += read.counts
        return sums, counts

    def _sums(self, read: Read) -> Doubles:
        """The sum of the weights of each text's cues."""
        weights = self.weights.take(read.rows, axis=0)
        size = len(read.counts)
        return np.stack([np.bincount(read.owners, own, size) for own in weights.T], axis=1)

    @cached_property
    def _lexicon(self) -> Lexicon:
        return Lexicon(self.vocabulary)

    @cached_property
    def leads(self) -> dict[str, float]:
        """How much each single word speaks against the story, in log-odds."""
        against = self.weights[:, 1 : len(LABELS)].max(axis=1)
        leads = (against - self.weights[:, 0] - self.weights[:, len(LABELS)]).tolist()
        return {cue: leads[row] for cue, row in self.vocabulary.items() if is_word(cue)}

    def telling(self, blocks: Sequence[Block], as_: str, labels: Sequence[int]) -> list[str]:
        """What in each block speaks for its label (a number of LABELS): words and names of places.

        "" where its own words speak for another label: then its neighbours decided.
        """
        if as_ == "body":
            blocks = without_places(blocks)
        return [self._telling(block, label) for block, label in zip(blocks, labels, strict=True)]

    def _telling(self, block: Block, label: int) -> str:
        cues = [cue for cue in distinct_cues(block) if cue in self.vocabulary]
        if not cues:
            return ""
        weights = self.weights[[self.vocabulary[cue] for cue in cues], : len(LABELS)]
        others = np.delete(weights, label, axis=1)
        if label != weights.sum(axis=0).argmax():
            return ""
        lead = weights[:, label] - others.max(axis=1)
        ranked = (cues[number] for number in np.argsort(-lead, kind="stable") if lead[number] > 0)
        shown = dict.fromkeys(name for cue in ranked if (name := readable(cue)))
        return ", ".join(list(shown)[:_TELLING])


def cue_scale(cues: int) -> float:
    """The value of each cue of a block that has so many: long blocks do not outweigh short ones."""
    return CUE_SCALE / math.sqrt(max(1, cues))


def one_thread() -> AbstractContextManager[object]:
    """A context in which linear algebra and scikit-learn's trees use one thread."""
    limit: AbstractContextManager[object] = _threads().limit(limits=1)
    return limit


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def shipped_path() -> Path:
    """Where the shipped model is: inside an installed package, or beside it in a checkout."""
    inside = _PACKAGE / "models" / "filterfeed.joblib"
    return inside if inside.exists() else _PACKAGE.parent / "models" / "filterfeed.joblib"


def load(path: str = "", trusted: Container[str] = ()) -> Model:
    """The model in the file `path`, or the shipped one.

    Nothing of a file is run unless its digest is that of the shipped model, or in `trusted`.
    Raises ModelError for any other file, and for one that is missing, broken or of another
    version.
    """
    file = Path(path) if path else shipped_path()
    data = _read(file)
    _must_be_safe(file, hashlib.sha256(data).hexdigest(), trusted if path else ())
    own = card_of(file).get("format")
    if own != FORMAT:
        raise ModelError(
            f"{file}: of another version (format {own}; needed: {FORMAT}): train it again"
        )
    try:
        return loads(data)
    except Exception as error:
        raise ModelError(f"{file}: cannot be loaded: {type(error).__name__}") from error


def _must_be_safe(file: Path, digest: str, trusted: Container[str]) -> None:
    if digest == _PINNED.read_text().strip() or digest in trusted:
        return
    if file == shipped_path():
        raise ModelError(f"{file}: not the model that was shipped, hence not loaded")
    raise ModelError(
        f"{file}: not trained here and not trusted; `filterfeed model trust {file}` if you know "
        "who made it"
    )


def loads(data: bytes) -> Model:
    """The model in bytes that are known to be one: loading runs what is in them."""
    parts = joblib.load(io.BytesIO(data))
    return Model(
        id=hashlib.sha256(data).hexdigest()[:12],
        vocabulary={cue: row for row, cue in enumerate(parts["cues"].split("\n"))},
        weights=parts["weights"].astype(np.float32),
        measure_weights=parts["measure_weights"],
        intercept=parts["intercept"],
        trees=Forest(**parts["trees"]),
        page_trees=Forest(**parts["page_trees"]),
        corrections=Corrections.of(own) if (own := parts.get("corrections")) else None,
    )


def dump(model: Model) -> bytes:
    """The bytes of a model file: a dict of arrays and one string.

    Half precision is enough for weights of cues, and halves the file.
    """
    parts = {
        "cues": "\n".join(model.vocabulary),
        "weights": model.weights.astype(np.float16),
        "measure_weights": model.measure_weights,
        "intercept": model.intercept,
        "trees": asdict(model.trees),
        "page_trees": asdict(model.page_trees),
        "corrections": model.corrections.parts() if model.corrections else None,
    }
    buffer = io.BytesIO()
    joblib.dump(parts, buffer, compress=("zlib", 6))
    return buffer.getvalue()


def pin(digest: str) -> None:
    """Make the model with this digest the shipped one, in a checkout."""
    _PINNED.write_text(digest + "\n")


def card_of(file: Path) -> dict[str, Any]:
    """The card beside a model file. Raises ModelError when there is none."""
    path = file.with_suffix(".json")
    try:
        card = json.loads(_read(path))
    except ValueError as error:
        raise ModelError(f"{path}: not a model card") from error
    if not isinstance(card, dict):
        raise ModelError(f"{path}: not a model card")
    return card


def sklearn_version() -> str:
    """Major and minor of what is installed: another release may train a slightly other model."""
    return ".".join(version("scikit-learn").split(".")[:2])


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file}: cannot be read: {error.strerror}") from error
