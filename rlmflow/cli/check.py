"""`rlmflow check`: what is wrong with strategies."""

from __future__ import annotations

import json

import click

from rlmflow.cli._files import strategy_files
from rlmflow.cli._screen import counted, show_findings
from rlmflow.compile_file import compile_file
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.diagnostics.render import as_data


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--static", is_flag=True, help="Only what the text alone decides.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings alone, no summary.")
def command(paths: tuple[str, ...], static: bool, as_json: bool, quiet: bool) -> int:  # noqa: ARG001  what the text decides is all there is so far
    """Find what is wrong with strategies.

    PATH is a strategy file, a folder of them, or - for standard input. The program
    ends with code 2 if there is an error.
    """
    files = strategy_files(paths)
    found = [finding for file in files for finding in findings_of(file)]
    errors = sum(finding.severity == "error" for finding in found)
    if as_json:
        data = {"diagnostics": [as_data(finding) for finding in found]}
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        show_findings(found)
    if not (quiet or as_json):
        click.echo(_summary(len(files), errors, len(found) - errors), err=bool(found))
    return 2 if errors else 0


def findings_of(path: str) -> list[Diagnostic]:
    """What is wrong with one file, be it that it can't be read."""
    try:
        return list(compile_file(path).diagnostics)
    except StrategyError as error:
        return error.diagnostics


def _summary(files: int, errors: int, warnings: int) -> str:
    parts = [counted(files, "file"), counted(errors, "error")]
    if warnings:
        parts.append(counted(warnings, "warning"))
    return " · ".join(parts)
