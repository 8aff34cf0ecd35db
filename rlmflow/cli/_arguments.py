"""The arguments of a strategy, from the flags of a command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rlmflow.cli._screen import BadInput
from rlmflow.cli._values import parse_value
from rlmflow.diagnostics.codes import BAD_VALUE
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.graph.model import Input
from rlmflow.types import CORPUS, DOCUMENT


def pairs(flag: str, written: Iterable[str]) -> dict[str, str]:
    """`name=value` of a flag that may be given several times, by name."""
    found: dict[str, str] = {}
    for one in written:
        name, equals, value = one.partition("=")
        if not (equals and name.strip()):
            raise BadInput(f"`{flag} {one}` has no value", f"write `{flag} name=value`")
        if name.strip() in found:
            raise BadInput(f"`{flag} {name.strip()}=…` is given twice", "keep one of them")
        found[name.strip()] = value
    return found


def values_of(parameters: Sequence[Input], written: Mapping[str, str]) -> dict[str, object]:
    """The values of `--set`, each read as its parameter's type says.

    Unknown names stay as they are written, for the strategy to refuse. Raises
    `StrategyError` with all that does not fit.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, object] = {}
    findings: list[Diagnostic] = []
    for name, text in written.items():
        try:
            values[name] = _value(known[name], text) if name in known else text
        except StrategyError as error:
            findings += error.diagnostics
    if findings:
        raise StrategyError(findings)
    return values


def _value(parameter: Input, text: str) -> object:
    if parameter.type in (CORPUS, DOCUMENT):
        message = f"`{parameter.name}` is input to read, not a value"
        hint = f"give its path: `--in {parameter.name}=PATH`"
        raise StrategyError([BAD_VALUE.at(None, message, hint=hint)])
    return parse_value(parameter.name, text, parameter.type)


def check_inputs(parameters: Sequence[Input], given: Iterable[str]) -> None:
    """Refuse `--in` for a parameter that is no corpus. Raises `StrategyError`."""
    findings = [
        BAD_VALUE.at(
            None,
            f"`{parameter.name}` is of type {parameter.type}, and no input",
            hint=f"give its value: `--set {parameter.name}=…`, from a file with `=@PATH`",
        )
        for parameter in parameters
        if parameter.name in set(given) and parameter.type not in (CORPUS, DOCUMENT)
    ]
    if findings:
        raise StrategyError(findings)
