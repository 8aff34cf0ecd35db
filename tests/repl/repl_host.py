"""Hosts that answer the calls of a REPL in tests, and sessions with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rlmflow.runtime.repl.block import Block, ReplLimits
from rlmflow.runtime.repl.isolation.kinds import UNSAFE
from rlmflow.runtime.repl.session import Session

Answer = Callable[..., object]

SOCKET = """
import os, stat
(channel,) = (fd for fd in range(3, 99) if os.path.exists(f"/proc/self/fd/{fd}")
              and stat.S_ISSOCK(os.fstat(fd).st_mode))
"""
"""A block that finds the descriptor of the worker's channel."""


class ScriptedHost:
    """Answers each name by a function, which may be async; notes every call."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = {"llm_query": lambda prompt: f"re: {prompt}", **answers}
        self.calls: list[tuple[str, list[object], dict[str, object]]] = []

    async def call(
        self,
        name: str,
        arguments: Sequence[object],
        keywords: Mapping[str, object],
        occasion: int = 0,  # noqa: ARG002  how often the same was asked
    ) -> object:
        self.calls.append((name, list(arguments), dict(keywords)))
        answer = self.answers[name](*arguments, **keywords)
        return await answer if hasattr(answer, "__await__") else answer  # type: ignore[misc]

    @property
    def prompts(self) -> list[object]:
        """The first argument of every call."""
        return [arguments[0] for _, arguments, _ in self.calls]


def repl(host: ScriptedHost | None = None, **changed: Any) -> Session:
    """A session over one document, with whatever a test changes of it."""
    settings: dict[str, Any] = {
        "documents": [("a.txt", "one\ntwo\nthree\n")],
        "names": {},
        "step_names": ["parts"],
        "host": host or ScriptedHost(),
        "isolation": UNSAFE,
        "limits": ReplLimits(seconds=20),
    }
    return Session(**{**settings, **changed})


@contextmanager
def running(host: ScriptedHost | None = None, **changed: Any) -> Iterator[Callable[[str], Block]]:
    """Runs blocks in one REPL, for tests that leave nothing behind in it."""
    with asyncio.Runner() as runner:
        session = repl(host, **changed)
        runner.run(session.__aenter__())
        try:
            yield lambda code: runner.run(session.run(code))
        finally:
            runner.run(session.__aexit__(None, None, None))


def blocks(*codes: str, host: ScriptedHost | None = None, **changed: Any) -> list[Block]:
    """What came of each block, run one after another in one REPL."""

    async def run() -> list[Block]:
        async with repl(host, **changed) as session:
            return [await session.run(code) for code in codes]

    return asyncio.run(run())


def outputs(*codes: str, host: ScriptedHost | None = None, **changed: Any) -> list[str]:
    """What each block put out, in lines without the last line's end."""
    return [block.output.removesuffix("\n") for block in blocks(*codes, host=host, **changed)]
