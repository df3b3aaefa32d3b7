"""What somebody labelled in the items of a publisher whose boilerplate no model has met."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from newsroom import company

STORY = (
    "Shares of {0} Marine rose {1} percent in Oslo on Tuesday after it said that profit had"
    " beaten the forecasts of analysts.",
    "Operating profit of {0} Marine came to {1}1 million crowns in the third quarter, helped by"
    " higher rates for containers.",
    "The chief executive of {0} Marine told reporters that demand would hold through the year.",
)
CLUB = "The bell of the Golden Anchor rings for {0}: {1} seats are left at the captain's table."
BURDEN = "Whoever sails by the words of this log of {0} does so under a flag of their own."


def documents(count: int) -> list[dict[str, Any]]:
    """As many documents with five labelled blocks each: two of them hard to tell."""
    return [_document(number) for number in range(count)]


def swapped(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with every label wrong: stories are advertising, the rest is the story."""
    return [
        row
        | {
            "gold": [
                own | {"label": "ad" if own["label"] == "article" else "article"}
                for own in row["gold"]
            ]
        }
        for row in rows
    ]


def written(file: Path, rows: Iterable[dict[str, Any]]) -> Path:
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


def _document(number: int) -> dict[str, Any]:
    labels = [*((text, "article") for text in STORY), (CLUB, "ad"), (BURDEN, "legal")]
    gold = [
        {"text": text.format(company(number), number + 2), "label": label} for text, label in labels
    ]
    return {
        "uid": f"anchor-{number}",
        "publisher": "anchor.example",
        "url": f"https://anchor.example/{number}",
        "as": "body",
        "title": f"{company(number)} Marine rises",
        "html": "".join(f"<p>{escape(own['text'])}</p>" for own in gold),
        "gold": gold,
    }
