"""What code in the REPL can ask for, and what the host gets of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from repl.repl_host import ScriptedHost, blocks, outputs, repl, running

from rlmflow.runtime.repl.block import Block, ReplLimits
from rlmflow.runtime.repl.session import Refused
from rlmflow.runtime.repl.wire import Failure, Handle, Sent, SentList


def refuse(*_: object, **__: object) -> None:
    raise Refused("there is no such step: it was renamed")


def answering(answer: object) -> ScriptedHost:
    """A host that gives the same answer to everything."""
    names = ("llm_query", "llm_batch", "rlm_query", "rlm_batch", "step")
    return ScriptedHost(**dict.fromkeys(names, lambda *_, **__: answer))


Running = tuple[ScriptedHost, Callable[[str], Block]]


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """One REPL for many blocks, and its host, which gives a list of one failed item."""
    host = answering(SentList((Failure("no answer"),)))
    with running(host) as run:
        yield host, run


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("llm_query('p')", ("llm_query", ["p"], {})),
        ("llm_query('p', items=(1, 'b'))", ("llm_query", ["p"], {"items": [1, "b"]})),
        ("llm_batch(['a', {'prompt': 'b'}])", ("llm_batch", [["a", "b"]], {})),
        ("llm_batch(p for p in 'ab')", ("llm_batch", [["a", "b"]], {})),
        ("llm_batch('p', items=range(2))", ("llm_batch", ["p"], {"items": [0, 1]})),
        ("rlm_query('t', context)", ("rlm_query", ["t", "one\ntwo\nthree\n"], {})),
        (
            "rlm_batch([('t', 'x'), {'task': 'u', 'context': {'a': 'y'}}])",
            ("rlm_batch", [[["t", "x"], ["u", {"a": "y"}]]], {}),
        ),
        ("steps.parts()", ("step", ["parts"], {})),
        ("steps.parts(['x'])", ("step", ["parts", ["x"]], {})),
        ("steps.parts.dropped", ("step", ["parts"], {"complement": "dropped"})),
        ("steps.answer()", ("step", ["answer"], {})),
        (
            "import numpy\nsteps.parts(numpy.arange(2))",
            ("step", ["parts", [0, 1]], {}),
        ),
    ],
)
def test_a_call_reaches_the_host_as_it_was_made(shared: Running, code: str, call: Any) -> None:
    host, run = shared
    host.calls.clear()
    assert run(code).output == "[<Failed: no answer>]\n"
    assert host.calls == [call]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("llm_batch([1, 2])", "prompt 1 of llm_batch must be a str, not an int"),
        ("llm_batch(['a', None])", "prompt 2 of llm_batch must be a str, not None"),
        ("llm_batch([['a']])", "prompt 1 of llm_batch must be a str, not a list"),
        ("llm_batch('a')", "the first argument must be a list, not a str"),
        ("llm_batch(3)", "the first argument must be a list, not an int"),
        ("llm_batch(3, items=['a'])", "the instruction of llm_batch must be a str, not an int"),
        ("llm_batch('p', items='abc')", "items must be a list, not a str"),
        ("llm_batch([{'text': 'a'}])", """must be {"prompt": …}; it has 'text'"""),
        ("llm_batch(['a', steps.parts()[0]])", "not a failed item (no answer)"),
        ("llm_query(None)", "the prompt of llm_query must be a str, not None"),
        ("llm_query('p', items=[{1}])", "llm_query: a set can't be sent"),
        ("llm_query('p', items=[{1: 2}])", "a key of a dict must be a str to be sent"),
        ("x = []\nx.append(x)\nllm_query('p', items=x)", "nested too deeply"),
        ("llm_query('\\ud800')", "half a surrogate pair"),
        ("rlm_query('t', 3)", "the context of rlm_query must be text, a list or a dict"),
        ("rlm_query(3, 'x')", "the task of rlm_query must be a str"),
        ("rlm_batch(['t'])", "task 1 of rlm_batch must be (task, context), not a str"),
    ],
)
def test_a_wrong_call_is_told_where_it_is_made_and_costs_nothing(
    shared: Running, code: str, told: str
) -> None:
    host, run = shared
    host.calls.clear()
    block = run(code)
    assert block.status == "error"
    assert block.output.splitlines()[-1].startswith("TypeError: ")
    assert told in block.output
    assert [name for name, *_ in host.calls] == ["step"] * ("steps" in code)


def test_an_unknown_step_is_told_with_those_there_are() -> None:
    (told,) = outputs("steps.part()")
    assert "no step is called 'part'; the steps are parts, answer" in told


def test_what_the_host_refuses_is_raised_at_the_call() -> None:
    told, caught = outputs(
        "steps.parts()",
        "try: steps.parts()\nexcept Exception as error: print('caught', error)",
        host=ScriptedHost(step=refuse),
    )
    assert told.splitlines()[-1] == "Refused: there is no such step: it was renamed"
    assert caught == "caught there is no such step: it was renamed"


def test_an_error_of_the_host_itself_is_raised_to_who_runs_the_block() -> None:
    host = ScriptedHost(llm_query=lambda prompt: {}[prompt])

    async def run() -> int:
        async with repl(host) as session:
            with pytest.raises(KeyError, match="p"):
                await session.run("llm_query('p')")
            block = await session.run("1")
            assert "A new one was started" in block.output
            return session.restarts

    assert asyncio.run(run()) == 1


class Stopped(BaseException):
    """What ends more than one call."""


def test_what_is_more_than_an_error_does_not_leave_the_code_waiting() -> None:
    def stop(prompt: str) -> str:
        raise Stopped(prompt)

    with pytest.raises(Stopped, match="p"):
        outputs("llm_query('p')", host=ScriptedHost(llm_query=stop))


def test_a_call_that_is_cancelled_ends_its_block() -> None:
    def cancel(prompt: str) -> str:
        raise asyncio.CancelledError(prompt)

    (told,) = outputs("llm_query('p')", host=ScriptedHost(llm_query=cancel))
    assert "The REPL is gone: a call of its code was cancelled" in told


def test_an_error_of_the_host_between_two_blocks_is_raised_by_the_next() -> None:
    gate = asyncio.Event()

    async def reply(prompt: str) -> str:
        await gate.wait()
        if len(host.calls) == 1:
            raise KeyError(prompt)
        return prompt

    host = ScriptedHost(llm_query=reply)

    async def run() -> str:
        async with repl(host) as session:
            await session.run(
                "import threading\nthreading.Thread(target=llm_query, args='p').start()"
            )
            gate.set()
            await asyncio.sleep(0.1)
            with pytest.raises(KeyError, match="p"):
                await session.run("1")
            return (await session.run("1")).output

    assert asyncio.run(run()).endswith("]\n1\n")


def test_calls_of_threads_are_under_way_together_and_each_gets_its_own_answer() -> None:
    all_asked = asyncio.Barrier(8)

    async def reply(prompt: str) -> str:
        await all_asked.wait()
        return prompt.upper()

    code = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    replies = list(pool.map(llm_query, 'abcdefgh'))
''.join(replies)
"""
    (block,) = blocks(code, host=ScriptedHost(llm_query=reply))
    assert block.output == "'ABCDEFGH'\n"
    assert block.requests == 8


def test_a_thread_that_outlives_its_block_gets_its_answer() -> None:
    gate = asyncio.Event()

    async def reply(prompt: str) -> str:
        if prompt == "late":
            await gate.wait()
        else:
            gate.set()
        return prompt

    first, second = outputs(
        "import threading\nreplies = []\n"
        "thread = threading.Thread(target=lambda: replies.append(llm_query('late')))\n"
        "thread.start()",
        "llm_query('go')\nthread.join()\nreplies",
        host=ScriptedHost(llm_query=reply),
    )
    assert (first, second) == ("", "['late']")


def test_a_batch_keeps_what_it_got_where_some_failed() -> None:
    replies = ["a", Failure("no answer after 4 tries"), Sent("c", 7, "a.txt:1")]

    def batch(prompts: object, items: object = None) -> object:
        return replies if items is None else repr(items)

    told, back = outputs(
        "got = llm_batch(list('abc'))\ngot, [r for r in got if r], got[1].reason",
        "print(llm_batch('p', items=got))",
        host=ScriptedHost(llm_batch=batch),
    )
    failed = "no answer after 4 tries"
    assert told == f"(['a', <Failed: {failed}>, 'c'], ['a', 'c'], '{failed}')"
    assert back == repr(["a", Failure(failed), Handle(7)])


def test_a_message_that_is_too_long_is_refused_either_way() -> None:
    host = ScriptedHost(llm_query=lambda prompt: "x" * 5000)
    sent, got, after = outputs(
        "llm_query('x' * 5000)",
        "llm_query('p')",
        "'here'",
        host=host,
        limits=ReplLimits(frame=4096),
    )
    assert "ValueError: llm_query: a message of 5,0" in sent
    assert "Refused: the answer is too long: 5,003 bytes" in got
    assert after == "'here'"
    assert host.prompts == ["p"]


def test_random_things_are_the_same_for_the_same_seed() -> None:
    code = """
import os, random, secrets, uuid, numpy
(random.random(), random.Random().random(), os.urandom(4), secrets.token_hex(4), uuid.uuid4(),
 numpy.random.rand(), numpy.random.default_rng().random(), {str(n) for n in range(5)})
"""
    first, again, other = (outputs(code, seed=seed)[0] for seed in (1, 1, 2))
    assert first == again
    assert not set(first.strip("()").split(", ")[:5]) & set(other.strip("()").split(", ")[:5])
