"""Shared fixtures: where the corpus and the real feeds are, when they are there."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from newsroom import polled, room
from stores import path, store
from webserver import site, start

# Fixtures, for whoever asks for them.
__all__ = ["path", "polled", "room", "site", "start", "store"]

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regen", action="store_true", help="write the golden files anew")


def pytest_configure() -> None:
    """Whoever runs tests in the background of a script: processes that are started there ignore
    Ctrl-C, and so would ours, which some tests interrupt."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs ../shared where it is absent (a user has none)."""
    if SHARED.is_dir():
        return
    skip = pytest.mark.skip(reason="needs ../shared")
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared() -> Path:
    return SHARED
