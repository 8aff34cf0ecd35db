"""What a file defines and what it sees of other files, by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from rlmflow.diagnostics.model import Diagnostic
from rlmflow.graph.model import Input
from rlmflow.operators._function import FunctionOperator
from rlmflow.source import Source, Span
from rlmflow.syntax import ast
from rlmflow.types import Type


@dataclass(frozen=True, eq=False)
class Signature:
    """A strategy as its callers see it. `name` is unique in the program."""

    name: str
    parameters: tuple[Input, ...]
    returns: Type
    definition: ast.Strategy


Definition: TypeAlias = Type | Signature | FunctionOperator | None
"""What a name stands for; None where that failed, and was reported."""


class Offering(Protocol):
    """A file that another can take names from."""

    def exported(self) -> Mapping[str, Definition]: ...

    def problems(self, name: str) -> Sequence[Diagnostic]:
        """Why what it offers by that name can't be used, where nothing else says so."""
        ...


@dataclass(eq=False)
class Module:
    """A file, and the types, strategies and functions whose names are known in it.

    `names` has its own and the imported ones, `places` where each was made known.
    `uses`: the imported files. `damaged`: some of the file did not parse. `open`: a
    whole file could not be imported, so an unknown name may be from there.
    """

    file: ast.File
    prefix: str
    damaged: bool = False
    open: bool = False
    uses: list[tuple[ast.Use, Offering]] = field(default_factory=list)
    names: dict[str, Definition] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        return self.file.source

    @property
    def strategies(self) -> list[str]:
        return [name for name, known in self.names.items() if isinstance(known, Signature)]

    @property
    def types(self) -> list[str]:
        return [name for name, known in self.names.items() if isinstance(known, Type)]

    @property
    def functions(self) -> list[str]:
        """The functions of Python files that are known here."""
        return [n for n, known in self.names.items() if isinstance(known, FunctionOperator)]

    def exported(self) -> dict[str, Definition]:
        """What the file itself defines, without names that begin with `_`."""
        own = [item.name.text for item in self.file.items if isinstance(item, DEFINING)]
        return {name: self.names.get(name) for name in own if not name.startswith("_")}

    def problems(self, _: str) -> Sequence[Diagnostic]:
        """Nothing: what is wrong with a strategy file is reported where it is declared."""
        return ()

    def excuses(self, name: str) -> bool:
        """Whether an unknown name may be the fault of something already reported."""
        if self.open or (name in self.names and self.names[name] is None):
            return True
        definition = rf"\b(?:strategy|type)\s+{re.escape(name)}\b|\b{re.escape(name)}\s*[:=]"
        return self.damaged and re.search(definition, self.source.text) is not None


DEFINING = (ast.RecordDefinition, ast.EnumDefinition, ast.Strategy)

MADE_OF = "members"
RESERVED_FIELDS = ("dropped", "unmatched", MADE_OF, "failing")
"""Names that steps give to what they add. `MADE_OF` may be a field of an answer alone."""
