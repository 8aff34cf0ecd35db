"""Lets pytest collect the tests that strategy files (`*.rlm`, `*.rlm.yaml`) carry."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rlmflow._lazy import heavy
from rlmflow.libraries import SUFFIXES

if TYPE_CHECKING:
    from rlmflow.graph.model import Program, Trial
    from rlmflow.trials.run import Verdict


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rlmflow-trust`: run the Python files that strategies use."""
    group = parser.getgroup("rlmflow")
    group.addoption("--rlmflow-trust", action="store_true", help="run strategies' Python files")


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """A strategy file is collected for its tests."""
    if not file_path.name.endswith(SUFFIXES):
        return None
    made: StrategyFile = StrategyFile.from_parent(parent, path=file_path)
    return made


class StrategyFile(pytest.File):
    """A strategy file, compiled when it is collected."""

    def collect(self) -> Iterator[StrategyTest]:
        compilation = heavy("rlmflow.compile_file").compile_file(relpath(self.path))
        errors = [found for found in compilation.diagnostics if found.severity == "error"]
        if errors:
            render = heavy("rlmflow.diagnostics.render").render
            raise self.CollectError(render(errors))
        program = compilation.program
        for trial in program.trials if program else ():
            yield StrategyTest.from_parent(self, name=trial.title, program=program, trial=trial)


class Unmet(Exception):
    """What a test of a strategy expects and did not find."""


class StrategyTest(pytest.Item):
    """One `test` of a strategy."""

    def __init__(self, *, program: Program, trial: Trial, **rest: Any) -> None:
        super().__init__(**rest)
        self._program = program
        self._trial = trial

    def runtest(self) -> None:
        trust = self.config.getoption("--rlmflow-trust")
        load = heavy("rlmflow.runtime.python_files").load_functions
        files = load(self._program.functions, trust=trust)
        run_trial = heavy("rlmflow.trials.run").run_trial
        verdict: Verdict = run_trial(self._program, self._trial, files=files)
        if not verdict.passed:
            lines = [
                line
                for unmet in verdict.unmet
                for line in (f"{unmet.span.place}: expect {unmet.span.text}", *unmet.difference)
            ]
            raise Unmet("\n".join(lines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is unmet, without a trace of how it was found."""
        if isinstance(excinfo.value, Unmet):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        line, _ = self._trial.span.source.line_column(self._trial.span.start)
        return self.path, line - 1, self._trial.title
