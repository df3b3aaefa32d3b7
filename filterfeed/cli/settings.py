"""What every verb takes: which configuration, and how much to say."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from filterfeed import api
from filterfeed.registry import Registry
from filterfeed.types import Config, FeedConfig

if TYPE_CHECKING:
    from filterfeed.model import Model

C = TypeVar("C", bound=Callable[..., Any])

NO_CONFIG = Config(path="", output="", database="")


@dataclass(slots=True)
class Settings:
    config_path: str = ""
    quiet: bool = False
    verbose: bool = False

    @property
    def path(self) -> str:
        from filterfeed import config

        return self.config_path or config.default_path(os.environ)

    def command(self, verb: str) -> str:
        """What to type for another verb with the same configuration."""
        named = f" -c {shlex.quote(self.config_path)}" if self.config_path else ""
        return f"filterfeed{named} {verb}"

    def load_if_any(self) -> Config | None:
        """The configuration; None when none is named and none is at the usual place."""
        is_named = self.config_path or os.environ.get("FILTERFEED_CONFIG")
        return self.load() if is_named or Path(self.path).exists() else None

    def model(self, path: str = "") -> Model:
        """The one in the file `path`, or the one in use. Raises ConfigError, ModelError."""
        config = self.load_if_any()
        return api.load_model(replace(config or NO_CONFIG, model=path) if path else config)

    def registry(self) -> Registry:
        return Registry((self.load_if_any() or NO_CONFIG).models)

    def load(self) -> Config:
        """Raises ConfigError."""
        from filterfeed import config

        return config.load(self.path, os.environ)


def common(verb: C) -> C:
    """The options that may stand before or after any verb."""
    for names, help_, more in (
        (("-v", "--verbose"), "Show where unexpected errors are.", {"is_flag": True}),
        (("-q", "--quiet"), "Say nothing but errors.", {"is_flag": True}),
        (("-c", "--config", "config_path"), "The configuration.", {"metavar": "FILE"}),
    ):
        verb = click.option(*names, help=help_, expose_value=False, callback=_keep, **more)(verb)
    return verb


def _keep(context: click.Context, parameter: click.Parameter, value: str | bool | None) -> None:
    if value:
        setattr(context.ensure_object(Settings), parameter.name or "", value)


def now() -> datetime:
    """For those that take the time from their callers."""
    return datetime.now(UTC)


def feed_named(config: Config, name: str) -> FeedConfig:
    """Raises UsageError."""
    for feed in config.feeds:
        if feed.name == name:
            return feed
    names = ", ".join(feed.name for feed in config.feeds)
    raise click.UsageError(f"{config.path} has no feed {name!r}; it has {names or 'none'}")
