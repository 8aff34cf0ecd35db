"""The names of a strategy while it runs: which step made what, and expressions over them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from rlmflow.expressions import (
    Evaluator,
    ExpressionError,
    PythonCall,
    children,
    compile_expression,
    field_path,
    located,
    made_of,
    python_calls,
    references,
)
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.provenance import spans_in
from rlmflow.syntax import ast
from rlmflow.values import Item, Part, Stream, Written, whole_part

Made: TypeAlias = Stream | Item
PythonCalls: TypeAlias = Callable[[str], PythonCall]
_COMPUTED = "value"
Start: TypeAlias = Callable[[Coroutine[Any, Any, None]], None]


class NoValue(Unanswered):
    """A step whose value is needed has none; why is already listed."""


@dataclass(frozen=True)
class Missing:
    """Stands for the value of a step that failed."""

    step: str


class Names:
    """What the steps made, by name; a complement is `step.dropped`. May lie inside others.

    `python` gives what computes a call of a Python function, by the function's name.
    """

    def __init__(self, start: Start, python: PythonCalls, outer: Names | None = None) -> None:
        self._start = start
        self._python = python
        self._outer = outer
        self._made: dict[str, asyncio.Future[Made | Missing]] = {}

    def declare(self, name: str) -> None:
        self._made[name] = asyncio.get_running_loop().create_future()

    def define(self, name: str, made: Made | Missing) -> None:
        if name not in self._made:
            self.declare(name)
        self._made[name].set_result(made)

    def has(self, name: str) -> bool:
        """Whether a step is done, or failed; a list that it makes may still grow."""
        future = self._made.get(name)
        return future.done() if future else self._outer is not None and self._outer.has(name)

    async def settled(self) -> None:
        """Wait until every step is done, and every list complete."""
        for future in list(self._made.values()):
            made = await asyncio.shield(future)
            if isinstance(made, Stream):
                await made.all()

    async def get(self, name: str) -> Made:
        """What a step made, once it is there. Raises `NoValue` if the step failed."""
        future = self._made.get(name)
        if future is None:
            if self._outer is None:
                raise AssertionError(f"no step is named {name}")
            return await self._outer.get(name)
        made = await asyncio.shield(future)
        if isinstance(made, Missing):
            raise NoValue(f"`{made.step}` has no value")
        return made

    async def complement(self, step: str, name: str) -> Stream | None:
        """The complement of a step, None if `name` is no complement but a field."""
        await self.get(step)
        if step not in self._made:
            return await self._outer.complement(step, name) if self._outer else None
        made = await self.get(f"{step}.{name}") if f"{step}.{name}" in self._made else None
        return made if isinstance(made, Stream) else None

    async def made(self, expression: ast.Expression) -> Made:
        """The value of an expression, with provenance. A list keeps streaming where it can."""
        match expression:
            case ast.Reference(name=name):
                return await self.get(name)
            case ast.Field():
                path = field_path(expression)
                found = await self.complement(*path) if path else None
                return found or await self._computed(expression)
            case ast.ListOf(items=items) if items:
                made = [await self.made(one) for one in items]
                if not all(isinstance(one, Item) for one in made):
                    return await self._computed(expression)
                return Stream.of(
                    replace(one, index=number) if one.step == _COMPUTED else one
                    for number, one in enumerate(made)
                    if isinstance(one, Item)
                )
            case ast.BinaryOperation(sign="+", left=left, right=right):
                first, second = await self.made(left), await self.made(right)
                if isinstance(first, Stream) and isinstance(second, Stream):
                    return self._concatenated(first, second)
                return await self._computed(expression)
            case _:
                return await self._computed(expression)

    async def stream(self, expression: ast.Expression) -> Stream:
        """The value of an expression as a list; anything else is a list of one."""
        made = await self.made(expression)
        return made if isinstance(made, Stream) else as_stream(made)

    async def environment(self, expression: ast.Expression) -> dict[str, object]:
        """The values of the names in an expression, as `compile_expression` wants them."""
        values: dict[str, object] = {}
        for name in references(expression):
            values[name] = await _settled(await self.get(name))
        for path in _field_paths(expression):
            found = await self.complement(*path) if path[0] in values else None
            if found is not None:
                values[".".join(path)] = await found.all()
        for function in python_calls(expression):
            values[f"{function}()"] = self._python(function)
        return values

    async def plain(self, expression: ast.Expression) -> Any:
        """The value of an expression without provenance. Raises `Unanswered`."""
        return _evaluated(compile_expression(expression, await self.environment(expression)))

    async def _computed(self, expression: ast.Expression) -> Made:
        environment = await self.environment(expression)
        value = _evaluated(located(expression, environment))
        if isinstance(value, Item):
            return value
        parents = tuple(made_of(expression, environment))
        item = Item(value, _COMPUTED, spans=spans_in(value, parents), parents=parents)
        return as_stream(item) if isinstance(value, list) else item

    def _concatenated(self, first: Stream, second: Stream) -> Stream:
        out = Stream()

        async def copy() -> None:
            count = 0
            for stream in (first, second):
                async for _, cell in stream.in_order():
                    out.put(count, cell)
                    count += 1
            out.close(count)

        self._start(copy())
        return out


def _evaluated(evaluate: Evaluator) -> Any:
    try:
        return evaluate(None, None)
    except ExpressionError as error:
        raise Unanswered(error.message) from None


async def _settled(made: Made) -> object:
    return await made.all() if isinstance(made, Stream) else made


def _field_paths(expression: ast.Expression) -> Iterable[tuple[str, str]]:
    if path := field_path(expression):
        yield path
    for child in children(expression):
        yield from _field_paths(child)


def as_stream(item: Item) -> Stream:
    """A value as a list: the elements of a list value, else a list of one."""
    if not isinstance(item.value, list):
        return Stream.of([item])
    return Stream.of(
        element if isinstance(element, Item) else Item(element, item.step, n, parents=(item,))
        for n, element in enumerate(item.value)
    )


def as_document(item: Item) -> Item:
    """An item as a document: a text that is no document yet becomes one of its own."""
    if isinstance(item.value, Part):
        return item
    document = Written(item.source or item.id, str(item.value), item=item)
    return Item(whole_part(document), item.step, item.index, parents=(item,))
