"""Labelled documents of our own, made of the sample feeds' labels."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent.parent / "sample_feeds"


def documents() -> list[dict[str, Any]]:
    """A document for each labelled item and page, one paragraph a block."""
    rows = map(json.loads, (SAMPLES / "labels.jsonl").read_text().splitlines())
    gold: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        gold[row["source"], row["item"]].append({"text": row["text"], "label": row["label"]})
    return [
        {
            "uid": f"{source} {item}".strip(),
            "publisher": source.removeprefix("pages/").split("/")[0],
            "as": "body",
            "url": "",
            "html": "".join(f"<p>{escape(own['text'])}</p>" for own in own_gold),
            "gold": own_gold,
        }
        for (source, item), own_gold in gold.items()
    ]


def corpus(directory: Path) -> Path:
    """A corpus directory with these documents."""
    file = directory / "finance" / "blocks.jsonl.gz"
    file.parent.mkdir(parents=True)
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, documents())).encode()))
    return directory
