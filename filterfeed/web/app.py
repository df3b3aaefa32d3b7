"""The ASGI application: which address is answered with what."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from filterfeed.errors import StoreError
from filterfeed.runs import FeedState
from filterfeed.store import Store
from filterfeed.types import Config
from filterfeed.web import conditional, pages

_STATIC = Path(__file__).parent / "static"
# Seconds after which a reader may ask again for a feed that has not been polled yet.
_RETRY_AFTER = 60
_NOSNIFF = {"X-Content-Type-Options": "nosniff"}
_HTML_HEADERS = {
    **_NOSNIFF,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}

log = logging.getLogger(__name__)


def build(config: Config) -> Starlette:
    """The application that serves what the store holds. Raises StoreError."""
    site = _Site(config, Store(config.database))
    return Starlette(
        routes=[
            Route("/", site.index),
            Route("/feeds/{name}.xml", site.feed),
            Route("/opml", site.opml),
            Route("/healthz", site.healthz),
            Route("/favicon.ico", _favicon),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        exception_handlers={StoreError: _store_failed},
    )


class _Site:
    """The answers. They are plain functions, which Starlette runs in its threads."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._feeds = {feed.name: feed for feed in config.feeds}
        self._store = store

    def index(self, request: Request) -> Response:
        base = self._base(request)
        html = pages.index(self._rows(base), base, datetime.now(UTC))
        return HTMLResponse(html, headers=_HTML_HEADERS)

    def opml(self, request: Request) -> Response:
        headers = {**_NOSNIFF, "Content-Disposition": 'attachment; filename="filterfeed.opml"'}
        body = pages.opml(self._rows(self._base(request)))
        return Response(body, media_type="text/x-opml", headers=headers)

    def healthz(self, request: Request) -> Response:
        states = self._states()
        polls = [state.last_poll for state in states if state.last_poll]
        health = {
            "status": "ok",
            "feeds": len(states),
            "failing": [state.name for state in states if state.status in ("failing", "gone")],
            "last_poll": max(polls).isoformat() if polls else None,
        }
        return JSONResponse(health, headers={"Cache-Control": "no-store"})

    def feed(self, request: Request) -> Response:
        name = request.path_params["name"]
        feed = self._feeds.get(name)
        if feed is None:
            return self._no_feed(name)
        output = self._store.output(name)
        if output is None:
            return _not_yet()
        headers = {
            **_NOSNIFF,
            "Content-Type": "application/rss+xml; charset=utf-8",
            "Cache-Control": f"public, max-age={feed.interval}",
            "X-Robots-Tag": "noindex",
        }
        return conditional.respond(output, request.headers, headers)

    def _no_feed(self, name: str) -> Response:
        if self._store.output_status(name) == "unknown":
            return PlainTextResponse("there is no such feed\n", 404, _NOSNIFF)
        return PlainTextResponse("this feed is no longer configured\n", 410, _NOSNIFF)

    def _base(self, request: Request) -> str:
        return self._config.base_url or str(request.base_url).rstrip("/")

    def _states(self) -> list[FeedState]:
        """One for each configured feed; the first run after a change adds them to the store."""
        stored = {state.name: state for state in self._store.states()}
        return [
            stored.get(feed.name, FeedState(feed.name, feed.url)) for feed in self._config.feeds
        ]

    def _rows(self, base: str) -> list[pages.Row]:
        return [
            pages.row(
                self._feeds[state.name],
                state,
                self._store.feed(state.name),
                self._items(state.name),
                base,
            )
            for state in self._states()
        ]

    def _items(self, name: str) -> int | None:
        """As many as a subscriber sees."""
        output = self._store.output(name)
        return output.body.count(b"</item>") if output else None


def _not_yet() -> Response:
    """An empty feed instead would make readers forget what they know of it."""
    headers = {**_NOSNIFF, "Retry-After": str(_RETRY_AFTER), "Cache-Control": "no-store"}
    return PlainTextResponse("this feed has not been polled yet\n", 503, headers)


def _favicon(request: Request) -> Response:
    return FileResponse(_STATIC / "favicon.ico", media_type="image/x-icon")


def _store_failed(request: Request, error: Exception) -> Response:
    log.error("%s", error)
    return PlainTextResponse("the database cannot be read\n", 500, _NOSNIFF)
