"""What an operator's rule is told of a call: measured where it ran for sure, else at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlmflow.models._protocol import Model
from rlmflow.operators._call import Call
from rlmflow.operators._most import EMPTY, Count, NotKnown, Size
from rlmflow.operators._parameters import Amount
from rlmflow.runtime.planning.sizes import (
    Known,
    shown_bytes,
    size_of,
    stays_certain,
    stream_size,
)
from rlmflow.runtime.running import StepMade
from rlmflow.runtime.step import pack_tokens
from rlmflow.types import ANY, EnumType, Type
from rlmflow.values import Stream


@dataclass(frozen=True)
class CallGiven:
    """One call as a rule sees it; see the protocol `Given`.

    `names`: what is known of the names around it. `made`: a run of the step, where what
    it was given is what it will be given. `made_of_each`: what a strategy makes of an item.
    """

    call: Call
    names: Mapping[str, Known]
    model: Model | None
    made: StepMade | None
    made_of_each: Known | None = None

    @property
    def returns(self) -> Type:
        found = self.made.step.returns if self.made else self.call.returns
        if found is None:
            return ANY
        if isinstance(found.required, EnumType) and found.required.values is None:
            raise NotKnown("what there is to choose from")
        return found

    @property
    def pack_tokens(self) -> int:
        return pack_tokens(self.model.window if self.model else None)

    @property
    def small(self) -> bool:
        return self.model is not None and self.model.small

    @property
    def max_output(self) -> int | None:
        if not self.call.has("max_output"):
            return None
        given = self.knob("max_output")
        return int(given.value) if isinstance(given, Amount) else None

    def sizes(self, name: str) -> Sequence[Size]:
        parameter = self.call.operator.parameter(name)
        given = [argument for of, argument in self.call.named_inputs if of == name]
        found = self._bound(name)
        if isinstance(found, tuple) and parameter.variadic:
            return [size for one in found if (size := stream_size(one)) is not None]
        if (size := stream_size(found)) is not None:
            return [size]
        return [size_of(one.written, self.names, one.type).size for one in given]

    def size(self, name: str) -> Size:
        return sum(self.sizes(name), EMPTY)

    def shown(self, name: str) -> Size:
        size, show = self.size(name), self.call.arguments.get("show")
        if show is None:
            return size
        return Size(size.items, shown_bytes(show.written, self.names, size), exact=size.exact)

    def value(self, name: str) -> Any:
        argument = self.call.arguments.get(name)
        if argument is None:
            return self.call.operator.parameter(name).default
        if argument.known:
            return argument.constant
        found = self._bound(name)
        if found is None or isinstance(found, Stream):
            raise NotKnown(f"`{name}`")
        return found

    def knob(self, name: str) -> Any:
        """A knob, where the text or the run fixes it. Raises `NotKnown`."""
        argument = self.call.arguments.get(name)
        if argument is None or argument.known:
            return self.call.constant(name)
        raise NotKnown(f"`{name}:`")

    def context(self, name: str) -> Count:
        argument = self.call.arguments.get(name)
        if argument is None:
            return 0
        return size_of(argument.written, self.names, argument.type).size.total

    @property
    def callee(self) -> Size:
        if self.made_of_each is None:
            raise AssertionError(f"{self.call.operator.name} runs no strategy here")
        return self.made_of_each.size

    def _bound(self, name: str) -> object:
        """What an argument was, where it will be the same."""
        if self.made is None:
            return None
        given = [self.call.arguments[name]] if self.call.has(name) else []
        if self.call.operator.parameter(name).variadic:
            given += self.call.more
        if not all(one.known or stays_certain(one.written, self.names) for one in given):
            return None
        return self.made.bound.get(name)
