"""What is known where an expression stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from rlmflow.analysis.lower import Block
from rlmflow.analysis.module import Module
from rlmflow.diagnostics.model import Diagnostic, Diagnostics
from rlmflow.operators._function import PythonFunction
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.types import Type


class Typed(NamedTuple):
    """An expression whose calls have become references to nodes, and its type."""

    expression: ast.Expression
    type: Type


@dataclass(frozen=True)
class Known:
    """A parameter, a step, or a name that a test's `expect` may use."""

    type: Type
    span: Span
    is_step: bool = False
    complements: Mapping[str, Type] = field(default_factory=dict)


@dataclass(eq=False)
class Names:
    """The names of one strategy's body, as it is read from top to bottom.

    `later`: the steps further down. `used`: every name that some expression named.
    `functions`: the Python functions that are called or handed on, by their names here.
    """

    known: dict[str, Known] = field(default_factory=dict)
    later: dict[str, Span] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    functions: dict[str, PythonFunction] = field(default_factory=dict)


Infer: TypeAlias = "Callable[[ast.Expression, Context], Typed]"


@dataclass(frozen=True, eq=False)
class Context:
    """Where an expression stands.

    `scope`: the types of `item`, or of `left` and `right`, where they are open.
    `narrowed`: expressions that were tested against `none` and are not. `block`: the
    graph that calls go to, None where no call may stand. `outer`: the step around the
    expression; `named`: whether the expression is the step's whole value.
    """

    module: Module
    found: Diagnostics
    names: Names
    infer: Infer
    block: Block | None = None
    outer: str = ""
    named: bool = False
    scope: Mapping[str, Type] = field(default_factory=dict)
    narrowed: frozenset[ast.Expression] = frozenset()

    def report(self, diagnostic: Diagnostic) -> None:
        self.found.add(diagnostic)

    def typed(self, expression: ast.Expression) -> Typed:
        """The type of an inner expression."""
        return self.infer(expression, replace(self, named=False) if self.named else self)

    def inside(self, scope: Mapping[str, Type]) -> Context:
        """The same place inside `where:` and its like, where no operator can be called."""
        return replace(self, scope=scope, block=None, named=False)

    def outside(self) -> Context:
        """The same place without what is known of single expressions."""
        return replace(self, scope={}, named=False)

    def knowing(self, narrowed: frozenset[ast.Expression]) -> Context:
        """The same place where these expressions are known not to be `none`."""
        return replace(self, narrowed=self.narrowed | narrowed) if narrowed else self
