"""Scored documents by hand: each block with its true label and the probabilities given to it."""

from __future__ import annotations

from html import escape

from filterfeed.learn.evaluate import Scored
from filterfeed.learn.samples import Sample
from filterfeed.segment import segment
from filterfeed.types import Probabilities

ARTICLE: Probabilities = (0.97, 0.01, 0.01, 0.01)
AD: Probabilities = (0.02, 0.96, 0.01, 0.01)
LEGAL: Probabilities = (0.04, 0.01, 0.94, 0.01)
CHROME: Probabilities = (0.05, 0.02, 0.01, 0.92)
DOUBT: Probabilities = (0.4, 0.5, 0.05, 0.05)


def scored(uid: str, publisher: str, *blocks: tuple[str, str, Probabilities]) -> Scored:
    """A document of blocks, each a text, its true label and what the model gave it."""
    html = "".join(f"<p>{escape(text)}</p>" for text, _, _ in blocks)
    labels = tuple(label for _, label, _ in blocks)
    sample = Sample(uid, publisher, publisher, False, "", segment(html), labels)
    return Scored(sample, tuple(chances for _, _, chances in blocks))


def two_publishers() -> list[Scored]:
    """Eight labelled blocks: of 22 words of stories two go; one of two advertisements stays."""
    return [
        scored(
            "good-1",
            "good.example",
            ("Profit rose a fifth in the third quarter on new orders.", "article", ARTICLE),
            ("Open an account with us today.", "ad", AD),
            ("Not investment advice.", "legal", LEGAL),
            ("Share this story", "chrome", CHROME),
        ),
        scored(
            "bad-1",
            "bad.example",
            ("The mill will close in May, its owner said.", "article", ARTICLE),
            ("Buy low?", "article", AD),
            ("Try our paper for free.", "ad", DOUBT),
            ("All rights are reserved.", "legal", CHROME),
            ("Nobody knows what this is", "", AD),
        ),
    ]
