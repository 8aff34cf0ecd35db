"""Progress of a run on stderr: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import click

from rlmflow._lazy import heavy
from rlmflow.diagnostics.picture import visible
from rlmflow.report.closing import throttled
from rlmflow.report.figures import counted
from rlmflow.runtime.events import (
    CallDone,
    Event,
    ItemFailed,
    Listener,
    Throttled,
    ToolUsed,
    TurnDone,
)
from rlmflow.text.one_line import one_line

_SECONDS_BETWEEN_LINES = 5.0
_MOST_TOLD = 160


@contextmanager
def progress(expected: int, *, quiet: bool, verbose: bool) -> Iterator[list[Listener]]:
    """Listeners that show how far a run is. `expected`: the calls of its forecast."""
    listeners: list[Listener] = [say_trouble, say_turn] if verbose and not quiet else []
    if quiet or not expected:
        yield listeners
    elif not sys.stderr.isatty():
        yield [*listeners, Lines(expected)]
    else:
        with _bar(expected) as listener:
            yield [*listeners, listener]


@contextmanager
def counting(*, quiet: bool = False) -> Iterator[Listener]:
    """A listener that shows how far an estimate is, where it takes long."""
    if quiet:
        yield lambda _: None
        return
    listener = Counting(sys.stderr.isatty())
    try:
        yield listener
    finally:
        listener.end()


class Counting:
    """Says how many calls are foreseen: on a terminal in one line, which goes at the end."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal
        self._foreseen = 0
        self._said = ""
        self._last = monotonic()

    def __call__(self, event: Event) -> None:
        if not isinstance(event, CallDone):
            return
        self._foreseen += 1
        if monotonic() - self._last >= (1.0 if self._terminal else _SECONDS_BETWEEN_LINES):
            self._last = monotonic()
            self._said = f"counting what a run takes: {counted(self._foreseen, 'call')} so far"
            start = "\r" if self._terminal else ""
            click.echo(start + self._said, err=True, nl=not self._terminal)

    def end(self) -> None:
        if self._said and self._terminal:
            click.echo(f"\r{' ' * len(self._said)}\r", err=True, nl=False)


class Lines:
    """Says how many calls are done, at most once in five seconds, and why none is for longer."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._done = 0
        self._said = monotonic()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Throttled) and event.wait >= _SECONDS_BETWEEN_LINES:
            self._said = monotonic()
            click.echo(visible(throttled(event)), err=True)
        if not isinstance(event, CallDone):
            return
        self._done += 1
        if monotonic() - self._said >= _SECONDS_BETWEEN_LINES:
            self._said = monotonic()
            of = max(self._done, self._expected)
            click.echo(f"{self._done:,} of {of:,} calls, at step `{event.step}`", err=True)


@contextmanager
def _bar(expected: int) -> Iterator[Listener]:
    rich = heavy("rich.progress")
    console = heavy("rich.console").Console(stderr=True)
    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TextColumn("calls"),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=expected)
        done = 0

        def listen(event: Event) -> None:
            nonlocal done
            if isinstance(event, CallDone):
                done += 1
                total = max(done, expected)
                bar.update(task, description=event.step, completed=done, total=total)
            if isinstance(event, Throttled) and event.wait:
                bar.update(task, description=throttled(event))

        yield listen


def say_trouble(event: Event) -> None:
    """Print failed calls, of models and of tools, pauses, and failed items as they happen."""
    if isinstance(event, CallDone) and event.problem:
        click.echo(visible(f"{event.step}: a call failed: {event.problem}"), err=True)
    if isinstance(event, ToolUsed) and event.problem:
        click.echo(visible(f"{event.step}: `{event.tool}` failed: {event.problem}"), err=True)
    if isinstance(event, Throttled):
        click.echo(visible(throttled(event)), err=True)
    if isinstance(event, ItemFailed):
        place = event.place or event.item
        click.echo(visible(f"{event.step}: {place} failed: {event.reason}"), err=True)


def say_turn(event: Event) -> None:
    """Print what came of each turn of a root."""
    if isinstance(event, TurnDone):
        ended = ", ".join(block.status for block in event.blocks) or "no code"
        told = one_line(event.told, _MOST_TOLD)
        click.echo(visible(f"{event.step}: turn {event.turn}: {ended}; {told}"), err=True)
