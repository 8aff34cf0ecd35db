"""Prove what strategies promise, or say which step loses it.

A clause with a share is left to the run. Any other is proved for every input, or is an
error at its place.
"""

from __future__ import annotations

from dataclasses import replace

from rlmflow.diagnostics.model import Diagnostics
from rlmflow.graph.model import Program
from rlmflow.proof.promised import Known
from rlmflow.proof.proving import prove, recursive
from rlmflow.proof.refusing import refusals


def prove_contract(program: Program, found: Diagnostics) -> Program:
    """The program with what was proved of it. What was not is reported."""
    proved = prove(program)
    known = Known(program, recursive(program), proved)
    for strategy in program.strategies.values():
        for finding in refusals(strategy, known):
            found.add(finding)
    strategies = {
        name: replace(strategy, proved=proved[name])
        for name, strategy in program.strategies.items()
    }
    return replace(program, strategies=strategies)
