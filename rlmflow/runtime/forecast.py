"""What a run will use, found by running it with replies that cost nothing.

The steps run for real over the real input and every message is made; in place
of the model, each operator's ideal reply answers, for a reader that reports one
finding an item. So calls and input tokens are exact wherever they do not depend
on what a model says, and an estimate elsewhere.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from rlmflow.graph.model import Choice, Graph, Limits, Operation, Program
from rlmflow.models._protocol import Message, Model, Price, Rate, Reply, Request, Usage
from rlmflow.models.token_bounds import byte_bound, tool_tokens
from rlmflow.operators._frame import Question
from rlmflow.operators._ideal import Asked
from rlmflow.operators._operator import ALL, Call
from rlmflow.runtime.calling import Repeats
from rlmflow.runtime.events import CallDone
from rlmflow.runtime.limits import NOTHING, Cost
from rlmflow.runtime.tools.using import ROUNDS, ToolUse
from rlmflow.schema import json_schema
from rlmflow.types import Type

_QUOTED = 120
_BYTES_A_TOKEN = 4
# Role markers and the like around a message, as chat templates in use need them.
_MESSAGE_TOKENS = 8


@dataclass(frozen=True)
class StepForecast:
    """One step's calls if each succeeds first time, and at worst with all its repeats."""

    model: str
    clean: Cost
    ceiling: Cost
    rate: Rate | None


@dataclass(frozen=True)
class Forecast:
    """`exact`: whether no number of calls depends on what a model will say.

    `priced`: whether the price of every model that is asked is known. `limits`: what all
    steps together will not exceed.
    """

    steps: Mapping[str, StepForecast]
    exact: bool
    priced: bool
    limits: Limits = field(default_factory=Limits)

    @property
    def clean(self) -> Cost:
        return sum((step.clean for step in self.steps.values()), NOTHING)

    @property
    def ceiling(self) -> Cost:
        return within(sum((step.ceiling for step in self.steps.values()), NOTHING), self.limits)

    @property
    def seconds(self) -> float | None:
        """How long the calls take if each succeeds; None if a model's speed is not known."""
        total = 0.0
        for step in self.steps.values():
            if step.rate is None:
                return None
            total += step.clean.tokens_in / step.rate.tokens_in
            total += step.clean.tokens_out / step.rate.tokens_out
        return total


def within(cost: Cost, limits: Limits) -> Cost:
    """A ceiling, or what limits allow of it."""

    def least(value: int, limit: int | None) -> int:
        return value if limit is None else min(value, limit)

    return Cost(
        least(cost.calls, limits.calls),
        least(cost.tokens_in, limits.tokens),
        least(cost.tokens_out, limits.tokens),
        cost.usd if limits.usd is None else min(cost.usd, limits.usd),
    )


class TypicalReader:
    """A reader that finds one thing in each text: a line from its middle."""

    def markers(self, text: str) -> list[str]:
        lines = [line for line in text.splitlines() if line.strip()]
        return [lines[len(lines) // 2].strip()[:_QUOTED]] if lines else []

    def value(self, schema: Mapping[str, Any], text: str) -> object:
        return _filled(schema, schema.get("$defs", {}), text[:_QUOTED].strip() or "-")


def _filled(schema: Mapping[str, Any], definitions: Mapping[str, Any], text: str) -> object:
    """The least value that fits a schema, with `text` for its texts."""
    if "$ref" in schema:
        return _filled(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions, text)
    if "anyOf" in schema:
        return _filled(schema["anyOf"][0], definitions, text)
    if "enum" in schema or "const" in schema:
        return schema.get("const", next(iter(schema.get("enum", [])), None))
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: _filled(inner, definitions, text) for name, inner in properties.items()}
        case "array":
            return [_filled(schema["items"], definitions, text)]
        case "string":
            return "2000-01-01" if schema.get("format") == "date" else text
        case other:
            return {"boolean": True, "integer": 1, "number": 1.0}.get(str(other))


def typical(type_: Type) -> object:
    """A value of a type such as a typical reply would hold."""
    return TypicalReader().value(json_schema(type_), "…")


def _about(text: str) -> int:
    """Tokens of a text, roughly: the tables of a tokenizer are large, and this is no bill."""
    return len(text.encode(errors="replace")) // _BYTES_A_TOKEN + 1


@dataclass(frozen=True)
class ForecastModel:
    """Stands for a model that is not asked; its replies are the operator's ideal ones."""

    model: Model
    call: Call

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def window(self) -> int | None:
        return self.model.window

    @property
    def price(self) -> Price | None:
        return self.model.price

    @property
    def structured(self) -> bool:
        return self.model.structured

    @property
    def tools(self) -> bool:
        return self.model.tools

    @property
    def small(self) -> bool:
        return self.model.small

    @property
    def rate(self) -> Rate | None:
        return self.model.rate

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Exact where the model's tokenizer is known, else about what English takes."""
        counted = self.model.count_tokens(messages)
        if counted < byte_bound(messages):
            return counted
        return sum(_about(message.content) + _MESSAGE_TOKENS for message in messages)

    async def complete(self, request: Request) -> Reply:
        system, user = request.messages[0].content, request.messages[1].content
        ideal = self.call.operator.ideal_reply
        if ideal is None:
            raise AssertionError(f"{self.call.operator.name} declares no ideal reply")
        said = ideal(Asked(Question(system, user), request.schema), TypicalReader())
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        tokens_in = self.count_tokens(request.messages) + tool_tokens(request.tools)
        usage = Usage(tokens_in, _about(text))
        return Reply(text, usage)

    async def open(self) -> None:
        """Nothing is opened: nothing is asked."""

    async def close(self) -> None:
        """Nothing was opened."""


def summed_up(
    program: Program,
    done: Sequence[CallDone],
    repeats: Mapping[str, Repeats],
    models: Mapping[str, Model],
) -> Forecast:
    """A forecast from the calls of a forecast run."""
    clean: dict[str, Cost] = defaultdict(Cost)
    largest: dict[str, Cost] = {}
    for call in done:
        one = _cost(call.tokens_in, call.tokens_out, models[call.step])
        worst = _cost(call.tokens_in, call.most_tokens_out, models[call.step])
        clean[call.step] += one
        largest[call.step] = _larger(largest.get(call.step, worst), worst)
    steps = {}
    for name, cost in clean.items():
        calls = cost.calls + repeats[name].most(cost.calls)
        top = largest[name]
        ceiling = Cost(calls, calls * top.tokens_in, calls * top.tokens_out, calls * top.usd)
        steps[name] = StepForecast(models[name].name, cost, ceiling, models[name].rate)
    priced = all(model.price is not None for model in models.values())
    return Forecast(steps, _is_exact(program), priced)


def with_tools(
    forecast: Forecast, tools: Mapping[str, ToolUse], models: Mapping[str, Model]
) -> Forecast:
    """A forecast in which, at worst, the models of these steps use all rounds of tools."""
    steps = dict(forecast.steps)
    for name, use in tools.items():
        if name in steps:
            steps[name] = _at_worst(steps[name], use, models[name])
    return replace(forecast, steps=steps, exact=forecast.exact and not tools)


def _at_worst(step: StepForecast, use: ToolUse, model: Model) -> StepForecast:
    before = step.ceiling
    calls = before.calls + ROUNDS * step.clean.calls
    largest_in = before.tokens_in // before.calls + use.most_tokens
    one = _cost(largest_in, before.tokens_out // before.calls, model)
    ceiling = Cost(calls, calls * one.tokens_in, calls * one.tokens_out, calls * one.usd)
    return replace(step, ceiling=ceiling)


def _cost(tokens_in: int, tokens_out: int, model: Model) -> Cost:
    price = model.price
    usd = tokens_in * price.tokens_in + tokens_out * price.tokens_out if price else 0.0
    return Cost(1, tokens_in, tokens_out, Decimal(repr(usd)))


def _larger(one: Cost, other: Cost) -> Cost:
    return Cost(
        1,
        max(one.tokens_in, other.tokens_in),
        max(one.tokens_out, other.tokens_out),
        max(one.usd, other.usd),
    )


def _is_exact(program: Program) -> bool:
    """Whether how often each step asks is settled by the input alone."""
    return all(_graph_is_exact(strategy.graph) for strategy in program.strategies.values())


def _graph_is_exact(graph: Graph) -> bool:
    uncertain: set[str] = set()
    for node in graph:
        if isinstance(node, Choice):
            return False
        needs = {producer for producer, role, _ in graph.needs(node.name) if role == "item"}
        if not isinstance(node, Operation):
            if needs & uncertain:
                uncertain.add(node.name)
            continue
        if needs & uncertain and node.call.asks_model:
            return False
        if _changes_the_number(node.call) or needs & uncertain:
            uncertain.add(node.name)
    return not any(_decides_its_own_calls(call) for call in _calls(graph))


def _changes_the_number(call: Call) -> bool:
    """Whether a model decides how many items come out."""
    return call.asks_model and not (call.facts.keeps is ALL and call.facts.once)


def _decides_its_own_calls(call: Call) -> bool:
    """Whether later calls of a step depend on what its earlier ones said."""
    return call.asks_model and call.facts.reads is not ALL


def _calls(graph: Graph) -> Iterator[Call]:
    return (node.call for node in graph if isinstance(node, Operation))
