"""How a slip is reported and mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.codes import Code
from rlmflow.source import Span
from rlmflow.syntax.automaton import Automaton, Stack
from rlmflow.syntax.explain import Trouble
from rlmflow.syntax.tokens import RESERVED

Insertion: TypeAlias = tuple[str, str, int, int]
"""A token: kind, text, start, end."""


@dataclass(frozen=True)
class Fix:
    """How a slip is reported and mended.

    `drop` values are taken off the stack, the tokens of `insert` are fed, and parsing
    goes on `skip` tokens after the one in trouble. `damages`: what the author meant is
    not certain, so the step around it counts as broken.
    """

    message: str
    hint: str | None = None
    insert: tuple[Insertion, ...] = ()
    skip: int = 0
    drop: int = 0
    code: Code = codes.UNEXPECTED_TOKEN
    span: Span | None = None
    damages: bool = True

    def fits(self, automaton: Automaton) -> bool:
        """Whether the parser can take what is inserted."""
        stack: Stack | None = Stack(len(automaton.states) - self.drop, ())
        for kind, *_ in self.insert:
            stack = automaton.after(kind, stack)
            if stack is None:
                return False
        return True


def instead(trouble: Trouble, kind: str, text: str) -> tuple[Insertion, ...]:
    """A token in the place of the one in trouble."""
    return ((kind, text, trouble.token.start_pos, trouble.token.end_pos),)


def between(trouble: Trouble, kind: str, text: str) -> tuple[Insertion, ...]:
    """A token right after the one before."""
    place = trouble.before.end_pos
    return ((kind, text, place, place),)


def names_something(trouble: Trouble) -> bool:
    """Whether what was read last is a name, or a word that stands for one."""
    named = trouble.kind_below == "NAME" or trouble.kind_below in RESERVED
    return named and trouble.before.end_pos == trouble.below.end_pos
