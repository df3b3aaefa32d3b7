"""The verbs together."""

from __future__ import annotations

import click

from filterfeed import __version__
from filterfeed.cli.evaluating import evaluate
from filterfeed.cli.feeds import list_, show
from filterfeed.cli.labelling import label
from filterfeed.cli.learning import train
from filterfeed.cli.models import model
from filterfeed.cli.polling import config, init, reprocess, run, serve
from filterfeed.cli.settings import common
from filterfeed.cli.texts import clean, explain


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", message="%(prog)s %(version)s")
@common
def cli() -> None:
    """Financial news feeds without the ads and the disclaimers."""


_READING = (init, run, reprocess, serve, list_, show, explain, clean)
_LEARNING = (label, train, evaluate, model)
for verb in (*_READING, *_LEARNING, config):
    cli.add_command(verb)
