"""Ctrl-C: once, what is under way is finished and kept; twice, the program ends at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import click

from rlmflow.runtime.stopping import Stopping

T = TypeVar("T")
_FINISHING = "finishing what is under way; Ctrl-C once more ends it now"


async def until_interrupted(work: Callable[[Stopping], Awaitable[T]]) -> T:
    """Do work that can be told to stop. Raises `KeyboardInterrupt` at the second signal."""
    stopping = Stopping()
    working = asyncio.ensure_future(work(stopping))
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        if stopping.reason is None:
            click.echo(f"interrupted: {_FINISHING}", err=True)
            stopping.stop("the run was interrupted")
        else:
            working.cancel()

    # Where signals can't be heard in the loop, the first one ends the program.
    with suppress(NotImplementedError):
        loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        return await working
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
