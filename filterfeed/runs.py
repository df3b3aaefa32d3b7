"""The nouns of polling: what is remembered of a feed between runs, and what one run reports.

Frozen values, like those of `types`; times are aware UTC datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class FeedState:
    """What the store remembers of one configured feed between runs."""

    name: str
    url: str
    """Where to poll: the configured URL, or where a permanent redirect led from it."""
    etag: str | None = None
    last_modified: str | None = None
    body_digest: str = ""
    """Of the last body that was parsed: the same bytes again are as good as a 304."""
    next_poll: datetime | None = None
    last_poll: datetime | None = None
    last_success: datetime | None = None
    failures: int = 0
    """In a row; 0 after a success."""
    status: Literal["new", "ok", "failing", "gone"] = "new"
    error: str = ""
    """One line: why the last poll failed, or ""."""
    cleaned_with: str = ""
    """Digest of the settings by which its items were cleaned; "" before the first time."""
    published_with: str = ""
    """Digest of the settings by which its output was made; "" while it is yet to be made."""


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What one run did with one feed."""

    name: str
    outcome: Literal["unchanged", "updated", "failed"]
    items: int = 0
    """Items in the output feed."""
    cleaned: int = 0
    """Items that this run cleaned (new or changed)."""
    blocks: int = 0
    removed: tuple[int, int, int] = (0, 0, 0)
    """Blocks that went, as ad, legal and chrome (LABELS without article)."""
    left_out: int = 0
    """Items that are advertisements as a whole, and are not published from this run on."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run did; feeds that were not due are not in it."""

    feeds: tuple[FeedResult, ...] = ()
    errors: tuple[str, ...] = ()
    """One line each for what went wrong outside any feed (an unusable model, say)."""
