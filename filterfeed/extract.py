"""The home of trafilatura: a second opinion on where the story of a page is."""

from __future__ import annotations

import logging

import trafilatura

# It reports pages without a story as errors; here that is an answer like any other.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def story_text(html: str, url: str = "") -> str:
    """The page's story as trafilatura sees it, a paragraph a line; "" when it sees none."""
    try:
        text = trafilatura.extract(
            html,
            url=url or None,
            fast=True,  # without second opinions of its own it is no worse as one, and sooner done
            include_comments=False,
            include_tables=True,
            with_metadata=False,
        )
    except Exception:  # a page that it cannot work on is one on which it has no opinion
        return ""
    return text or ""
