"""HTTP: the cleaned feeds, an index page, OPML, a health check, and the polling beside them.

Handlers only read the store, so a reader never waits on a publisher.
"""

from __future__ import annotations

from filterfeed.web.app import build
from filterfeed.web.server import serve

__all__ = ["build", "serve"]
