"""What a model is to the rest of the program: messages in, one text out, or a named failure.

Where a request has tools, calls of them may come in place of the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that a model wants called. `arguments` is JSON, as the model wrote it.

    `id` ties the tool's message to the call; it is empty where the model gave none.
    """

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What was said. A tool's output has the role `tool` and names the call that it answers."""

    role: str
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as a model is told of it. `parameters` is the JSON Schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `schema` is a JSON Schema that the reply must fit, or None for plain text.

    `max_output` is in tokens. `sample` tells equal requests apart that are asked
    on purpose more than once (votes, a second derivation); a model may use it as
    a seed. `step` names the step that asks, for logs alone. `tools` may be called,
    unless `tool_choice` is `none`: then they are there to make sense of earlier calls.
    `decides`: the messages without what is not to count when two requests are compared,
    None where all of it counts. `occasion` tells apart requests that are equal in all else.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, object] | None = None
    max_output: int = 1024
    sample: int = 0
    step: str = ""
    tools: tuple[Tool, ...] = ()
    tool_choice: Literal["auto", "none"] = "auto"
    decides: tuple[Message, ...] | None = None
    occasion: tuple[int, ...] = ()

    @property
    def decided_by(self) -> tuple[Message, ...]:
        """The messages by which it is known again."""
        return self.messages if self.decides is None else self.decides

    def going_on(self, messages: Sequence[Message]) -> Request:
        """The same with more messages at its end."""
        more = tuple(messages)
        decides = None if self.decides is None else self.decides + more
        return replace(self, messages=self.messages + more, decides=decides)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the endpoint counted them, or None where it did not say.

    `cached`: of those it read, how many it says it had from a cache.
    """

    tokens_in: int | None = None
    tokens_out: int | None = None
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete text from the model. One that was cut off is a `ModelFailure` instead.

    Where there are `tool_calls` the text may be empty: it is not yet the reply.
    """

    text: str
    usage: Usage = Usage()
    tool_calls: tuple[ToolCall, ...] = ()


# Statuses that mean "not now", if they come with a time to wait.
_TURNING_AWAY = (503, 529)


class ModelFailure(Exception):
    """A call that brought no usable text.

    `kind`: `timeout`, `rate-limit`, `server`, `unreachable` (nothing was sent),
    `connection`, `refused`, `empty`, `cut-off`, `malformed`, `too-long`, `truncated`,
    `not-allowed`, `no-tools` or `other`. `again` says whether the same call may succeed
    later; `after` is how many seconds the endpoint asked to wait; `status` is that of
    HTTP. The message never holds a secret.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        again: bool,
        after: float | None = None,
        usage: Usage | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.again = again
        self.after = after
        self.usage = usage or Usage()
        self.status = status

    @property
    def later(self) -> bool:
        """Whether the endpoint turned the call away unread, to come later."""
        told = self.status in _TURNING_AWAY and self.after is not None
        return self.again and (self.kind == "rate-limit" or told)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars a token.

    `long`: what they are, read and written, in a call that reads more than `above` tokens.
    """

    tokens_in: float
    tokens_out: float
    above: float = inf
    long: tuple[float, float] = (0.0, 0.0)

    def of(self, most: float) -> tuple[float, float]:
        """What a token costs, read and written, in a call that reads so many at most."""
        return self.long if most > self.above else (self.tokens_in, self.tokens_out)


@dataclass(frozen=True, slots=True)
class Rate:
    """Tokens a second that an endpoint reads and writes, over all calls at a time."""

    tokens_in: float
    tokens_out: float


class Model(Protocol):
    """A sub-model or root model, bound to a role when a strategy is run.

    `name` is what people are shown. `window` is the context window in tokens and
    `price` the price, each None where it is not known. `structured` says whether
    `Request.schema` is enforced by the endpoint; where it is not, the caller puts
    the schema into the prompt. `tools` says whether it can call tools; a request to one
    that can't has none.
    """

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> str:
        """What its replies hang on beside the request: its name, and how it is set up."""
        ...

    @property
    def window(self) -> int | None: ...

    @property
    def price(self) -> Price | None: ...

    @property
    def rate(self) -> Rate | None:
        """How fast it is, None where that is not known."""
        ...

    @property
    def structured(self) -> bool: ...

    @property
    def tools(self) -> bool: ...

    @property
    def small(self) -> bool:
        """Whether yes-or-no questions must be asked one to a call.

        Small models label packed items well by words of content, and were seen to
        answer packed yes-or-no questions all alike, or all inverted.
        """
        ...

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of a request: exact where the tokenizer is known, else an upper bound."""
        ...

    async def complete(self, request: Request) -> Reply:
        """Ask once. Raises `ModelFailure`; retries are the caller's."""
        ...

    async def open(self) -> None:
        """Connect, or start what must run first. Called once before the first call."""
        ...

    async def close(self) -> None:
        """Release everything. Called once, also after a failure."""
        ...
