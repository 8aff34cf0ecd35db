"""From the arguments of a checked call to the Python values that an operator's body takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlmflow.expressions import Evaluator, compile_expression, compile_verdict, equalities
from rlmflow.operators._operator import Argument, Call
from rlmflow.operators._parameters import (
    ITSELF,
    Amount,
    AmountKind,
    Callee,
    InputKind,
    ItemItself,
    Parameter,
    ScopeKind,
    Side,
    StrategyKind,
    ValueKind,
)
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.names import Names
from rlmflow.types import CORPUS, EnumType, Type
from rlmflow.values import Item, Stream


@dataclass(frozen=True)
class RunScope:
    """An author's expression over items, compiled. See the `Scope` protocol."""

    type: Type
    labels: tuple[str, ...] | None
    evaluate: Evaluator
    verdict: Callable[[Item], str]

    def __call__(self, item: Item) -> Any:
        return self.evaluate(item, None)


@dataclass(frozen=True)
class RunPairScope:
    """An author's condition over pairs, compiled. See the `PairScope` protocol."""

    evaluate: Evaluator
    keys: Mapping[Side, Sequence[Evaluator]]

    @property
    def has_key(self) -> bool:
        return bool(self.keys["left"])

    def key(self, side: Side, item: Item) -> Any:
        return [evaluate(item, item) for evaluate in self.keys[side]]

    def __call__(self, left: Item, right: Item) -> bool:
        return bool(self.evaluate(left, right))


@dataclass(frozen=True)
class Binder:
    """Binds the arguments of one call.

    `callee` makes a runner of a strategy by name, `as_documents` documents of texts.
    `items` stand in place of those that flow in at the first input, where they are given.
    """

    call: Call
    names: Names
    callee: Callable[[str], Callee]
    as_documents: Callable[[Stream], Stream]
    items: Stream | None = None

    async def bound(self) -> tuple[list[object], dict[str, object]]:
        """Positional and keyword arguments of the operator's own parameters."""
        positional: list[object] = []
        keywords: dict[str, object] = {}
        for parameter in self.call.operator.parameters:
            if parameter.variadic:
                given = self.call.arguments.get(parameter.name)
                every = [*([given] if given else []), *self.call.more]
                if self.items is not None:
                    positional.append(self.items)
                    continue
                positional += [await self._value(parameter, one) for one in every]
            elif parameter.name in self.call.arguments:
                value = await self._value(parameter, self.call.arguments[parameter.name])
                keywords[parameter.python_name] = value
            elif parameter.default is ITSELF:
                keywords[parameter.python_name] = await self._itself()
        return positional, keywords

    async def knob(self, name: str) -> Any:
        """The value of a knob common to all model steps, or its default."""
        argument = self.call.arguments.get(name)
        parameter = self.call.operator.parameter(name)
        return await self._value(parameter, argument) if argument else parameter.default

    async def _value(self, parameter: Parameter, argument: Argument) -> object:
        for kind in parameter.kinds:
            match kind:
                case InputKind():
                    return await self._items(kind, argument)
                case ScopeKind(names=names) if not argument.known:
                    over_pairs = len(names) > 1
                    return await (self._pair_scope if over_pairs else self._scope)(argument)
                case StrategyKind():
                    return self.callee(str(argument.constant))
        if argument.known:
            return argument.constant
        value = await self.names.plain(argument.written)
        _refuse_too_small(parameter, value)
        return self._amount(parameter, value)

    def _amount(self, parameter: Parameter, value: Any) -> object:
        """A computed value; where a quantity is wanted, a bare number is a number of calls."""
        wants_amount = any(isinstance(kind, AmountKind) for kind in parameter.kinds)
        wants_value = any(isinstance(kind, ValueKind) for kind in parameter.kinds)
        return Amount(value, "calls") if wants_amount and not wants_value else value

    async def _items(self, kind: InputKind, argument: Argument) -> Stream:
        given = self.items if argument is next(self.call.inputs, None) else None
        items = given or await self.names.stream(argument.written)
        if kind.wanted == CORPUS:
            return self.as_documents(items)
        return items

    async def _scope(self, argument: Argument) -> RunScope:
        environment = await self.names.environment(argument.written)
        evaluate = compile_expression(argument.written, environment)
        verdict = compile_verdict(argument.written, environment)
        return RunScope(argument.type, await self._labels(argument.type), evaluate, verdict)

    async def _pair_scope(self, argument: Argument) -> RunPairScope:
        environment = await self.names.environment(argument.written)
        sides = list(equalities(argument.written))
        keys: dict[Side, list[Evaluator]] = {
            "left": [compile_expression(left, environment) for left, _ in sides],
            "right": [compile_expression(right, environment) for _, right in sides],
        }
        return RunPairScope(compile_expression(argument.written, environment), keys)

    async def _itself(self) -> ItemItself:
        item = self.call.item_of(next(p.name for p in self.call.operator.parameters if p.is_input))
        return ItemItself(item, await self._labels(item))

    async def _labels(self, type_: Type) -> tuple[str, ...] | None:
        resolved = await self.resolved(type_)
        return resolved.values if isinstance(resolved, EnumType) else None

    async def resolved(self, type_: Type | None) -> Type | None:
        """A type with choices that are known only now filled in."""
        wanted = type_.required if type_ else None
        if isinstance(wanted, EnumType) and wanted.values is None and wanted.choices is not None:
            texts = tuple(await self.names.plain(wanted.choices))
            if not texts:
                raise Unanswered("`choices:` holds no text to choose from")
            return EnumType(wanted.name, texts)
        return type_


def _refuse_too_small(parameter: Parameter, value: Any) -> None:
    """Hold a number that is known only when run to the bound that a written one is held to."""
    for kind in parameter.kinds:
        least = kind.least if isinstance(kind, ValueKind | AmountKind) else None
        if least is not None and isinstance(value, int | float) and value < least:
            raise Unanswered(f"`{parameter.name}` is at least {least:g}, and here it is {value}")
