"""What one step of a plan asks while it is run with replies that cost nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from rlmflow.models._protocol import Message, Model, Price, Rate, Reply, Request, Usage
from rlmflow.models.token_bounds import counts_exactly, request_tokens, tool_tokens
from rlmflow.operators._call import Call
from rlmflow.operators._frame import Question, count_items
from rlmflow.operators._ideal import Asked
from rlmflow.runtime.planning.typical import TypicalReader

_BYTES_A_TOKEN = 4
# Role markers and the like around a message, as chat templates in use need them.
_MESSAGE_TOKENS = 8


@dataclass
class Tally:
    """Calls with what they take: `tokens_*` as foretold, `worst_*` as set aside for them.

    `items`: shown in all of them together, `most_items` in one. `too_long`: the tokens of
    the largest that passes the model's window, where that is sure.
    """

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    worst_in: int = 0
    worst_out: int = 0
    largest_in: int = 0
    largest_out: int = 0
    items: int = 0
    most_items: int = 0
    too_long: int = 0

    def add(self, other: Tally) -> None:
        self.calls += other.calls
        self.tokens_in += other.tokens_in
        self.tokens_out += other.tokens_out
        self.worst_in += other.worst_in
        self.worst_out += other.worst_out
        self.largest_in = max(self.largest_in, other.largest_in)
        self.largest_out = max(self.largest_out, other.largest_out)
        self.items += other.items
        self.most_items = max(self.most_items, other.most_items)
        self.too_long = max(self.too_long, other.too_long)


@dataclass
class PlannedModel:
    """Stands for a model that is not asked; its replies are the operator's ideal ones."""

    model: Model
    call: Call
    tally: Tally = field(default_factory=Tally)
    _exact: bool = field(init=False)
    _counted: tuple[Sequence[Message], int] | None = None

    def __post_init__(self) -> None:
        self._exact = counts_exactly(self.model)

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def identity(self) -> str:
        return self.model.identity

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
        """As the model counts. Who asks and who is asked count the same messages once."""
        if self._counted is None or self._counted[0] is not messages:
            self._counted = messages, self.model.count_tokens(messages)
        counted = self._counted[1]
        if self.window is not None and counted > self.window and self._exact:
            self.tally.too_long = max(self.tally.too_long, counted)
        return counted

    async def complete(self, request: Request) -> Reply:
        asked = Question(request.messages[0].content, request.messages[1].content)
        ideal = self.call.operator.ideal_reply
        if ideal is None:
            raise AssertionError(f"{self.call.operator.name} declares no ideal reply")
        said = ideal(Asked(asked, request.schema), TypicalReader())
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        usage = Usage(self._tokens(request), _about(text))
        self._note(request, usage, count_items(asked))
        return Reply(text, usage)

    def _tokens(self, request: Request) -> int:
        """Exact where the model's tokenizer is known, else about what English takes."""
        tools = tool_tokens(request.tools)
        if self._exact:
            return self.count_tokens(request.messages) + tools
        return tools + sum(_about(m.content) + _MESSAGE_TOKENS for m in request.messages)

    def _note(self, request: Request, usage: Usage, items: int) -> None:
        worst = request_tokens(self, request)
        self.tally.add(
            Tally(
                calls=1,
                tokens_in=usage.tokens_in or 0,
                tokens_out=usage.tokens_out or 0,
                worst_in=worst,
                worst_out=request.max_output,
                largest_in=worst,
                largest_out=request.max_output,
                items=items,
                most_items=items,
            )
        )

    async def open(self) -> None:
        """Nothing is opened: nothing is asked."""

    async def close(self) -> None:
        """Nothing was opened."""


def _about(text: str) -> int:
    """Tokens of a text, roughly: the tables of a tokenizer are large, and this is no bill."""
    return len(text.encode(errors="replace")) // _BYTES_A_TOKEN + 1
