"""The first stage as it is learnt."""

from __future__ import annotations

import numpy as np
import pytest

from filterfeed.errors import SourceError
from filterfeed.model.linear import Document, Linear, Numbering, Rows
from filterfeed.segment import segment

COMMON = "The mill said on Tuesday that it"


def learnt(*lines: tuple[str, int]) -> tuple[Linear, list[str]]:
    """From a document of paragraphs with labels; its cues in the order of the weights."""
    blocks = segment("".join(f"<p>{text}</p>" for text, _ in lines))
    numbering = Numbering()
    document = Document("mill", False, "", blocks, tuple(label for _, label in lines))
    linear = Linear.fit(
        [Rows(document, numbering)], min_seen=2, strength=3.0, names=("article", "ad")
    )
    return linear, numbering.names(linear.kept.tolist())


def test_a_rare_word_that_tells_is_not_drowned_by_common_ones() -> None:
    """Two words stand in advertising only, one of them in a tenth of it."""
    offers = [(f"{COMMON} offers {word} savings", 1) for word in ["more"] * 36 + ["gift"] * 4]
    news = [(f"{COMMON} rose again", 0)] * 40
    linear, cues = learnt(*offers, *news)
    weights = dict(zip(cues, linear.weights()[0][:, -1].tolist(), strict=True))
    assert weights["gift"] > weights["offers"] / 2 > 0


def test_cues_that_are_everywhere_tell_nothing() -> None:
    """Texts that are all the same, whatever their labels, give even chances and no error."""
    linear, _ = learnt(*[(COMMON, 0), (COMMON, 1)] * 4)
    assert np.abs(linear.weights()[0]).max() < 1e-3


def test_a_label_that_is_lacking_is_told() -> None:
    """Else there would be fewer scores than the second stage expects."""
    with pytest.raises(
        SourceError, match="too few labelled documents: a part of them has no ad block"
    ):
        learnt((COMMON, 0), (COMMON, 0))
