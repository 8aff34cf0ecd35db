"""The commands by name. The module of a command is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module

import click

from rlmflow.cli._screen import unknown
from rlmflow.cli._trust import named_trust

COMMANDS = {
    "run": "Run a strategy on files, folders or standard input.",
    "plan": "Say what a run would use: calls, tokens and money, by step.",
    "runs": "List the runs of this folder, the latest first.",
    "view": "Write a page about a run: what it promised, read, asked and answered.",
    "gc": "Remove old runs, and what they alone have used of the journal.",
    "check": "Find what is wrong with strategies.",
    "test": "Run the tests in strategy files. No model is asked.",
    "fmt": "Format strategies, in place.",
    "convert": "Turn a strategy into YAML, or back.",
    "compile": "Print what a strategy is compiled to.",
    "list": "List the operators and the strategies there are.",
    "show": "Show an operator, the strategies of a file, or those of a library.",
    "new": "Write a strategy, or a library of them, to begin with.",
    "explain": "Explain a code such as RF201.",
    "bench": "Compare strategies on tasks with known answers.",
    "doctor": "Say what was found on this machine: keys, models, packages.",
    "models": "List the local models, or fetch one.",
}
"""Each command's summary, so that the list of them imports none."""


class LazyGroup(click.Group):
    """A group whose commands are the modules beside this one, each with a `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click passes it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            if not ctx.resilient_parsing:
                raise unknown("command", cmd_name, COMMANDS, "`rlmflow --help` lists them")
            return None
        command: click.Command = import_module(f"rlmflow.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command, named_trust(rest)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002  click passes it
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
