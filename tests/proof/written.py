"""Strategies as data: what `programs` makes up, `meaning` runs, and the compiler reads as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Kind:
    """A type. `base`: document, text, record, report, pair, group, int, bool, dict.

    A report is a record that an expression makes, with lists in it.

    `name`: how an author writes a record's type. `cut`: records cut from input, whose text
    is more than that of their fields.
    """

    base: str
    many: bool = False
    name: str = ""
    fields: tuple[tuple[str, Kind], ...] = ()
    cut: bool = False

    @property
    def item(self) -> Kind:
        return Kind(self.base, False, self.name, self.fields, self.cut)

    @property
    def list(self) -> Kind:
        return Kind(self.base, True, self.name, self.fields, self.cut)

    def with_field(self, name: str) -> Kind:
        fields = self.fields if self.base == "record" else (("text", TEXT),)
        label = self.name or "Noted"
        return Kind("record", self.many, label, (*fields, (name, TEXT)), self.cut)

    @property
    def written(self) -> str:
        plain = self.name or {"dict": "dict[int, int]"}.get(self.base, self.base)
        return f"list[{plain}]" if self.many else plain

    @property
    def writable(self) -> bool:
        return self.base not in ("pair", "group")


TEXT, DOCUMENT, BOOL = Kind("text"), Kind("document"), Kind("bool")
INT, DICT, QUOTE = Kind("int"), Kind("dict"), Kind("text")
NOTE = Kind("record", name="Note", fields=(("a", TEXT), ("b", TEXT)))
FOUND = Kind("record", name="Found", fields=(("what", TEXT), ("quote", QUOTE)))
LINE = Kind("record", name="Line", fields=(("user", TEXT), ("body", TEXT)), cut=True)

REPORT = Kind(
    "report", name="Report", fields=(("all", TEXT.list), ("found", FOUND.list), ("said", TEXT))
)

TYPES = """
type Note { a: text  b: text }
type Found { what: text  quote: quote }
type Line { user: text  body: text }
type Noted { text: text }
type Report { all: list[text]  found: list[Found]  said: text }
"""


@dataclass(frozen=True)
class Ref:
    name: str


@dataclass(frozen=True)
class Rest:
    """A complement: `near.dropped`."""

    name: str
    output: str


@dataclass(frozen=True)
class FieldOf:
    value: Expr
    name: str


@dataclass(frozen=True)
class Plus:
    left: Expr
    right: Expr


@dataclass(frozen=True)
class ListOf:
    items: tuple[Expr, ...]


@dataclass(frozen=True)
class RecordOf:
    name: str
    fields: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True)
class Func:
    """A pure function; `words` are what a template or a separator says."""

    name: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True)
class Words:
    text: str


@dataclass(frozen=True)
class Match:
    """`value` names what is matched; `arms` by pattern, the last is `else`."""

    value: Expr
    arms: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True)
class Op:
    """A call of an operator. `knobs` as written; `show` is what a model is shown of an item."""

    name: str
    inputs: tuple[Expr, ...]
    knobs: tuple[tuple[str, str], ...] = ()
    returns: Kind | None = None
    asks: bool = False
    show: Show | None = None
    also: Expr | None = None
    skips: bool = False
    runs: str | None = None
    adds: str | None = None


@dataclass(frozen=True)
class Call:
    strategy: str
    arguments: tuple[Expr, ...]


Expr: TypeAlias = (
    "Ref | Rest | FieldOf | Plus | ListOf | RecordOf | Func | Words | Match | Op | Call"
)


@dataclass(frozen=True)
class Show:
    """`form`: item, path, text, list, lower, first, match, mixed (with `other`), format."""

    form: str
    paths: tuple[tuple[str, ...], ...] = ((),)
    other: Expr | None = None


@dataclass(frozen=True)
class Promise:
    """A clause: its kind, the step and complement it is about, and a field of that."""

    kind: str
    name: str
    output: str = ""
    path: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        return f"{self.kind}({'.'.join(filter(None, (self.name, self.output, *self.path)))})"


@dataclass
class Strategy:
    name: str
    parameters: dict[str, Kind]
    returns: Kind
    steps: dict[str, Expr]
    answer: Expr
    promises: list[Promise] = field(default_factory=list)
    levels: int | None = None

    @property
    def written(self) -> str:
        parameters = ", ".join(f"{n}: {_parameter(k)}" for n, k in self.parameters.items())
        head = [f"strategy {self.name}({parameters}) -> {self.returns.written}"]
        if self.promises:
            head.append("  ensures " + ", ".join(p.written for p in self.promises))
        if self.levels:
            head.append(f"  within {self.levels} levels")
        body = [f"  {name} = {write(value)}" for name, value in self.steps.items()]
        return "\n".join([*head, "{", *body, f"  answer {write(self.answer)}", "}"])


def _parameter(kind: Kind) -> str:
    return "corpus" if kind == DOCUMENT.list else kind.written


def written_program(strategies: Mapping[str, Strategy]) -> str:
    return TYPES + "\n\n".join(strategy.written for strategy in strategies.values()) + "\n"


def write(expression: Expr) -> str:
    match expression:
        case Ref(name):
            return name
        case Rest(name, output):
            return f"{name}.{output}"
        case FieldOf(value, name):
            return f"{write(value)}.{name}"
        case Plus(left, right):
            return f"({write(left)} + {write(right)})"
        case ListOf(items):
            return f"[{', '.join(map(write, items))}]"
        case RecordOf(name, fields):
            return f"{name}({', '.join(f'{field}: {write(value)}' for field, value in fields)})"
        case Func(name, arguments):
            return f"{name}({', '.join(map(write, arguments))})"
        case Words(text):
            return f'"{text}"'
        case Match(value, arms):
            written = ", ".join(f"{pattern} => {write(arm)}" for pattern, arm in arms)
            return f"match {write(value)} {{ {written} }}"
        case Call(strategy, arguments):
            return f"{strategy}({', '.join(map(write, arguments))})"
        case Op():
            return _op(expression)


def _op(op: Op) -> str:
    given = [*map(write, op.inputs), *(f"{n}: {v}" if n else v for n, v in op.knobs)]
    if op.adds:
        given.append(f"as: {op.adds}")
    if op.runs:
        given.append(f"with: {op.runs}")
    if op.show:
        given.append(f"show: {_show(op.show)}")
    if op.also:
        given.append(f"also: {write(op.also)}")
    if op.skips:
        given.append("on_failure: skip(1%)")
    returns = f" -> {op.returns.written}" if op.returns else ""
    prompt = ' """Do it."""' if op.asks else ""
    return f"{op.name}({', '.join(given)}){returns}{prompt}"


def _show(show: Show) -> str:
    paths = [".".join(("item", *path)) for path in show.paths]
    match show.form:
        case "item" | "path":
            return paths[0]
        case "text":
            return f"text({paths[0]})"
        case "list":
            return f"[{', '.join(paths)}]"
        case "lower":
            return f"lower(text({paths[0]}))"
        case "first":
            return f"text(first([{', '.join(paths)}]))"
        case "match":
            return f'match text(item) {{ "a" => {paths[0]}, else => {paths[-1]} }}'
        case "mixed":
            assert show.other is not None
            return f"text({paths[0]}) + text({write(show.other)})"
        case _:
            return f'format("Here: {{}} and {{}}", {paths[0]}, {paths[-1]})'


def parts(expression: Expr) -> Iterator[Expr]:
    """The expressions that one is directly made of."""
    match expression:
        case FieldOf(value, _):
            yield value
        case Plus(left, right):
            yield from (left, right)
        case ListOf(items) | Func(_, items) | Call(_, items):
            yield from items
        case RecordOf(_, fields):
            yield from (value for _, value in fields)
        case Match(value, arms):
            yield value
            yield from (arm for _, arm in arms)
        case Op():
            yield from op_parts(expression)


def op_parts(op: Op) -> Iterator[Expr]:
    yield from op.inputs
    yield from (e for e in (op.also, op.show.other if op.show else None) if e is not None)
