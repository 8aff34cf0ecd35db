"""An operator as a page of text, made from what its file declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from textwrap import fill

from rlmflow.operators._facts_wording import facts_in_words
from rlmflow.operators._model_knobs import MODEL_KNOB_DOCS
from rlmflow.operators._operator import (
    FORBIDDEN,
    OPTIONAL,
    Argument,
    Call,
    Need,
    Operator,
)
from rlmflow.operators._parameters import FailureKind, Parameter
from rlmflow.source import Source, Span
from rlmflow.syntax import ast
from rlmflow.types import ANY

_WIDTH = 90
_WIDEST_KIND = 24


def signature(operator: Operator) -> str:
    """How a call is written: `chunk(docs, size:, margin: 0 chars, at: paragraph)`."""
    written = ", ".join(_written(p) for p in operator.parameters)
    returns = _needed("-> Type", operator.returns)
    prompt = _needed('"""prompt"""', operator.prompt)
    return f"{operator.name}({written}){returns}{prompt}"


def page(operator: Operator) -> str:
    """Signature, documentation, arguments, facts, complements and checks."""
    text, docs = _parted(operator.doc)
    blocks = [signature(operator), text, "Arguments\n" + _rows(operator.parameters, docs)]
    blocks.append("What happens to its items\n" + "\n".join(map(_wrapped, _facts(operator))))
    blocks += _complements(operator)
    if operator.may_ask:
        knobs = _rows(operator.knobs, MODEL_KNOB_DOCS)
        blocks.append("Knobs of every step that asks a model\n" + knobs)
    if operator.checks:
        checks = "".join(f"\n  {check.code} {check.name}" for check in operator.checks)
        blocks.append("Checks, each explained by `rlmflow explain CODE`" + checks)
    return "\n\n".join(blocks) + "\n"


def _complements(operator: Operator) -> Iterator[str]:
    for apart, what in ((True, "What it leaves out is in"), (False, "Some are listed again in")):
        names = [f"`.{name}`" for name, c in operator.complements.items() if c.apart is apart]
        if names:
            yield f"{what} {', '.join(names)}."


def _written(parameter: Parameter) -> str:
    if not parameter.keyword:
        return f"{parameter.name}, …" if parameter.variadic else parameter.name
    default = _default(parameter)
    return f"{parameter.name}:" + (f" {default}" if default else "")


def _default(parameter: Parameter) -> str:
    """The default as an author would write it; empty where there is none."""
    value = parameter.default
    if parameter.required or value is None:
        return ""
    if any(isinstance(kind, FailureKind) for kind in parameter.kinds):
        return f"skip({value:.0%})" if value else "fail"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _needed(what: str, need: Need) -> str:
    if need is FORBIDDEN:
        return ""
    return f" [{what}]" if need is OPTIONAL else f" {what}"


def _parted(doc: str) -> tuple[str, Mapping[str, str]]:
    """The text of a docstring, and its last paragraph, which explains arguments by name."""
    text, _, last = cleandoc(doc).rpartition("\n\n")
    entries = re.split(r"^(\w+): ", last, flags=re.MULTILINE)
    if not text or entries[0]:
        return cleandoc(doc), {}
    said = (" ".join(entry.split()) for entry in entries[2::2])
    return text, dict(zip(entries[1::2], said, strict=True))


def _rows(parameters: Iterable[Parameter], docs: Mapping[str, str]) -> str:
    """A row for each: name, kind, what it is for; below, where the kind is a long one."""
    rows = [(_head(p), " or ".join(kind.label for kind in p.kinds), p) for p in parameters]
    wide = max(len(head) for head, _, _ in rows) + 2
    wider = min(max(len(kind) for _, kind, _ in rows), _WIDEST_KIND) + 2
    margin = " " * (2 + wide + wider)
    lines = []
    for head, kind, parameter in rows:
        default = _default(parameter)
        said = docs.get(parameter.name, "").rstrip(".")
        said = f"{said} (by default {default})".lstrip() if default else said
        start = f"  {head:<{wide}}{kind:<{wider}}"
        if len(start) > len(margin):
            lines.append(start)
            start = margin
        drawn = fill(said, _WIDTH, initial_indent=start, subsequent_indent=margin)
        lines.append((drawn or start).rstrip())
    return "\n".join(lines)


def _head(parameter: Parameter) -> str:
    return f"{parameter.name}:" if parameter.keyword else parameter.name


def _facts(operator: Operator) -> Iterator[str]:
    """The facts of a plain call, and of a call with each knob that changes them."""
    plain = operator.facts_of(_call(operator))
    yield facts_in_words(plain)
    for parameter in operator.parameters:
        facts = operator.facts_of(_call(operator, parameter.name))
        if facts != plain:
            yield f"With `{parameter.name}:` it {facts_in_words(facts).removeprefix('It ')}"


def _wrapped(sentence: str) -> str:
    return fill(sentence, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _call(operator: Operator, *given: str) -> Call:
    nowhere = Span(Source("", ""), 0, 0)
    argument = Argument(ast.Nothing(span=nowhere), ANY)
    return Call(operator, nowhere, dict.fromkeys(given, argument))
