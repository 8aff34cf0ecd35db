"""Hosts that answer the calls of a REPL in tests, and sessions with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rlmflow.runtime.repl.isolation.kinds import UNSAFE
from rlmflow.runtime.repl.session import ReplLimits, Session

Answer = Callable[..., object]


class ScriptedHost:
    """Answers each name by a function; notes every call."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.calls: list[tuple[str, list[object], dict[str, object]]] = []

    async def call(
        self, name: str, arguments: Sequence[object], keywords: Mapping[str, object]
    ) -> object:
        self.calls.append((name, list(arguments), dict(keywords)))
        answer = self.answers[name](*arguments, **keywords)
        return await answer if hasattr(answer, "__await__") else answer

    @property
    def prompts(self) -> list[object]:
        """The first argument of every call."""
        return [arguments[0] for _, arguments, _ in self.calls]


def repl(host: ScriptedHost | None = None, **changed: Any) -> Session:
    """A session over one document, with whatever a test changes of it."""
    settings: dict[str, Any] = {
        "documents": [("a.txt", "one\ntwo\nthree\n")],
        "names": {},
        "step_names": [],
        "host": host or ScriptedHost(llm_query=lambda prompt: f"re: {prompt}"),
        "isolation": UNSAFE,
        "limits": ReplLimits(seconds=20),
    }
    return Session(**{**settings, **changed})
