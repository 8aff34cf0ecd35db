"""Calls of an operator, made up from its declared parameters alone."""

from __future__ import annotations

from hypothesis import strategies as st

from rlmflow.operators._operator import FORBIDDEN, REQUIRED, Need, Operator
from rlmflow.operators._parameters import (
    AmountKind,
    ChoiceKind,
    FieldKind,
    InputKind,
    Kind,
    OwnFieldKind,
    Parameter,
    PatternKind,
    ScopeKind,
    ValueKind,
)
from rlmflow.types import BOOL, CORPUS, FLOAT, INT, TEXT, ListType

_SCOPES = {
    True: [
        "left.text != right.text",
        "len(left.text) < len(right.text)",
        "left.text == right.text",
    ],
    False: ["len(item.text) > 3", 'not startswith(item.text, "a")', "len(item.text) != 5"],
}
_VALUES = {INT: ["1", "2", "3", "7"], TEXT: ['"a"', '"line"', '""'], BOOL: ["true", "false"]}
_VALUES[FLOAT] = ["0.5", "2"]
_VALUES[ListType(TEXT)] = ['["a", "b"]']


def calls(operator: Operator) -> st.SearchStrategy[str]:
    """Texts of calls; some do not fit together, as where two parameters exclude each other."""
    own = [_argument(p) for p in operator.parameters]
    return st.builds(
        lambda arguments, returns, prompt: (
            f"{operator.name}({', '.join(arguments)}){returns}{prompt}"
        ),
        st.tuples(*own).map(lambda each: [argument for argument in each if argument]),
        _after(operator.returns, [" -> text", " -> Line", " -> Kind", " -> list[text]"]),
        _after(operator.prompt, [' """Do it."""']),
    )


def _after(need: Need, written: list[str]) -> st.SearchStrategy[str]:
    if need is FORBIDDEN:
        return st.just("")
    return st.sampled_from(written if need is REQUIRED else ["", *written])


def _argument(parameter: Parameter) -> st.SearchStrategy[str]:
    values = st.one_of([_value(kind) for kind in parameter.kinds])
    named = values.map(lambda v: f"{parameter.name}: {v}" if v and parameter.keyword else v)
    return named if parameter.required or parameter.variadic else st.one_of(st.just(""), named)


def _value(kind: Kind) -> st.SearchStrategy[str]:
    match kind:
        case InputKind(wanted=wanted):
            return st.just("docs") if wanted == CORPUS else st.sampled_from(["_lines", "_others"])
        case AmountKind(units=units, least=least):
            return st.builds(
                lambda n, unit: f"{n}%" if unit == "%" else f"{n} {unit}",
                st.integers(int(least), 40),
                st.sampled_from(units),
            )
        case ValueKind(wanted=wanted) if wanted in _VALUES:
            return st.sampled_from(_VALUES[wanted])
        case ValueKind():
            return st.sampled_from(['""', "0"])
        case ChoiceKind(words=words):
            return st.sampled_from(words)
        case PatternKind():
            return st.sampled_from(['r"(?P<text>.+)"', 'r"[^a\\n]"', 'r"(?P<text>[^\\n]*)\\n"'])
        case ScopeKind(names=names, wanted=wanted) if wanted == BOOL:
            return st.sampled_from(_SCOPES["left" in names])
        case ScopeKind(wanted=wanted):
            return st.sampled_from(["len(item.text)"] if wanted else ["item.text", "item"])
        case FieldKind():
            return st.just("extra")
        case OwnFieldKind():
            return st.just("text")
        case _:
            return st.just("")
