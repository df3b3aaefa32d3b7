"""Whether probabilities mean what they say: of the blocks given 80 %, 80 % should be so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from filterfeed.types import LABELS, Probabilities

BINS = 15
"""Equal in width over 0 to 1; as many as Guo et al. take."""

Forecast = tuple[float, bool]
"""A probability that was given to something, and whether it was so."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The forecasts whose probabilities are between `low` and `high`; never empty."""

    low: float
    high: float
    blocks: int
    probability: float
    """Their mean."""
    right: float
    """The share that came true."""


def reliability(forecasts: Iterable[Forecast]) -> tuple[Bin, ...]:
    """The reliability curve: a bin for each stretch in which there are forecasts."""
    found: dict[int, list[Forecast]] = defaultdict(list)
    for own in forecasts:
        found[min(BINS - 1, int(own[0] * BINS))].append(own)
    return tuple(_bin(number, found[number]) for number in sorted(found))


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """How far probabilities are from the truth: the mean over all blocks of their bins' distances.

    Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning",
    AAAI 2015; of the likeliest label alone, as Guo, Pleiss, Sun and Weinberger, "On Calibration of
    Modern Neural Networks", ICML 2017. 0 is best; fewer blocks make it larger by chance.
    """
    blocks = sum(own.blocks for own in bins)
    apart = sum(own.blocks * abs(own.probability - own.right) for own in bins)
    return apart / blocks if blocks else 0.0


def brier_score(judged: Sequence[tuple[str, Probabilities]]) -> float:
    """Mean squared distance of the probabilities from the true labels (Brier 1950).

    Over all labels: 0 is best, 2 worst.
    """
    total = sum(
        (chance - (name == label)) ** 2
        for label, chances in judged
        for name, chance in zip(LABELS, chances, strict=True)
    )
    return total / len(judged) if judged else 0.0


def likeliest(judged: Iterable[tuple[str, Probabilities]]) -> list[Forecast]:
    """Of each block: how likely its likeliest label is, and whether that is its true one."""
    best = [(label, chances, max(chances)) for label, chances in judged]
    return [(most, LABELS[chances.index(most)] == label) for label, chances, most in best]


def not_article(judged: Iterable[tuple[str, Probabilities]]) -> list[Forecast]:
    """Of each block: how likely it is not the story's, which the threshold asks, and the truth."""
    return [(1 - chances[0], label != "article") for label, chances in judged]


def _bin(number: int, forecasts: Sequence[Forecast]) -> Bin:
    return Bin(
        low=number / BINS,
        high=(number + 1) / BINS,
        blocks=len(forecasts),
        probability=sum(chance for chance, _ in forecasts) / len(forecasts),
        right=sum(came for _, came in forecasts) / len(forecasts),
    )
