"""What a program can be compiled to, by name: each is a text, and the file that holds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rlmflow.graph.dump import dump
from rlmflow.graph.model import Program
from rlmflow.targets.plan import plan
from rlmflow.targets.program import program_text
from rlmflow.targets.prompt import Terms, hints, root_prompt


@dataclass(frozen=True)
class Target:
    """`text` makes it, told on what terms a root works, where it is for one."""

    file: str
    text: Callable[[Program, Terms], str]


def _plan(program: Program, _: Terms) -> str:
    return json.dumps(plan(program), ensure_ascii=False, indent=2) + "\n"


def _prompt(program: Program, terms: Terms) -> str:
    return root_prompt(program, terms=terms)


def _hints(program: Program, terms: Terms) -> str:
    return hints(program, terms=terms)


TARGETS: Mapping[str, Target] = {
    "plan": Target("plan.json", _plan),
    "graph": Target("graph.txt", lambda program, _: dump(program)),
    "prompt": Target("prompt.md", _prompt),
    "hints": Target("hints.md", _hints),
    "program": Target("program.py", lambda program, terms: program_text(program, terms.dialect)),
}
