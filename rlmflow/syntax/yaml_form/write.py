"""From the tree of a strategy file to YAML that gives the same tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from rlmflow._lazy import heavy
from rlmflow.syntax import ast, inline
from rlmflow.syntax.yaml_form.emit import FOREIGN_ENDS, Word, emit
from rlmflow.syntax.yaml_form.values import BLOCK, RAW, RAW_BLOCK

Made: TypeAlias = Any
"""What becomes YAML: a `Word`, or a list or a dict of such."""

_DEEPEST = 6


def write_yaml(file: ast.File) -> str:
    """The text of a `.rlm.yaml` file. Comments are not part of a tree."""
    sections: list[tuple[str, Made]] = []
    if file.doc is not None:
        sections.append(("doc", _text(file.doc)))
    for name, items in groupby(file.items, _section):
        sections.append((name, _SECTIONS[name](list(items))))
    return "".join(_documents(sections))


def _documents(sections: Iterable[tuple[str, Made]]) -> Iterator[str]:
    """The sections, with `---` before one that would stand before, or beside, its like."""
    order = ["doc", *_SECTIONS]
    last = -1
    for name, made in sections:
        place = order.index(name)
        if last >= 0:
            yield "---\n" if place <= last else "\n"
        last = place
        yield emit({name: made})


def _section(item: ast.Item) -> str:
    match item:
        case ast.Use():
            return "use"
        case ast.RecordDefinition() | ast.EnumDefinition():
            return "types"
        case ast.Strategy():
            return "strategies"
        case ast.Test():
            return "tests"


def _named(pairs: Sequence[tuple[str, Made]]) -> Made:
    """A mapping; a list of mappings where a name stands twice."""
    made = dict(pairs)
    return made if len(made) == len(pairs) else [{name: value} for name, value in pairs]


# Items


def _uses(items: Sequence[ast.Use]) -> Made:
    return [Word(_use(item)) for item in items]


def _use(item: ast.Use) -> str:
    path = f'python "{item.path.text}"' if item.python else item.path.text
    names = f" ({', '.join(name.text for name in item.names)})" if item.names else ""
    return path + names + (f" as {item.alias.text}" if item.alias else "")


def _types(items: Sequence[ast.RecordDefinition | ast.EnumDefinition]) -> Made:
    return _named([(item.name.text, _type(item)) for item in items])


def _type(item: ast.RecordDefinition | ast.EnumDefinition) -> Made:
    if isinstance(item, ast.EnumDefinition):
        return list(map(_text, item.values))
    return _named([(f.name.text, _typed(f.type, None, f.doc)) for f in item.fields])


def _typed(kind: ast.NamedType, default: ast.Expression | None, doc: ast.Text | None) -> Made:
    written = Word(inline.format_type(kind))
    if default is None and doc is None:
        return written
    made = {"type": written}
    if default is not None:
        made["default"] = _expression(default)
    if doc is not None:
        made["doc"] = _text(doc)
    return made


def _strategies(items: Sequence[ast.Strategy]) -> Made:
    return _named([(item.name.text, _strategy(item)) for item in items])


def _strategy(item: ast.Strategy) -> Made:
    made: dict[str, Made] = {}
    if item.parameters:
        given = [(p.name.text, _typed(p.type, p.default, p.doc)) for p in item.parameters]
        made["parameters"] = _named(given)
    made["returns"] = Word(inline.format_type(item.returns))
    if item.ensures:
        made["ensures"] = [Word(inline.clause(clause)) for clause in item.ensures]
    if item.within:
        made["within"] = [Word(inline.quantity(limit)) for limit in item.within]
    made["steps"] = list(map(_statement, item.body))
    return made


def _statement(statement: ast.Statement) -> Made:
    match statement:
        case ast.Hint():
            return {"hint": _text(statement.text)}
        case ast.Answer():
            return {"name": Word("answer"), **_step(statement.value)}
        case ast.Step():
            return {"name": Word(statement.name.text), **_step(statement.value)}


def _tests(items: Sequence[ast.Test]) -> Made:
    return list(map(_test, items))


def _test(item: ast.Test) -> Made:
    made: dict[str, Made] = {"name": _text(item.title), "strategy": Word(item.strategy.text)}
    for key, bindings in (("given", item.given), ("reply", item.replies)):
        if bindings:
            made[key] = _named([(b.name.text, _expression(b.value)) for b in bindings])
    if item.readers:
        made["reader"] = [Word(reader.text) for reader in item.readers]
    if item.expects:
        made["expect"] = list(map(_expression, item.expects))
    return made


_SECTIONS: dict[str, Callable[[Any], Made]] = {
    "use": _uses,
    "types": _types,
    "strategies": _strategies,
    "tests": _tests,
}


# Expressions


def _step(value: ast.Expression) -> dict[str, Made]:
    """The keys of a step: those of a call, or `value:`."""
    if isinstance(value, ast.Call) and _is_plain(value):
        return _call(value, 0)
    return {"value": _expression(value)}


def _expression(value: ast.Expression, depth: int = 0) -> Made:
    """In the language's own words, but for texts over several lines and calls with a prompt."""
    if isinstance(value, ast.Text) and (value.block or "\n" in value.value):
        return {"text": _text(value)}
    if isinstance(value, ast.Call) and value.prompt and _is_plain(value) and depth < _DEEPEST:
        return _call(value, depth)
    written = inline.format_expression(value)
    return Word(written, "|" if "\n" in written and can_be_block(written) else "")


def _is_plain(call: ast.Call) -> bool:
    """Whether the arguments without a name come first, and no name stands twice."""
    names = [argument.name.text if argument.name else "" for argument in call.arguments]
    known = [name for name in names if name]
    first = names.index(known[0]) if known else len(names)
    return "" not in names[first:] and len(set(known)) == len(known)


def _call(call: ast.Call, depth: int) -> dict[str, Made]:
    made: dict[str, Made] = {"op": Word(call.callee.text)}
    plain = [argument.value for argument in call.arguments if argument.name is None]
    written = [_expression(value, depth + 1) for value in plain]
    if written:
        made["args"] = written[0] if len(written) == 1 else written
    named = {a.name.text: _expression(a.value, depth + 1) for a in call.arguments if a.name}
    if named:
        made["with"] = named
    if call.returns is not None:
        made["returns"] = Word(inline.format_type(call.returns))
    if call.prompt is not None:
        made["prompt"] = _text(call.prompt)
    return made


def _text(text: ast.Text) -> Word:
    """A text that stands for itself. Its style says whether it was a block, or else a tag."""
    style = "|" if text.block and can_be_block(text.value) else ""
    marked = text.block and not style
    tag = (RAW_BLOCK if marked else RAW) if text.raw else BLOCK if marked else ""
    return Word(text.value, style, tag, is_text=True)


def can_be_block(value: str) -> bool:
    """Whether a text is the same once it stood below a `|`."""
    yaml = heavy("yaml")
    if (
        not value.strip()
        or value[0] in " \t\n"
        or any(mark in value for mark in f"\r{FOREIGN_ENDS}")
    ):
        return False
    return bool(yaml.emitter.Emitter(None, allow_unicode=True).analyze_scalar(value).allow_block)
