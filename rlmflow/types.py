"""The types of the language, how they are written, and which may stand for which."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from rlmflow.syntax import ast


@dataclass(frozen=True)
class Type:
    """A type. `str()` writes it as an author would."""

    @property
    def required(self) -> Type:
        """The type without its `?`."""
        return self


@dataclass(frozen=True)
class ScalarType(Type):
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class DocumentType(Type):
    """A document, or a part of one. `margin`: its shown text overlaps its neighbours'."""

    margin: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return "document"


@dataclass(frozen=True)
class NoneType(Type):
    """The type of `none`."""

    def __str__(self) -> str:
        return "none"


@dataclass(frozen=True)
class AnyType(Type):
    """The type of what is already known to be wrong; it fits everything, to stop cascades."""

    def __str__(self) -> str:
        return "unknown"


@dataclass(frozen=True)
class NeverType(AnyType):
    """The type of the items of an empty list: no value has it, so it fits everything."""

    def __str__(self) -> str:
        return "nothing"


@dataclass(frozen=True)
class OptionalType(Type):
    inner: Type

    @property
    def required(self) -> Type:
        return self.inner

    def __str__(self) -> str:
        return f"{self.inner}?"


@dataclass(frozen=True)
class ListType(Type):
    item: Type

    def __str__(self) -> str:
        return f"list[{self.item}]"


@dataclass(frozen=True)
class DictType(Type):
    key: Type
    value: Type

    def __str__(self) -> str:
        return f"dict[{self.key}, {self.value}]"


@dataclass(frozen=True)
class EnumType(Type):
    """A closed set of texts.

    `values` is None where it is known only when run; `choices` is then the
    expression, over the strategy's parameters, that gives it.
    """

    name: str | None
    values: tuple[str, ...] | None
    choices: ast.Expression | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        if self.name:
            return self.name
        if self.values is None:
            return "text (one of `choices`)"
        return " | ".join(f'"{value}"' for value in self.values)


@dataclass(frozen=True)
class FieldType:
    name: str
    type: Type
    doc: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class RecordType(Type):
    """Named fields, in order. `cut`: its items are cut from input text and show that text."""

    name: str | None
    fields: tuple[FieldType, ...]
    cut: bool = field(default=False, compare=False)
    margin: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        if self.name:
            return self.name
        return "{" + ", ".join(f"{f.name}: {f.type}" for f in self.fields) + "}"

    def field(self, name: str) -> FieldType | None:
        return next((f for f in self.fields if f.name == name), None)

    def extended(self, name: str, type_: Type) -> RecordType:
        """This record with one more field, as `map(…, as: name)` makes."""
        label = f"{self.name} + {name}" if self.name else None
        return replace(self, name=label, fields=(*self.fields, FieldType(name, type_)))


TEXT = ScalarType("text")
INT = ScalarType("int")
FLOAT = ScalarType("float")
BOOL = ScalarType("bool")
DATE = ScalarType("date")
QUOTE = ScalarType("quote")
PATTERN = ScalarType("pattern")
DOCUMENT = DocumentType()
CORPUS = ListType(DOCUMENT)
NONE = NoneType()
ANY = AnyType()
NEVER = NeverType()

SCALARS: dict[str, Type] = {
    **{str(t): t for t in (TEXT, INT, FLOAT, BOOL, DATE, QUOTE, PATTERN, DOCUMENT)},
    "corpus": CORPUS,
}

_TEXT_LIKE = (TEXT, QUOTE)


def written(type_: Type) -> str:
    """A type as an author writes it."""
    return "corpus" if type_ == CORPUS else str(type_)


def fits(given: Type, wanted: Type) -> bool:
    """Whether a value of type `given` may stand where `wanted` is needed.

    `text` becomes a document where one is needed, and a document a corpus of
    one; an int is a float; an enum and a quote are texts; a record fits one
    whose fields it all has; any type fits its optional.
    """
    if isinstance(given, AnyType) or isinstance(wanted, AnyType) or given == wanted:
        return True
    if isinstance(wanted, OptionalType):
        return isinstance(given, NoneType) or fits(given.required, wanted.inner)
    if wanted == CORPUS and fits(given, DOCUMENT):
        return True
    match given, wanted:
        case ListType(), ListType():
            return fits(given.item, wanted.item)
        case DictType(), DictType():
            return fits(given.key, wanted.key) and fits(given.value, wanted.value)
        case RecordType(), RecordType():
            return all(
                (mine := given.field(f.name)) is not None and fits(mine.type, f.type)
                for f in wanted.fields
            )
        case EnumType(), EnumType():
            return _enum_fits(given, wanted)
        case _:
            return _scalar_fits(given, wanted)


def _enum_fits(given: EnumType, wanted: EnumType) -> bool:
    if given.values is None or wanted.values is None:
        return False
    return set(given.values) <= set(wanted.values)


def _scalar_fits(given: Type, wanted: Type) -> bool:
    if wanted == FLOAT:
        return given == INT
    if wanted == TEXT:
        return given in (QUOTE, PATTERN) or isinstance(given, EnumType)
    if isinstance(wanted, DocumentType):
        return given in _TEXT_LIKE
    return False


def joined(left: Type, right: Type) -> Type | None:
    """The narrowest type that values of both have as they are, or None."""
    if NEVER in (left, right):
        return right if left == NEVER else left
    if isinstance(left, AnyType) or isinstance(right, AnyType):
        return ANY
    if isinstance(left, ListType) and isinstance(right, ListType):
        item = joined(left.item, right.item)
        return ListType(item) if item else None
    if isinstance(left, NoneType) or isinstance(right, NoneType):
        inner = right if isinstance(left, NoneType) else left
        return inner if isinstance(inner, NoneType | OptionalType) else OptionalType(inner)
    if isinstance(left, OptionalType) or isinstance(right, OptionalType):
        inner_joined = joined(left.required, right.required)
        return OptionalType(inner_joined) if inner_joined else None
    if isinstance(left, DocumentType) != isinstance(right, DocumentType):
        return None
    if fits(left, right):
        return _overlapping(right, left)
    if fits(right, left):
        return _overlapping(left, right)
    return TEXT if fits(left, TEXT) and fits(right, TEXT) else None


def _overlapping(type_: Type, other: Type) -> Type:
    """A type that values of another have too: they may show a margin if one of them does."""
    parts = DocumentType | RecordType
    if isinstance(type_, parts) and isinstance(other, parts) and other.margin:
        return replace(type_, margin=True)
    return type_


def has_equality(type_: Type) -> bool:
    """Whether two values can be compared for equality, as votes need."""
    match type_:
        case OptionalType():
            return has_equality(type_.inner)
        case ListType():
            return has_equality(type_.item)
        case DictType():
            return has_equality(type_.key) and has_equality(type_.value)
        case RecordType():
            return all(has_equality(f.type) for f in type_.fields)
        case DocumentType():
            return False
        case _:
            return type_ != FLOAT


def has_order(type_: Type) -> bool:
    """Whether values can be compared with `<`."""
    return type_ in (TEXT, INT, FLOAT, DATE, QUOTE, ANY) or isinstance(type_, EnumType)
