"""The command line: verbs, one-line errors and exit status. What is slow is imported by the verbs.

Exit status: 0 all well; 1 something failed, each feed or source named once on standard error;
2 usage or configuration; 3 another run is at work; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import NoReturn

import click

from filterfeed.cli.group import cli
from filterfeed.cli.settings import Settings
from filterfeed.errors import Busy, ConfigError, FilterfeedError

__all__ = ["main"]


def main() -> NoReturn:
    """The command `filterfeed`."""
    settings = Settings()
    try:
        status = _run(settings)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has enough; so that the interpreter does not complain at its end:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


def _run(settings: Settings) -> int:
    try:
        with cli.make_context("filterfeed", sys.argv[1:], obj=settings) as context:
            cli.invoke(context)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ConfigError as error:
        for problem in error.problems:
            click.echo(f"filterfeed: {error.path}: {problem}", err=True)
        return 2
    except FilterfeedError as error:
        click.echo(f"filterfeed: {error}", err=True)
        return 3 if isinstance(error, Busy) else 1
    except BrokenPipeError:
        raise
    except Exception as error:
        _show_unexpected(error, settings.verbose)
        return 1
    return 0


def _show_unexpected(error: Exception, verbose: bool) -> None:
    if verbose:
        traceback.print_exception(error)
        return
    text = " ".join(f"{type(error).__name__}: {error}".split())
    click.echo(f"filterfeed: unexpected {text} (-v shows where)", err=True)
