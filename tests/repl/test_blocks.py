"""Blocks of code in a real worker."""

from __future__ import annotations

import asyncio

from repl.repl_host import ScriptedHost, repl

from rlmflow.runtime.repl.session import Announced, Block


def blocks(*codes: str, host: ScriptedHost | None = None, **changed: object) -> list[Block]:
    """What came of each block, run one after another in one REPL."""

    async def run() -> list[Block]:
        async with repl(host, **changed) as session:
            return [await session.run(code) for code in codes]

    return asyncio.run(run())


def test_state_is_kept_and_the_last_expression_is_shown() -> None:
    first, second = blocks("x = context.split()\nprint(len(x))", "x[0]")
    assert (first.status, first.output) == ("ok", "3\n")
    assert second.output == "'one'\n"


def test_a_call_is_answered_by_the_host() -> None:
    host = ScriptedHost(llm_query=lambda prompt: f"re: {prompt}")
    (block,) = blocks("answer['content'] = llm_query('hello')\nanswer['ready'] = True", host=host)
    assert block.answer == Announced("re: hello", True, None)
    assert block.requests == 1
    assert host.prompts == ["hello"]


def test_state_survives_an_exception() -> None:
    first, second = blocks("x = 1\n1 / 0\nx = 2", "x")
    assert first.status == "error"
    assert "ZeroDivisionError" in first.output
    assert second.output == "1\n"
