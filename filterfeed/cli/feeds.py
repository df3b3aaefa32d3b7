"""The verbs that tell what there is: `list` and `show`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from filterfeed import urls
from filterfeed.cli.printing import COLOURS, local, output_path, plain, show_table, table
from filterfeed.cli.settings import Settings, common, feed_named
from filterfeed.runs import FeedState
from filterfeed.store import Store, StoredItem
from filterfeed.types import LABELS, Config, FeedConfig, Verdict


@click.command("list")
@common
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List the feeds and how they are."""
    config = settings.load()
    states = _states(config)
    if as_json:
        _echo_json([_feed_values(config, feed, states[feed.name]) for feed in config.feeds])
        return
    made = table("feed", "state", "last success", "next poll", "error")
    for feed in config.feeds:
        state = states[feed.name]
        last, next_ = local(state.last_success) or "never", _next_poll(state)
        made.add_row(feed.name, _status(state), last, next_, plain(state.error))
    show_table(made)


@click.command()
@common
@click.argument("feed")
@click.option(
    "--items",
    "count",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="N",
    help="Show N items.",
)
@click.option("--promoted", is_flag=True, help="Only items that are advertising as a whole.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def show(settings: Settings, feed: str, *, count: int, promoted: bool, as_json: bool) -> None:
    """Show how a feed is, its first items, and what was removed from them.

    Items that are left out of the feed are among them.
    """
    config = settings.load()
    found = feed_named(config, feed)
    state = _states(config)[feed]
    items = _promoted(config, feed)[:count] if promoted else _items(config, feed, count)
    if as_json:
        values = _feed_values(config, found, state)
        _echo_json({**values, "items": [_item_values(item) for item in items]})
        return
    _echo_feed(config, found, state)
    for item in items:
        _echo_item(item)


# Only runs make a database, and put feeds into it.


def _states(config: Config) -> dict[str, FeedState]:
    states = {feed.name: FeedState(feed.name, feed.url) for feed in config.feeds}
    if Path(config.database).exists():
        with Store(config.database) as store:
            states |= {state.name: state for state in store.states()}
    return states


def _promoted(config: Config, name: str) -> list[StoredItem]:
    return [item for item in _items(config, name) if item.clean.promotion]


def _items(config: Config, name: str, count: int | None = None) -> tuple[StoredItem, ...]:
    if not Path(config.database).exists():
        return ()
    with Store(config.database) as store:
        return store.items(name, count)


# For people


def _status(state: FeedState) -> str:
    return f"failing ({state.failures})" if state.status == "failing" else state.status


def _next_poll(state: FeedState) -> str:
    if state.status == "gone":
        return "never"
    return local(state.next_poll) or "now"


def _echo_feed(config: Config, feed: FeedConfig, state: FeedState) -> None:
    for key, value in (
        ("feed", feed.name),
        ("url", urls.without_credentials(state.url)),
        ("state", _status(state)),
        ("error", state.error),
        ("last success", local(state.last_success) or "never"),
        ("next poll", _next_poll(state)),
        ("output", output_path(config, feed.name)),
    ):
        if value:
            click.echo(f"{key:<14}{plain(value)}")


def _echo_item(stored: StoredItem) -> None:
    clean = stored.clean
    not_kept = _not_kept(stored)
    click.echo()
    click.secho(plain(clean.item.title) or "(no title)", bold=True)
    click.echo(f"  {plain(clean.item.link or stored.guid)}")
    click.echo(f"  {local(clean.item.published) or 'no date'}, {_source(stored)}")
    if clean.promotion:
        click.echo(f"  {_promotion(stored)}")
    click.echo(f"  {len(not_kept)} of {len(clean.verdicts)} blocks removed{_as_it_came(stored)}")
    for verdict in not_kept:
        _echo_verdict(verdict)


def _source(stored: StoredItem) -> str:
    reason = f"from the {stored.clean.source}: {stored.clean.source_reason}"
    return plain(f"{reason}; page: {stored.page_error}" if stored.page_error else reason)


def _promotion(stored: StoredItem) -> str:
    what = "left out as advertising" if stored.clean.left_out else "perhaps advertising"
    return plain(f"{what}: {stored.clean.promotion}")


def _as_it_came(stored: StoredItem) -> str:
    return "; it goes out as it came" if stored.clean.as_it_came else ""


def _echo_verdict(verdict: Verdict) -> None:
    label = click.style(f"{verdict.label:<7}", fg=COLOURS[verdict.label])
    words = plain(verdict.block.text, 60) or "(picture)"
    click.echo(f"    {label} {_probability(verdict):.2f} {words}")
    click.echo(f"            {verdict.action}: {plain(verdict.reason)}")


def _not_kept(stored: StoredItem) -> list[Verdict]:
    return [verdict for verdict in stored.clean.verdicts if verdict.action != "keep"]


def _probability(verdict: Verdict) -> float:
    return verdict.probabilities[LABELS.index(verdict.label)]


# For programs


def _feed_values(config: Config, feed: FeedConfig, state: FeedState) -> dict[str, Any]:
    return {
        "name": feed.name,
        "title": feed.title,
        "url": urls.without_credentials(state.url),
        "state": state.status,
        "failures": state.failures,
        "error": state.error,
        "last_poll": _iso(state.last_poll),
        "last_success": _iso(state.last_success),
        "next_poll": _iso(state.next_poll),
        "output": str(Path(config.output) / f"{feed.name}.xml"),
    }


def _item_values(stored: StoredItem) -> dict[str, Any]:
    clean = stored.clean
    return {
        "guid": stored.guid,
        "link": clean.item.link,
        "title": clean.item.title,
        "published": _iso(clean.item.published),
        "first_seen": _iso(stored.first_seen),
        "changed": _iso(stored.changed),
        "source": clean.source,
        "source_reason": clean.source_reason,
        "page_error": stored.page_error,
        "as_it_came": clean.as_it_came,
        "promotion": clean.promotion,
        "left_out": clean.left_out,
        "blocks": len(clean.verdicts),
        "removed": [_verdict_values(verdict) for verdict in _not_kept(stored)],
    }


def _verdict_values(verdict: Verdict) -> dict[str, Any]:
    return {
        "label": verdict.label,
        "probability": round(_probability(verdict), 6),
        "action": verdict.action,
        "reason": verdict.reason,
        "text": verdict.block.text,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _echo_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
