"""The program: picks the command, and turns what went wrong into one clear message."""

from __future__ import annotations

import gc
import io
import os
import sys

import click

from rlmflow.cli._lazy_group import LazyGroup
from rlmflow.cli._screen import BadInput, show_findings
from rlmflow.diagnostics.model import StrategyError

OBJECTS_A_COLLECTION = 20_000
"""More than Python's own 700: a start makes many objects that stay, and little that does not."""

COMPLETE, BAD_INPUT, INTERRUPTED, NO_READER = 0, 2, 130, 141


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rlmflow-lang", message="rlmflow %(version)s")
def rlmflow() -> None:
    """A language and compiler for recursive language models.

    A strategy is a file of named, typed steps. It reads input that is too big
    for one call, and says what it read.
    """


def main() -> None:
    """Run the command line and exit: 0 done, 1 not complete, 2 bad input."""
    gc.set_threshold(OBJECTS_A_COLLECTION)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What the terminal's encoding lacks is shown as an escape.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        with rlmflow.make_context("rlmflow", sys.argv[1:]) as context:
            code = rlmflow.invoke(context)
        sys.stdout.flush()
        return code if isinstance(code, int) else COMPLETE
    except click.exceptions.Exit as done:
        return done.exit_code
    except StrategyError as error:
        show_findings(error.diagnostics)
        return BAD_INPUT
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; what Python would still flush goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_READER
    except OSError as error:
        return _failed(error)
    except ExceptionGroup as group:
        return _failed(_first(group.subgroup(OSError) or group))


def _first(error: Exception) -> Exception:
    """The first of the errors that came from tasks side by side."""
    return _first(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error


def _failed(error: Exception) -> int:
    """Say which file or disk would not have it. Anything else is a mistake of ours."""
    if not isinstance(error, OSError):
        raise error
    place = f"{error.filename}: " if error.filename else ""
    BadInput(f"{place}{(error.strerror or str(error)).lower()}").show()
    return BAD_INPUT
