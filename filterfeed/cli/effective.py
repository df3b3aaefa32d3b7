"""The configuration in force, as TOML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from filterfeed import urls
from filterfeed.types import Config, FeedConfig


def toml(config: Config) -> str:
    """Without passwords in URLs and the values of headers, which may be secrets."""
    own = asdict(config)
    fetch = own.pop("fetch")
    del own["feeds"]
    lines = [f"# {own.pop('path')} is good", "[filterfeed]", *_pairs(own), "", "[fetch]"]
    lines += _pairs(fetch)
    for feed in config.feeds:
        lines += ["", "[[feed]]", *_pairs(_feed(feed))]
    return "\n".join(lines) + "\n"


def _feed(feed: FeedConfig) -> dict[str, Any]:
    values = asdict(feed)
    policy = values.pop("policy")
    headers = values.pop("headers")
    return {
        **values,
        **policy,
        "url": urls.without_credentials(feed.url),
        "headers": {name: "(not shown)" for name, _ in headers},
    }


def _pairs(values: dict[str, Any]) -> Iterator[str]:
    return (f"{key} = {_value(value)}" for key, value in values.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(key)} = {_value(own)}" for key, own in value.items())
        return f"{{{inner}}}"
    # JSON's numbers, strings and arrays are TOML's too.
    return json.dumps(value, ensure_ascii=False)
