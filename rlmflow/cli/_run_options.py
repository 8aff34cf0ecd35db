"""The flags that say what is to be run, on what and by whom: those of `run` and of `plan`."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypedDict, TypeVar

import click

from rlmflow import api
from rlmflow.cli._arguments import check_inputs, pairs, values_of
from rlmflow.cli._compiled import compiled
from rlmflow.cli._trust import trust_option
from rlmflow.journal.journal import FILE
from rlmflow.runtime.root_options import RootOptions
from rlmflow.runtime.run import DEFAULT_WIDTH, Job

_NUMBER = re.compile(r"(\d[\d_,]*(?:\.\d+)?)\s*([kKmM]?)")
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}

Command = TypeVar("Command", bound=Callable[..., object])


class Given(TypedDict):
    """What was given, by the names of the flags."""

    strategy_path: str
    inputs: tuple[str, ...]
    settings: tuple[str, ...]
    bound: tuple[str, ...]
    sub: str | None
    root: str | None
    free: bool
    turns: int
    depth: int
    no_hints: bool
    unsafe_repl: bool
    roles: tuple[str, ...]
    strategy: str | None
    width: int
    limit: int | None
    trust: tuple[str, ...]
    max_calls: int | None
    max_tokens: int | None
    max_usd: Decimal | None
    max_minutes: float | None
    no_journal: bool
    fresh: bool


class _Number(click.ParamType):  # type: ignore[type-arg]  # generic in newer click alone
    """A number as a strategy writes it: `300`, `2_000`, `200k`, `1.5M`."""

    name = "number"

    def __init__(self, of: Callable[[Decimal], object], *, whole: bool, least: Decimal) -> None:
        self._of = of
        self._whole = whole
        self._least = least

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        found = _NUMBER.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"`{value}` is no number; write it as 300, 2_000, 200k or 1.5M", param, ctx)
        number = Decimal(re.sub("[_,]", "", found[1])) * _TIMES[found[2].lower()]
        if self._whole and number != int(number):
            self.fail(f"`{value}` is not a whole number", param, ctx)
        if number < self._least:
            self.fail(f"`{value}` is less than {self._least}", param, ctx)
        return self._of(number)


_WHOLE = _Number(int, whole=True, least=Decimal(1))
_USD = _Number(Decimal, whole=False, least=Decimal(0))
_MINUTES = _Number(float, whole=False, least=Decimal("0.01"))

_OPTIONS = (
    click.argument("strategy_path", metavar="FILE"),
    click.argument("inputs", nargs=-1, metavar="[INPUT]..."),
    click.option(
        "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter's value."
    ),
    click.option(
        "--in", "bound", multiple=True, metavar="NAME=PATH", help="A further input, by name."
    ),
    click.option("--sub", metavar="MODEL", help="The model that the steps ask."),
    click.option(
        "--root",
        metavar="MODEL",
        help="A root model that works under the strategy, or in its steps that ask for one; "
        "`scripted` plays the program that it would ideally write.",
    ),
    click.option("--free", is_flag=True, help="The root is told the task alone, not the strategy."),
    click.option(
        "--turns",
        type=click.IntRange(min=1),
        default=RootOptions.turns,
        show_default=True,
        metavar="N",
        help="The most turns of the root.",
    ),
    click.option(
        "--depth",
        type=click.IntRange(min=0),
        default=RootOptions.depth,
        show_default=True,
        metavar="N",
        help="Levels of roots that may stand below the root.",
    ),
    click.option("--no-hints", is_flag=True, help="Don't tell the root how to work well."),
    click.option(
        "--unsafe-repl", is_flag=True, help="Let a root's code run where nothing can shut it in."
    ),
    click.option("--model", "roles", multiple=True, metavar="ROLE=MODEL", help="A role's model."),
    click.option("--strategy", metavar="NAME", help="Which one, where the file holds several."),
    click.option(
        "--width",
        type=click.IntRange(min=1),
        default=DEFAULT_WIDTH,
        show_default=True,
        metavar="N",
        help="The most calls at a time.",
    ),
    click.option(
        "--limit", type=click.IntRange(min=1), metavar="N", help="A trial: N items of each step."
    ),
    click.option("--max-calls", type=_WHOLE, metavar="N", help="The most calls in all."),
    click.option("--max-tokens", type=_WHOLE, metavar="N", help="The most tokens, in and out."),
    click.option("--max-usd", type=_USD, metavar="USD", help="The most that it may cost."),
    click.option("--max-minutes", type=_MINUTES, metavar="N", help="When calls are cancelled."),
    trust_option(),
    click.option("--no-journal", is_flag=True, help="Neither read nor write the journal."),
    click.option("--fresh", is_flag=True, help="Ask anew what the journal has, and keep that."),
)


def run_options(command: Command) -> Command:
    """Decorates a command that takes what `run` takes; it is called with what `Given` lists."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def job_of(given: Given, *, planning: bool = False) -> tuple[api.Strategy, Job]:
    """The strategy and the job that flags stand for. Raises `StrategyError`.

    `planning`: it will not be run.
    """
    loaded = api.Strategy(compiled(given["strategy_path"], given["strategy"]))
    parameters = loaded.main.parameters
    named = pairs("--in", given["bound"])
    check_inputs(parameters, named)
    roots = RootOptions(
        given["free"],
        given["turns"],
        given["depth"],
        not given["no_hints"],
        given["unsafe_repl"] or planning,
    )
    job = loaded.prepare(
        list(given["inputs"]) or None,
        inputs=named,
        sub=given["sub"],
        root=given["root"],
        roots=roots,
        models=pairs("--model", given["roles"]),
        width=given["width"],
        limit=given["limit"],
        max_calls=given["max_calls"],
        max_tokens=given["max_tokens"],
        max_usd=given["max_usd"],
        max_minutes=given["max_minutes"],
        trust=given["trust"],
        planning=planning,
        journal=_journal(given, planning),
        fresh=given["fresh"],
        **values_of(parameters, pairs("--set", given["settings"])),  # type: ignore[arg-type]  # by name
    )
    return loaded, job


def _journal(given: Given, planning: bool) -> Path | None:
    """The journal of this folder; a plan makes none."""
    path = Path.cwd() / FILE
    return None if given["no_journal"] or (planning and not path.exists()) else path
