"""A Python file as its text says: functions with their types and facts. None of it is run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlmflow.analysis.annotations import Annotations, Unmapped, imported_names
from rlmflow.analysis.module import Definition
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.operators._function import (
    DECLARED,
    PythonFunction,
    PythonParameter,
    as_operator,
)
from rlmflow.operators._operator import Facts, Share
from rlmflow.source import Source, Span
from rlmflow.types import Type

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(eq=False)
class PythonFile:
    """What a Python file offers: its functions and the classes that say their fields.

    What can't be used is offered as None; `problems` says why.
    """

    source: Source
    offered: dict[str, Definition] = field(default_factory=dict)
    _problems: dict[str, list[Diagnostic]] = field(default_factory=dict)

    def exported(self) -> dict[str, Definition]:
        """What a strategy file can take, without names that begin with `_`."""
        return {name: it for name, it in self.offered.items() if not name.startswith("_")}

    def problems(self, name: str) -> Sequence[Diagnostic]:
        """Why what is offered by that name can't be used."""
        return self._problems.get(name, ())


def read_python(source: Source, use: Span) -> PythonFile | Diagnostic:
    """Read a file that `use` names; the finding where it is no Python."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source.text)
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), len(source.line_starts))
        start = source.line_starts[line - 1] + max(0, (error.offset or 1) - 1)
        place = Span(source, min(start, len(source.text)), min(start + 1, len(source.text)))
        return codes.PYTHON_IMPORT.at(place, f"this is no Python: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        why = str(error) or "it is nested too deeply"
        return codes.PYTHON_IMPORT.at(use, f"{source.name} can't be read as Python: {why}")
    return _Reading(source, tree).file()


class _Reading:
    def __init__(self, source: Source, tree: ast.Module) -> None:
        self._source = source
        self._tree = tree
        classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        self._annotations = Annotations(imported_names(tree), classes)
        self._found: list[Diagnostic] = []

    def file(self) -> PythonFile:
        made = PythonFile(self._source)
        for node in self._tree.body:
            self._found = []
            if isinstance(node, AnyFunction):
                made.offered[node.name] = self._function(node)
            elif isinstance(node, ast.ClassDef) and self._annotations.is_record(node):
                made.offered[node.name] = self._type(node)
            else:
                continue
            made._problems[node.name] = self._found
        return made

    def _type(self, node: ast.ClassDef) -> Type | None:
        try:
            return self._annotations.record(node, node)
        except Unmapped as problem:
            self._report(problem)
            return None

    def _function(self, node: AnyFunction) -> Definition:
        parameters = list(self._parameters(node))
        returns = self._returns(node)
        facts = self._facts(node)
        if self._found or returns is None:
            return None
        function = PythonFunction(
            name=node.name,
            span=self._name_of(node),
            parameters=tuple(parameters),
            returns=returns,
            facts=facts,
            doc=ast.get_docstring(node) or "",
            waits=isinstance(node, ast.AsyncFunctionDef),
        )
        return as_operator(function)

    def _parameters(self, node: AnyFunction) -> Iterator[PythonParameter]:
        given = node.args
        for arg in (given.vararg, given.kwarg):
            if arg is not None:
                hint = "give it a list, or name each argument"
                self._report(Unmapped(arg, f"`{node.name}` takes any number of arguments", hint))
        for arg in given.posonlyargs:
            message = f"`{arg.arg}` can't be given by name"
            self._report(Unmapped(arg, message, "leave out the `/`"))
        without = len(given.args) - len(given.defaults)
        defaults = [*[None] * without, *given.defaults]
        for arg, default in zip(given.args, defaults, strict=False):
            yield from self._parameter(arg, default, node, keyword=False)
        for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            yield from self._parameter(arg, default, node, keyword=True)

    def _parameter(
        self, arg: ast.arg, default: ast.expr | None, node: AnyFunction, *, keyword: bool
    ) -> Iterator[PythonParameter]:
        if arg.annotation is None:
            message = f"`{arg.arg}` of `{node.name}` has no type"
            self._report(Unmapped(arg, message, f"annotate it, such as `{arg.arg}: list[str]`"))
            return
        try:
            type_ = self._annotations.type(arg.annotation)
        except Unmapped as problem:
            self._report(problem)
            return
        value = default.value if isinstance(default, ast.Constant) else None
        yield PythonParameter(arg.arg, type_, default is None, keyword, value)

    def _returns(self, node: AnyFunction) -> Type | None:
        waits = isinstance(node, ast.AsyncFunctionDef)
        if waits and any(isinstance(inner, ast.Yield) for inner in ast.walk(node)):
            self._refuse(node, f"`{node.name}` gives its results one by one, waiting between them")
            return None
        if node.returns is None:
            hint = "annotate it, such as `-> list[str]`"
            self._refuse(node, f"nothing says what `{node.name}` returns", hint)
            return None
        if isinstance(node.returns, ast.Constant) and node.returns.value is None:
            problem = Unmapped(node.returns, f"`{node.name}` returns nothing", "return a value")
            self._report(problem)
            return None
        try:
            return self._annotations.type(node.returns)
        except Unmapped as problem:
            self._report(problem)
            return None

    # What the decorator declares

    def _facts(self, node: AnyFunction) -> Facts:
        declared: dict[str, object] = {}
        for decorator in node.decorator_list:
            if not isinstance(decorator, ast.Call):
                continue
            if self._annotations.dotted(decorator.func) != "rlmflow.function":
                continue
            for given in decorator.args:
                hint = f"name it: `{'`, `'.join(f'{name}=…' for name in DECLARED)}`"
                self._report_facts(given, "a fact is given by its name", hint)
            for keyword in decorator.keywords:
                self._fact(keyword, declared)
        if self._found:
            return Facts()
        facts: dict[str, Any] = {**declared}
        for name in ("reads", "keeps"):
            if name in facts:
                facts[name] = Share(facts[name])
        return Facts(**facts)

    def _fact(self, keyword: ast.keyword, declared: dict[str, object]) -> None:
        name, given = keyword.arg or "**", keyword.value
        if name not in DECLARED:
            known = ", ".join(f"`{each}`" for each in DECLARED)
            hint = did_you_mean(name, DECLARED) or f"there are {known}"
            self._report_facts(keyword, f"there is no fact `{name}`", hint)
            return
        allowed = DECLARED[name]
        value = given.value if isinstance(given, ast.Constant) else None
        if not any(value is each or (isinstance(each, str) and value == each) for each in allowed):
            listed = " or ".join(repr(each).replace("'", '"') for each in allowed)
            self._report_facts(given, f"`{name}` is {listed}, written out", None)
            return
        declared[name] = value

    # Places

    def _report(self, problem: Unmapped) -> None:
        place = self._span(problem.node)
        self._found.append(codes.PYTHON_SIGNATURE.at(place, str(problem), hint=problem.hint))

    def _refuse(self, node: AnyFunction, message: str, hint: str | None = None) -> None:
        self._found.append(codes.PYTHON_SIGNATURE.at(self._name_of(node), message, hint=hint))

    def _report_facts(self, node: ast.AST, message: str, hint: str | None) -> None:
        self._found.append(codes.PYTHON_FACTS.at(self._span(node), message, hint=hint))

    def _name_of(self, node: AnyFunction) -> Span:
        """The name in a definition, which follows `def`."""
        start = self._offset(node.lineno, node.col_offset)
        at = self._source.text.find(node.name, start)
        at = at if at >= 0 else start
        return Span(self._source, at, min(at + len(node.name), len(self._source.text)))

    def _span(self, node: ast.AST) -> Span:
        """Where an expression, a parameter or a definition stands."""
        place: Any = node
        start = self._offset(place.lineno, place.col_offset)
        end = self._offset(place.end_lineno, place.end_col_offset)
        return Span(self._source, start, max(start, end))

    def _offset(self, line: int, column: int) -> int:
        """The character that Python's place means, whose columns are counted in bytes."""
        starts = self._source.line_starts
        begin = starts[min(line, len(starts)) - 1]
        head = self._source.text[begin : begin + column].encode(errors="replace")[:column]
        return begin + len(head.decode(errors="ignore"))
