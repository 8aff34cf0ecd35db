"""The dump of a graph, and the plan, as goldens."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rlmflow.compiler import compile_source
from rlmflow.graph.dump import dump
from rlmflow.graph.model import Program
from rlmflow.source import Source
from rlmflow.targets.plan import plan

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.rlm"))


def compiled(sample: Path) -> Program:
    found = compile_source(Source(sample.name, sample.read_text("utf-8")), main=sample.stem)
    assert found.diagnostics == []
    assert found.program is not None
    return found.program


def same_as(golden: Path, text: str) -> None:
    """Set RLMFLOW_UPDATE_GOLDEN=1 to write the files anew; then read the difference."""
    if os.environ.get("RLMFLOW_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text("utf-8")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_dump(sample: Path) -> None:
    same_as(sample.with_suffix(".txt"), dump(compiled(sample)))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_plan(sample: Path) -> None:
    made = plan(compiled(sample))
    text = json.dumps(made, indent=2, ensure_ascii=False)
    same_as(sample.with_suffix(".plan.json"), text + "\n")
    assert json.loads(text) == made
