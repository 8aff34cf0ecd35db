"""The types and strategies that a file defines."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field

from rlmflow.analysis.module import DEFINING, MADE_OF, RESERVED_FIELDS, Module, Signature
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic, Diagnostics, Note
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.expressions import SCOPE_NAMES
from rlmflow.functions import FUNCTIONS
from rlmflow.graph.model import Input
from rlmflow.operators import all_operators
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.types import (
    ANY,
    BOOL,
    DATE,
    INT,
    SCALARS,
    TEXT,
    AnyType,
    DictType,
    EnumType,
    FieldType,
    ListType,
    OptionalType,
    RecordType,
    Type,
    fits,
)

_GENERIC = {"list": 1, "dict": 2}
_ELSEWHERE = {
    "str": "text",
    "string": "text",
    "integer": "int",
    "number": "float",
    "double": "float",
    "boolean": "bool",
    "datetime": "date",
    "array": "list",
    "object": "dict",
    "regex": "pattern",
    "file": "document",
    "documents": "corpus",
}


def declare(module: Module, found: Diagnostics) -> None:
    """Make the names of a file's own types and strategies known in it."""
    _Declaring(module, found).run()


def resolve_type(written: ast.NamedType, module: Module, found: Diagnostics) -> Type:
    """The type that is written; what is unknown is reported, and fits everything."""
    return _Declaring(module, found).type(written)


@dataclass
class _Declaring:
    module: Module
    found: Diagnostics
    pending: dict[str, ast.RecordDefinition | ast.EnumDefinition] = field(default_factory=dict)
    under_way: list[str] = field(default_factory=list)

    def run(self) -> None:
        strategies: list[ast.Strategy] = []
        for item in self.module.file.items:
            if not isinstance(item, DEFINING) or not self._is_free(item.name):
                continue
            self.module.places[item.name.text] = item.name.span
            if isinstance(item, ast.Strategy):
                strategies.append(item)
            else:
                self.pending[item.name.text] = item
        while self.pending:
            self._define(next(iter(self.pending)))
        for strategy in strategies:
            self.module.names[strategy.name.text] = self._signature(strategy)

    def _is_free(self, name: ast.Name) -> bool:
        what = taken(name.text)
        if what:
            message = f"`{name.text}` is {what}"
            hint = "choose another name"
            self.found.add(codes.RESERVED_NAME.at(name.span, message, hint=hint))
            return False
        earlier = self.module.places.get(name.text)
        if earlier is not None:
            self.found.add(duplicate(name, earlier))
        return earlier is None

    # Types

    def _define(self, name: str) -> None:
        definition = self.pending.pop(name)
        self.under_way.append(name)
        if isinstance(definition, ast.EnumDefinition):
            made: Type = self._enum(definition)
        else:
            made = self._record(definition)
        self.under_way.pop()
        self.module.names[name] = made

    def _enum(self, definition: ast.EnumDefinition) -> EnumType:
        seen: dict[str, ast.Text] = {}
        for text in definition.values:
            if text.value in seen:
                note = Note("the first is here", seen[text.value].span)
                message = f'"{text.value}" stands twice in `{definition.name.text}`'
                self.found.add(codes.DUPLICATE_NAME.at(text.span, message, notes=(note,)))
            seen.setdefault(text.value, text)
        return EnumType(definition.name.text, tuple(seen))

    def _record(self, definition: ast.RecordDefinition) -> RecordType:
        fields: dict[str, FieldType] = {}
        places: dict[str, ast.Name] = {}
        for each in definition.fields:
            name = each.name.text
            if name in RESERVED_FIELDS and name != MADE_OF:
                message = f"`{name}` is a name that steps use themselves"
                hint = "choose another name"
                self.found.add(codes.RESERVED_NAME.at(each.name.span, message, hint=hint))
            if name in places:
                self.found.add(duplicate(each.name, places[name].span))
                continue
            places[name] = each.name
            doc = inspect.cleandoc(each.doc.value) if each.doc else None
            fields[name] = FieldType(name, self.type(each.type), doc)
        return RecordType(definition.name.text, tuple(fields.values()))

    def type(self, written: ast.NamedType) -> Type:
        plain = self._generic(written) if written.name in _GENERIC else self._named(written)
        if written.optional and not isinstance(plain, AnyType):
            return OptionalType(plain)
        return plain

    def _generic(self, written: ast.NamedType) -> Type:
        wanted = _GENERIC[written.name]
        if len(written.arguments) != wanted:
            example = "list[text]" if wanted == 1 else "dict[text, int]"
            message = f"`{written.name}` needs the type of what it holds"
            hint = f"write it like `{example}`"
            self.found.add(codes.UNKNOWN_TYPE.at(written.span, message, hint=hint))
            return ANY
        inner = [self.type(argument) for argument in written.arguments]
        if wanted == 1:
            return ListType(inner[0])
        if not (inner[0] in (INT, BOOL, DATE) or fits(inner[0], TEXT)):
            message = f"the keys of a dict are texts, numbers or dates, not `{inner[0]}`"
            self.found.add(codes.TYPE_MISMATCH.at(written.arguments[0].span, message))
        return DictType(inner[0], inner[1])

    def _named(self, written: ast.NamedType) -> Type:
        name = written.name
        if written.arguments and (name in SCALARS or name in self.module.names):
            message = f"`{name}` holds nothing in brackets; `list` and `dict` do"
            hint = f"leave out the brackets, or write `list[{name}]`"
            self.found.add(codes.UNKNOWN_TYPE.at(written.span, message, hint=hint))
        if name in SCALARS:
            return SCALARS[name]
        if name in self.pending:
            self._define(name)
        known = self.module.names.get(name)
        if isinstance(known, Type):
            return known
        self._report(written)
        return ANY

    def _report(self, written: ast.NamedType) -> None:
        name, span = written.name, written.span
        if not name or self.module.excuses(name):
            return
        if name in self.under_way:
            message = f"`{name}` would hold itself, without an end"
            hint = "let it hold something that tells which one is meant, such as a text"
            self.found.add(codes.RECURSIVE_TYPE.at(span, message, hint=hint))
            return
        known = [*SCALARS, *_GENERIC, *self.module.types, *self.under_way, *self.pending]
        hint = (
            f"it is called `{_ELSEWHERE[name.lower()]}` here"
            if name.lower() in _ELSEWHERE
            else did_you_mean(name, known) or f"define it: `type {name} {{ … }}`"
        )
        self.found.add(codes.UNKNOWN_TYPE.at(span, f"there is no type `{name}`", hint=hint))

    # Strategies

    def _signature(self, strategy: ast.Strategy) -> Signature:
        parameters: dict[str, Input] = {}
        for each in strategy.parameters:
            name = each.name.text
            type_ = self.type(each.type)
            if name in parameters:
                self.found.add(duplicate(each.name, parameters[name].span))
            else:
                check_name(each.name, self.found)
                doc = inspect.cleandoc(each.doc.value) if each.doc else None
                parameters[name] = Input(name, type_, each.name.span, each.default, doc)
        returns = self.type(strategy.returns)
        unique = self.module.prefix + strategy.name.text
        return Signature(unique, tuple(parameters.values()), returns, strategy)


def duplicate(name: ast.Name, earlier: Span) -> Diagnostic:
    """The finding that a name is taken, with the place where it is."""
    note = Note("it is defined here", earlier)
    message = f"there is a `{name.text}` already"
    return codes.DUPLICATE_NAME.at(name.span, message, notes=(note,), hint="choose another name")


def check_name(name: ast.Name, found: Diagnostics) -> None:
    """Report a parameter's or a step's name that stands for something else."""
    if name.text in SCOPE_NAMES:
        message = f"`{name.text}` is what `where:`, `by:` and `show:` call the item at hand"
        found.add(codes.RESERVED_NAME.at(name.span, message, hint="choose another name"))


def taken(name: str) -> str | None:
    """What a name stands for in every file, None where it is free."""
    if name in SCALARS or name in _GENERIC:
        return "a built-in type"
    if name in all_operators():
        return "an operator"
    return "a function" if name in FUNCTIONS else None
