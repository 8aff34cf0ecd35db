"""A model that plays a script: for tests, and for authors who try a strategy without a model."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rlmflow.models._protocol import (
    Message,
    ModelFailure,
    Price,
    Rate,
    Reply,
    Request,
    ToolCall,
    Usage,
)
from rlmflow.models.token_bounds import byte_bound, tool_tokens

Answer = str | Mapping[str, object] | Sequence[object] | ToolCall | Exception | None
Script = Callable[[Request], Answer | Awaitable[Answer]]


class ScriptedModel:
    """Answers each request by `script`.

    The script returns the text of the reply; a mapping or list, sent as JSON; a `ToolCall`
    or a list of them; an exception, which is raised; or None for a request that it does
    not know. It may be async. `latency` seconds pass before each reply, by way of `sleep`.
    `requests` lists what was asked, in the order of arrival. `identity`: see `Model`.
    """

    def __init__(
        self,
        script: Script,
        *,
        name: str = "scripted",
        identity: str | None = None,
        latency: float = 0.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        window: int | None = None,
        price: Price | None = None,
        structured: bool = True,
        tools: bool = True,
        small: bool = False,
        rate: Rate | None = None,
        count: Callable[[Sequence[Message]], int] = byte_bound,
    ) -> None:
        self.name = name
        self.identity = identity or name
        self.window = window
        self.price = price
        self.structured = structured
        self.tools = tools
        self.small = small
        self.rate = rate
        self.requests: list[Request] = []
        self._script = script
        self._latency = latency
        self._sleep = sleep
        self._count = count

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return self._count(messages)

    async def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        if self._latency:
            await self._sleep(self._latency)
        answer = self._script(request)
        if inspect.isawaitable(answer):
            answer = await answer
        if answer is None:
            raise _unknown(request)
        if isinstance(answer, Exception):
            raise answer
        tokens_in = self._count(request.messages) + tool_tokens(request.tools)
        if calls := _calls(answer):
            return Reply("", Usage(tokens_in, sum(len(c.arguments.encode()) for c in calls)), calls)
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return Reply(text, Usage(tokens_in, len(text.encode("utf-8", "surrogatepass"))))

    async def open(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to release."""


def _calls(answer: object) -> tuple[ToolCall, ...]:
    """The calls of tools that an answer is, numbered; none where it is a reply."""
    many = answer if isinstance(answer, list | tuple) else [answer]
    calls = [each for each in many if isinstance(each, ToolCall)]
    return tuple(replace(call, id=call.id or f"call-{n}") for n, call in enumerate(calls, start=1))


def _unknown(request: Request) -> ModelFailure:
    asked = request.messages[-1].content if request.messages else ""
    start = " ".join(asked.split())[:120]
    where = f"step `{request.step}`" if request.step else "a request"
    return ModelFailure("other", f"no rule of the script fits {where}: {start!r}", again=False)


@dataclass(frozen=True)
class Rule:
    """Replies to requests that pass every test it has; one without tests fits all."""

    reply: Answer
    step: str | None = None
    contains: str | None = None
    matches: re.Pattern[str] | None = None

    def fits(self, request: Request) -> bool:
        asked = request.messages[-1].content if request.messages else ""
        return (
            (self.step is None or self.step == request.step)
            and (self.contains is None or self.contains in asked)
            and (self.matches is None or self.matches.search(asked) is not None)
        )


def by_rules(rules: Sequence[Rule]) -> Script:
    """A script in which the first rule that fits replies."""

    def script(request: Request) -> Answer:
        return next((rule.reply for rule in rules if rule.fits(request)), None)

    return script


def read_rules(path: Path) -> list[Rule]:
    """Read rules from a TOML file (tables `[[rule]]`) or a JSON one (`{"rule": [...]}`).

    A rule has a `reply` (text, or a table or list that is sent as JSON), or a `tool` that it
    calls with `arguments`, and any of `step`, `contains` and `matches`, a regular
    expression; the last two look at the last message. Raises `ValueError` with one line
    that says what is wrong, or `OSError`.
    """
    text = path.read_text("utf-8")
    try:
        parsed = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    rules = parsed.get("rule") if isinstance(parsed, dict) else None
    if not isinstance(rules, list):
        raise ValueError(f"{path}: there is no list of rules named `rule`")
    return [_rule(entry, f"{path}: rule {number}") for number, entry in enumerate(rules, start=1)]


_KEYS = {"reply", "tool", "arguments", "step", "contains", "matches"}


def _rule(entry: object, place: str) -> Rule:
    if not isinstance(entry, dict) or ("reply" in entry) == ("tool" in entry):
        raise ValueError(f"{place} has no `reply` and no `tool`, or both")
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        raise ValueError(f"{place}: unknown key `{unknown[0]}`")
    texts = [key for key in ("tool", "step", "contains", "matches") if key in entry]
    if not all(isinstance(entry[key], str) for key in texts):
        raise ValueError(f"{place}: `tool`, `step`, `contains` and `matches` are texts")
    try:
        pattern = re.compile(entry["matches"]) if "matches" in entry else None
    except re.error as error:
        raise ValueError(f"{place}: `matches` is not a regular expression: {error}") from None
    return Rule(_answer(entry, place), entry.get("step"), entry.get("contains"), pattern)


def _answer(entry: Mapping[str, Any], place: str) -> Answer:
    if "tool" in entry:
        arguments = entry.get("arguments", {})
        if not isinstance(arguments, dict):
            raise ValueError(f"{place}: `arguments` is a table")
        return ToolCall(entry["tool"], json.dumps(arguments, ensure_ascii=False))
    if not isinstance(entry["reply"], str | dict | list):
        raise ValueError(f"{place}: `reply` is a text, a table or a list")
    reply: Answer = entry["reply"]
    return reply
