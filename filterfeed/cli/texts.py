"""The verbs that work on texts at hand and store nothing: `explain` and `clean`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import click

from filterfeed import api
from filterfeed.cli import sources
from filterfeed.cli.printing import COLOURS, plain, show_table, table
from filterfeed.cli.settings import Settings, common, feed_named
from filterfeed.errors import SourceError
from filterfeed.types import LABELS, Action, Config, FetchConfig, Policy, Promoted, Verdict

if TYPE_CHECKING:
    from filterfeed.model import Model

_WHOLE_PAGE = re.compile(r"<(!doctype|html|body)\b", re.IGNORECASE)
_REMOVABLE = click.Choice(LABELS[1:])

As = Literal["page", "body"]


@click.command()
@common
@click.option("--as", "as_", type=click.Choice(["page", "body"]), help="What SOURCE is.")
@click.option("--format", "format_", type=click.Choice(["table", "jsonl"]), default="table")
@click.option("--title", default="", help="Of the story, as its feed has it.")
@click.option("--feed", "name", metavar="NAME", help="Decide by the policy of this feed.")
@click.argument("named", nargs=-1, required=True, metavar="SOURCE...")
@click.pass_obj
def explain(  # noqa: PLR0913
    settings: Settings,
    *,
    as_: As | None,
    format_: str,
    title: str,
    name: str | None,
    named: Sequence[str],
) -> None:
    """Show how each block of a page or body is labelled, and why.

    SOURCE is a URL, a file, or - for standard input. A text with a doctype, html or body tag is
    taken for a page, any other for a body, unless --as says what it is.
    """
    config = settings.load() if name else settings.load_if_any()
    policy, fetch = _terms(config, name)
    model = api.load_model(config)
    show = _show_jsonl if format_ == "jsonl" else _show_table
    failed = False
    for source in named:
        try:
            page = sources.read(source, fetch)
        except SourceError as error:
            click.echo(f"filterfeed: {error}", err=True)
            failed = True
            continue
        kind = as_ or ("page" if _WHOLE_PAGE.search(page.html) else "body")
        show(source, api.explain(page.html, kind, page.url, title, policy, model))
    if failed:
        raise click.exceptions.Exit(1)


def _terms(config: Config | None, name: str | None) -> tuple[Policy, FetchConfig]:
    """Those of the feed `name`, or the defaults, which need no configuration."""
    if config is None or name is None:
        return Policy(), FetchConfig()
    return feed_named(config, name).policy, config.fetch


def _show_jsonl(source: str, verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        chances = zip(LABELS, (round(own, 6) for own in verdict.probabilities), strict=True)
        values = {
            "source": source,
            "index": verdict.block.index,
            "tag": verdict.block.tag,
            "text": verdict.block.text,
            "label": verdict.label,
            "probabilities": dict(chances),
            "dropped": verdict.dropped,
            "reason": verdict.reason,
        }
        click.echo(json.dumps(values, ensure_ascii=False))


def _show_table(source: str, verdicts: Sequence[Verdict]) -> None:
    from rich.text import Text  # slow: rich

    made = table("#", "tag", "label", "p", "", "reason", "text", numbers=("#", "p"))
    for verdict in verdicts:
        chance = verdict.probabilities[LABELS.index(verdict.label)]
        made.add_row(
            str(verdict.block.index),
            verdict.block.tag,
            Text(verdict.label, COLOURS[verdict.label]),
            f"{chance:.2f}",
            "" if verdict.action == "keep" else verdict.action,
            plain(verdict.reason),
            Text(plain(verdict.block.text, 120), "dim" if verdict.dropped else ""),
        )
    click.secho(plain(source), bold=True)
    show_table(made)


@click.command()
@common
@click.option("--full-text", is_flag=True, help="Fetch the pages that the items link to.")
@click.option("--url", default="", help="Of the feed: the base of its relative links.")
@click.option("--keep", multiple=True, type=_REMOVABLE, help="Let blocks of this label be.")
@click.option("--collapse", multiple=True, type=_REMOVABLE, help="Fold them instead.")
@click.option(
    "--promoted",
    type=click.Choice(["drop", "tag", "keep"]),
    default="keep",
    show_default=True,
    help="What happens to items that are nothing but advertising.",
)
@click.option("--threshold", type=click.FloatRange(0, 1), help="How sure before a block goes.")
@click.pass_obj
def clean(  # noqa: PLR0913
    settings: Settings,
    *,
    full_text: bool,
    url: str,
    keep: Sequence[str],
    collapse: Sequence[str],
    promoted: Promoted,
    threshold: float | None,
) -> None:
    """Clean a feed on standard input to standard output.

    When it cannot be cleaned it comes out as it went in, with exit status 1.
    """
    data = sys.stdin.buffer.read()
    try:
        policy = _policy(keep, collapse, promoted, threshold)
        output = _cleaned(data, url, policy, full_text, settings.model())
    except BaseException:
        # In a reader's pipe, nothing at all would be a lost feed.
        _write(data)
        raise
    _write(output)


def _policy(
    keep: Sequence[str], collapse: Sequence[str], promoted: Promoted, threshold: float | None
) -> Policy:
    def action(label: str) -> Action:
        return "keep" if label in keep else "collapse" if label in collapse else "drop"

    policy = Policy(action("ad"), action("legal"), action("chrome"), promoted=promoted)
    return policy if threshold is None else replace(policy, threshold=threshold)


def _cleaned(data: bytes, url: str, policy: Policy, full_text: bool, model: Model) -> bytes:
    if not full_text:
        return api.clean_feed(data, url, policy, None, model)
    from filterfeed.fetch import Fetcher  # slow: urllib3

    with Fetcher(FetchConfig()) as fetcher:
        return api.clean_feed(data, url, policy, partial(sources.page, fetcher), model)


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
