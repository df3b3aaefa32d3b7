"""The verbs together."""

from __future__ import annotations

import click

from filterfeed import __version__
from filterfeed.cli.feeds import list_, show
from filterfeed.cli.learning import evaluate, train
from filterfeed.cli.polling import config, init, run, serve
from filterfeed.cli.settings import common
from filterfeed.cli.texts import clean, explain


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", message="%(prog)s %(version)s")
@common
def cli() -> None:
    """Financial news feeds without the ads and the disclaimers."""


for verb in (init, run, serve, list_, show, explain, clean, train, evaluate, config):
    cli.add_command(verb)
