"""What the command line names to be looked at: a URL, a file, or "-" for standard input."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filterfeed import urls
from filterfeed.errors import FetchError, SourceError
from filterfeed.types import Document, FetchConfig, Page

if TYPE_CHECKING:
    from filterfeed.fetch import Fetcher


def read(source: str, config: FetchConfig) -> Page:
    """The text of `source`, decoded; its url is "" unless it came from one. Raises SourceError."""
    from filterfeed.parse import sniff_text  # slow: feedparser

    document = _document(source, config)
    return Page(document.final_url, sniff_text(document))


def _document(source: str, config: FetchConfig) -> Document:
    if urls.is_web(source):
        return _fetched(source, config)
    try:
        body = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise SourceError(f"{source}: cannot be read: {error.strerror}") from error
    return Document("", "", 200, body)


def _fetched(url: str, config: FetchConfig) -> Document:
    from filterfeed.fetch import PAGE_ACCEPT, Fetcher  # slow: urllib3

    # Whoever types the address of a machine at home means it; redirects are still guarded.
    config = replace(config, allow_hosts=(*config.allow_hosts, urls.host(url)))
    with Fetcher(config) as fetcher:
        try:
            return fetcher.get(url, accept=PAGE_ACCEPT)
        except FetchError as error:
            raise SourceError(str(error)) from error


def page(fetcher: Fetcher, url: str) -> Page | None:
    """The page at `url`, or None when it cannot be had."""
    from filterfeed.fetch import PAGE_ACCEPT  # slow: urllib3
    from filterfeed.parse import is_page, sniff_text  # slow: feedparser

    try:
        document = fetcher.get(url, accept=PAGE_ACCEPT)
    except FetchError:
        return None
    return Page(document.final_url, sniff_text(document)) if is_page(document) else None
