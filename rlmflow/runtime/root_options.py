"""What whoever starts a run asks of roots, and what follows from it for the program at hand."""

from __future__ import annotations

from dataclasses import dataclass

from rlmflow.diagnostics.codes import NO_MODEL
from rlmflow.diagnostics.model import StrategyError
from rlmflow.graph.model import Program
from rlmflow.models._protocol import Model
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.job import calls, roles
from rlmflow.runtime.repl.isolation.kinds import UNSAFE
from rlmflow.runtime.repl.isolation.probe import no_isolation, strongest
from rlmflow.runtime.root.guided import Mode
from rlmflow.runtime.root.roots import SUB
from rlmflow.runtime.root.settings import RootSettings
from rlmflow.runtime.root.usage import ROOT

SCRIPTED = "scripted"
"""In place of a root model: the program that a root would ideally write is played."""


@dataclass(frozen=True)
class RootOptions:
    """How roots work in a run.

    `free`: the root is told the task alone, not the strategy. `turns`: the most that the
    root of a run has (a step's are its `rounds:`). `depth`: levels of roots below the
    first. `hints`: whether it is told how to work well. `unsafe`: whether its code may
    run where nothing shuts it in.
    """

    free: bool = False
    turns: int = 30
    depth: int = 1
    hints: bool = True
    unsafe: bool = False


@dataclass(frozen=True)
class Conduct:
    """How a program is carried out: `mode` and `played` as in a `Job`.

    `roles`: those that a model must be bound to, `below` those that another may stand in
    for, `stand_ins` the models of those that need none.
    """

    mode: Mode
    played: bool
    roles: set[str]
    below: set[str]
    stand_ins: dict[str, Model]


def conduct_of(program: Program, root: object, options: RootOptions) -> Conduct:
    """What follows from a `root` (a model, its name, `scripted` or None) for a program.

    Where a step of the program asks the role `root` itself, that is what a model given
    as root is for, and the plan carries the program out. Raises `StrategyError`.
    """
    own = roles(program)
    played = root == SCRIPTED
    if options.free and (root is None or played):
        message = "a free run is the work of a root model, and none is given"
        raise StrategyError([NO_MODEL.at(None, message, hint="name one: `--root MODEL --free`")])
    below = {f"{ROOT}{level}" for level in range(1, options.depth + 1)}
    if options.free:
        return Conduct("free", False, {ROOT, SUB}, below, {})
    if root is None or ROOT in own:
        stand_ins = _stand_ins(program) if played else {}
        return Conduct("plan", played, own, below, stand_ins)
    if played:
        return Conduct("scripted", True, own, set(), {})
    return Conduct("guided", False, {*own, ROOT, SUB}, below, {})


def _stand_ins(program: Program) -> dict[str, Model]:
    """Models of the roles in whose place programs are played; nothing is ever asked of them."""
    played = {call.roles[0] for call in calls(program) if call.operator.ideal_program}
    return {role: ScriptedModel(lambda _: None, name=SCRIPTED) for role in played}


def root_settings(program: Program, mode: Mode, options: RootOptions) -> RootSettings | None:
    """How roots work in a run; None where none will.

    Raises `StrategyError` where their code can't be shut in, and it may not run unsafely.
    """
    inside = any(call.operator.ideal_program for call in calls(program))
    if mode == "plan" and not inside:
        return None
    isolation = strongest()
    if isolation is None and not options.unsafe:
        raise StrategyError([no_isolation()])
    return RootSettings(
        isolation=isolation or UNSAFE,
        turns=options.turns,
        depth=options.depth,
        hints=options.hints,
    )
