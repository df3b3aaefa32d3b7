"""Labelled documents of our own, made of the sample feeds' labels."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from filterfeed.learn.corpus import our_documents as documents

__all__ = ["corpus", "documents"]


def corpus(directory: Path) -> Path:
    """A corpus directory with these documents."""
    file = directory / "finance" / "blocks.jsonl.gz"
    file.parent.mkdir(parents=True)
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, documents())).encode()))
    return directory
