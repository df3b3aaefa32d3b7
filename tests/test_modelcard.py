"""The readable card: it says what the JSON card says, and copes with what is not there."""

from __future__ import annotations

from typing import Any

from judged import two_publishers

from filterfeed import model
from filterfeed.learn.evaluate import curve, report
from filterfeed.learn.modelcard import markdown
from filterfeed.types import Policy


def card() -> dict[str, Any]:
    found = report(two_publishers(), Policy())
    return {
        "digest": "d1" * 32,
        "bytes": 2933408,
        "scikit_learn": "1.9",
        "corpus_digest": "c0" * 32,
        "trained_on": {
            "documents": 689,
            "publishers": 220,
            "blocks": {"article": 13727, "ad": 4771, "legal": 926, "chrome": 4831},
            "weak_pages": 1123,
        },
        "sources": [
            {"name": "Wire | news", "licence": "CC BY 4.0", "documents": 80, "blocks": 1234},
        ],
        "validation": {"threshold": 0.8, **found.figures()},
        "curve": curve(two_publishers(), (0.5, 0.8)),
        "calibration": found.calibration_rows(),
        "learning_curve": [{"blocks": 1000, "macro_f1": 0.7}, {"blocks": 2000, "macro_f1": 0.75}],
        "spread": {"splits": 5, "mean": {"macro_f1": 0.84}, "deviation": {"macro_f1": 0.012}},
    }


def test_it_says_what_the_card_says() -> None:
    """Sources with licences, counts, digests, figures, curves, limits, how to rebuild it."""
    text = markdown(card())
    assert "| Wire \\| news | CC BY 4.0 | 80 | 1,234 |" in text
    assert "13,727 article, 4,771 ad, 926 legal, 4,831 chrome" in text
    assert "d1" * 32 in text and "c0" * 32 in text
    assert "| ad | 54.5% removed | 0.667 | 1.000 | 0.800 |" in text
    assert "| 0.5 | 90.9% | 100.0% | 100.0% | 100.0% |" in text
    assert "| 2,000 | 0.750 |" in text
    assert "| macro F1 | 0.8400 | 0.0120 |" in text
    assert f"calibration error of the likeliest label {_error():.3f}" in text
    assert "filterfeed train --corpus" in text
    assert "## Limits" in text


def _error() -> float:
    error: float = report(two_publishers(), Policy()).figures()["calibration_error"]
    return error


def test_tables_are_tables() -> None:
    """Each row has as many cells as the head of its table."""
    for part in markdown(card()).split("\n\n"):
        if part.startswith("|"):
            bars = {line.replace("\\|", "").count("|") for line in part.splitlines()}
            assert len(bars) == 1, part


def test_what_is_missing_is_left_out() -> None:
    """A card without any key still makes a text; each key makes its own section only."""
    bare = markdown({})
    assert "## Limits" in bare
    assert "## Figures" not in bare and "## Spread" not in bare
    for name, value in card().items():
        assert markdown({name: value})


def test_the_shipped_card() -> None:
    """It has all that is needed, and is a page or two."""
    text = markdown(model.card_of(model.shipped_path()))
    assert "## Figures by label" in text
    assert "?" not in text
    assert len(text.splitlines()) < 200


def test_no_texts() -> None:
    """Nothing that a publisher wrote is in the card."""
    text = markdown(card())
    words = (block.text for one in two_publishers() for block in one.sample.blocks)
    assert not [own for own in words if own in text]


def test_the_shipped_card_for_people_is_that_of_the_shipped_model() -> None:
    """models/MODEL.md says what models/filterfeed.json says."""
    shipped = model.shipped_path()
    assert shipped.with_name("MODEL.md").read_text() == markdown(model.card_of(shipped))
