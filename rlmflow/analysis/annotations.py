"""From the annotations of a Python file to types of the language. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rlmflow.analysis.module import RESERVED_FIELDS
from rlmflow.types import (
    BOOL,
    DATE,
    DOCUMENT,
    FLOAT,
    INT,
    TEXT,
    DictType,
    EnumType,
    FieldType,
    ListType,
    OptionalType,
    RecordType,
    Type,
    fits,
)

_SCALARS: Mapping[str, Type] = {
    "str": TEXT,
    "int": INT,
    "float": FLOAT,
    "bool": BOOL,
    "datetime.date": DATE,
    "rlmflow.Document": DOCUMENT,
}
_LISTS = ("list", "List", "Sequence", "Iterable", "Iterator", "Generator", "Collection")
_DICTS = ("dict", "Dict", "Mapping")
# Where the generic types stand that need no import, or may be imported.
_HOMES = ("", "typing", "typing_extensions", "collections.abc")
_BASES = (
    "typing.TypedDict",
    "typing_extensions.TypedDict",
    "typing.NamedTuple",
    "pydantic.BaseModel",
)
_KNOWN = (
    "it is one of `str`, `int`, `float`, `bool`, `date`, `list[T]`, `dict[str, T]`, `T | None`, "
    "`Literal`, `rlmflow.Document`, or a class of this file"
)
_INSTEAD = {
    "datetime.datetime": "a moment has no type of its own; use `date`, or `str`",
    "set": "use `list[T]`",
    "tuple": "use `list[T]`, or a class with a field for each",
    "typing.Any": "say what it is",
    "object": "say what it is",
}


class Unmapped(Exception):
    """An annotation that the language has no type for: where it stands, and what helps."""

    def __init__(self, node: ast.AST, message: str, hint: str) -> None:
        super().__init__(message)
        self.node = node
        self.hint = hint


def imported_names(tree: ast.Module) -> dict[str, str]:
    """What the names that a file imports stand for: `dt` for `datetime`, `date` for its `date`."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.asname is not None
                found[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if whole else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


@dataclass
class Annotations:
    """The types of one file. `imported`: see `imported_names`; `classes`: its own, by name."""

    imported: Mapping[str, str]
    classes: Mapping[str, ast.ClassDef]
    _records: dict[str, RecordType] = field(default_factory=dict)
    _under_way: list[str] = field(default_factory=list)

    def dotted(self, node: ast.AST) -> str:
        """The full name that an expression spells, such as `datetime.date`; else empty."""
        if isinstance(node, ast.Name):
            return self.imported.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            holder = self.dotted(node.value)
            return f"{holder}.{node.attr}" if holder else ""
        return ""

    def type(self, node: ast.expr) -> Type:
        """The type that an annotation means. Raises `Unmapped`."""
        match node:
            case ast.Constant(value=str(written)):
                return self._quoted(node, written)
            case ast.BinOp(op=ast.BitOr()):
                return self._union(node, list(_alternatives(node)))
            case ast.Subscript(value=generic, slice=held):
                inner = list(held.elts) if isinstance(held, ast.Tuple) else [held]
                return self._generic(node, self._plain_name(generic), inner)
            case _:
                return self._named(node)

    def _quoted(self, node: ast.expr, written: str) -> Type:
        """A type that is written as a string, as a later class must be."""
        try:
            return self.type(ast.parse(written, mode="eval").body)
        except (SyntaxError, ValueError):
            raise Unmapped(node, f"`{written}` is no annotation", _KNOWN) from None
        except Unmapped as inner:
            raise Unmapped(node, str(inner), inner.hint) from None

    def _plain_name(self, node: ast.AST) -> str:
        """The name of a generic type, without the module that it is known from."""
        dotted = self.dotted(node)
        home, _, name = dotted.rpartition(".")
        return name if home in _HOMES else dotted

    def _generic(self, node: ast.expr, name: str, held: Sequence[ast.expr]) -> Type:
        if name in _LISTS:
            return ListType(self.type(held[0]))
        if name in _DICTS and len(held) == 2:
            return self._dict(held[0], self.type(held[0]), self.type(held[1]))
        if name == "tuple" and len(held) == 2 and _is_ellipsis(held[1]):
            return ListType(self.type(held[0]))
        if name == "Optional":
            return OptionalType(self.type(held[0]).required)
        if name == "Union":
            return self._union(node, held)
        if name == "Annotated":
            return self.type(held[0])
        if name == "Literal":
            return self._literal(node, held)
        hint = _INSTEAD.get(name, _KNOWN)
        raise Unmapped(node, f"there is no type for `{ast.unparse(node)}`", hint)

    def _dict(self, node: ast.expr, key: Type, value: Type) -> Type:
        if key in (INT, BOOL, DATE) or fits(key, TEXT):
            return DictType(key, value)
        raise Unmapped(node, f"the keys of a dict are texts, numbers or dates, not `{key}`", _KNOWN)

    def _union(self, node: ast.expr, alternatives: Sequence[ast.expr]) -> Type:
        some = [each for each in alternatives if not _is_none(each)]
        if len(some) == 1:
            return OptionalType(self.type(some[0]).required)
        hint = "one type and `None` can stand beside each other, no two types"
        raise Unmapped(node, f"there is no type for `{ast.unparse(node)}`", hint)

    def _literal(self, node: ast.expr, held: Sequence[ast.expr]) -> Type:
        texts = [e.value for e in held if isinstance(e, ast.Constant) and isinstance(e.value, str)]
        if len(texts) == len(held):
            return EnumType(None, tuple(texts))
        raise Unmapped(node, "a choice is one of several texts", 'write `Literal["a", "b"]`')

    def _named(self, node: ast.expr) -> Type:
        dotted = self.dotted(node)
        if dotted in _SCALARS:
            return _SCALARS[dotted]
        if dotted in self.classes:
            return self.record(self.classes[dotted], node)
        name = self._plain_name(node)
        if name in (*_LISTS, *_DICTS):
            message, hint = f"`{name}` does not say what it holds", f"write `{name}[…]`"
        else:
            message = f"there is no type for `{ast.unparse(node)}`"
            hint = _INSTEAD.get(dotted, _INSTEAD.get(name, _KNOWN))
        raise Unmapped(node, message, hint)

    # Classes

    def record(self, definition: ast.ClassDef, at: ast.AST) -> RecordType:
        """The record that a class of the file is. Raises `Unmapped`."""
        name = definition.name
        if name in self._under_way:
            hint = "let it hold something that tells which one is meant, such as a text"
            raise Unmapped(at, f"`{name}` would hold itself, without an end", hint)
        if name not in self._records:
            if not self.is_record(definition):
                hint = "make it a dataclass, a TypedDict or a pydantic model"
                raise Unmapped(at, f"`{name}` does not say which fields it has", hint)
            self._under_way.append(name)
            try:
                fields = {f.name: f for f in self._fields(definition)}
            finally:
                self._under_way.pop()
            self._records[name] = RecordType(name, tuple(fields.values()))
        return self._records[name]

    def is_record(self, definition: ast.ClassDef) -> bool:
        """Whether a class says which fields it has."""
        return any(map(self._says_fields, self._lineage(definition)))

    def _says_fields(self, definition: ast.ClassDef) -> bool:
        decorators = [d.func if isinstance(d, ast.Call) else d for d in definition.decorator_list]
        return any(self.dotted(each) == "dataclasses.dataclass" for each in decorators) or any(
            self.dotted(base) in _BASES for base in definition.bases
        )

    def _lineage(self, definition: ast.ClassDef) -> list[ast.ClassDef]:
        """A class and those of the file that it inherits from, each before what it inherits."""
        found = [definition]
        for each in found:
            bases = (self.classes.get(self.dotted(base)) for base in each.bases)
            found += [base for base in bases if base is not None and base not in found]
        return found

    def _fields(self, definition: ast.ClassDef) -> Iterator[FieldType]:
        for each in reversed(self._lineage(definition)):
            yield from self._own_fields(each)

    def _own_fields(self, definition: ast.ClassDef) -> Iterator[FieldType]:
        for node in definition.body:
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
                continue
            name = node.target.id
            if self._plain_name(getattr(node.annotation, "value", node)) == "ClassVar":
                continue
            if name in RESERVED_FIELDS:
                message = f"`{name}` is a name that steps use themselves"
                raise Unmapped(node.target, message, "choose another name")
            yield FieldType(name, self.type(node.annotation))


def _alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """The types between the bars of `a | b | c`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _alternatives(node.left)
        yield from _alternatives(node.right)
    else:
        yield node


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
