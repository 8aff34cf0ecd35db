"""`rlmflow test`: the tests that strategy files carry."""

from __future__ import annotations

import click

from rlmflow.cli._files import strategy_files
from rlmflow.cli._screen import show_findings
from rlmflow.cli._trust import trust_option
from rlmflow.compile_file import compile_file
from rlmflow.diagnostics.model import StrategyError
from rlmflow.graph.model import Program
from rlmflow.report.figures import counted
from rlmflow.runtime.python_files import load_functions
from rlmflow.trials.run import Verdict, run_trial


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-k", "wanted", metavar="TEXT", help="Only tests whose title holds TEXT.")
@trust_option("a strategy uses")
@click.option("-q", "--quiet", is_flag=True, help="Print what failed alone.")
def command(paths: tuple[str, ...], wanted: str | None, trust: tuple[str, ...], quiet: bool) -> int:
    """Run the tests in strategy files. No model is asked.

    PATH is a strategy file, a folder of them, or - for standard input. A test gives
    input and scripted replies, or names a reader that answers, and says what it expects:

    \b
      test "two kinds" of reviews {
        given docs: "good\\nbad"
        reply kinds: match item { "bad" => "complaint", else => "praise" }
        expect text(answer) == "praise: 1\\ncomplaint: 1"
      }

    The program ends with code 0 if all pass, 1 if one fails, 2 if a file can't be used.
    """
    programs = [_program(path) for path in strategy_files(paths)]
    verdicts = [each for program in programs for each in _verdicts(program, wanted, trust)]
    for verdict in verdicts:
        if not (quiet and verdict.passed):
            _show(verdict)
    failed = sum(not verdict.passed for verdict in verdicts)
    if not quiet:
        click.echo(f"{counted(len(verdicts), 'test')} · {failed or 'none'} failed")
    return 1 if failed else 0


def _program(path: str) -> Program | None:
    compilation = compile_file(path)
    errors = [finding for finding in compilation.diagnostics if finding.severity == "error"]
    if errors:
        raise StrategyError(list(compilation.diagnostics))
    show_findings(compilation.diagnostics)
    return compilation.program


def _verdicts(program: Program | None, wanted: str | None, trust: tuple[str, ...]) -> list[Verdict]:
    if program is None or not program.trials:
        return []
    files = load_functions(program.functions, trust=trust)
    chosen = [trial for trial in program.trials if wanted is None or wanted in trial.title]
    return [run_trial(program, trial, files=files) for trial in chosen]


def _show(verdict: Verdict) -> None:
    where = verdict.trial.span.place
    click.echo(f"{'ok  ' if verdict.passed else 'FAIL'} {where} {verdict.trial.title}")
    for unmet in verdict.unmet:
        click.echo(f"     {unmet.span.place}: expect {_first_line(unmet.span.text)}")
        for line in unmet.difference:
            click.echo(f"       {line}")


def _first_line(text: str) -> str:
    first, _, more = text.partition("\n")
    return f"{first} …" if more else first
