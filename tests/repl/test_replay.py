"""After a death the REPL comes back as it was, and nobody is asked twice."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from repl.repl_host import ScriptedHost, blocks, repl

from rlmflow.runtime.repl.block import Block, ReplLimits

DIE = "import os\nos.kill(os.getpid(), 9)"


def host_of_numbers() -> ScriptedHost:
    """Every reply is another one."""
    numbers = iter(range(1000))
    return ScriptedHost(llm_query=lambda prompt: next(numbers), llm_batch=lambda p: [next(numbers)])


def test_the_state_comes_back_and_no_call_is_repeated() -> None:
    host = host_of_numbers()
    first, failed, died, after = blocks(
        "x = [llm_query('same'), llm_query('same')]",
        "x += llm_batch(['other'])\n1 / 0",
        f"x.append(llm_query('in it'))\nprint('almost')\n{DIE}",
        "x",
        host=host,
    )
    assert (first.status, failed.status, died.status) == ("ok", "error", "died")
    assert died.output == (
        "[The REPL is gone: it was killed by SIGKILL (out of memory, perhaps). What this block "
        "did is lost. A new one was started. Blocks 1 and 2 were run again in it, with the "
        "replies recorded.]\n[The last that it printed:]\nalmost\n"
    )
    assert died.requests == 1
    assert after.output == "[0, 1, 2]\n"
    assert host.prompts == ["same", "same", ["other"], "in it"]


READINGS = """
import datetime, os, random, secrets, time, uuid
def fine():
    return [time.time(), time.monotonic(), time.perf_counter(), time.time_ns(),
            datetime.datetime.now(), datetime.datetime.now(datetime.UTC), random.random(),
            random.Random().random(), os.urandom(8), uuid.uuid4(), secrets.token_hex()]
def coarse():
    return [time.ctime(), time.strftime("%X"), time.localtime(), time.gmtime(), time.asctime(),
            datetime.date.today(), datetime.datetime.today()]
def shown(values): return [str(value) for value in values]
"""


def test_clocks_and_chance_come_back() -> None:
    _, before, died, after, later = blocks(
        READINGS,
        "import numpy\nx = shown(fine() + coarse()) + [numpy.random.rand()]\nanswer['content'] = x",
        DIE,
        "answer['content'] = x",
        "answer['content'] = shown(fine())",
    )
    assert died.answer == before.answer
    assert after.answer == before.answer
    first, again = before.answer.content, later.answer.content
    assert isinstance(first, list)
    assert isinstance(again, list)
    assert len(again) == len(set(again) - set(first))


def test_time_stands_still_in_no_replay() -> None:
    code = """
import time
end = time.monotonic() + 0.2
readings = 0
while time.monotonic() < end: readings += 1
"""
    waited, died, after = blocks(code, DIE, "readings > 0, time.monotonic() >= end")
    assert (waited.status, died.status) == ("ok", "died")
    assert "Block 1 was run again" in died.output
    assert after.output == "(True, True)\n"


def test_patched_clocks_are_like_the_real_ones() -> None:
    code = """
import datetime, time
now, today = datetime.datetime.now(), datetime.date.today()
plain = datetime.datetime.strptime("2026-01-02", "%Y-%m-%d").date()
assert isinstance(now, datetime.date) and isinstance(plain, datetime.date)
assert not isinstance(today, datetime.datetime) and not isinstance(1, datetime.date)
assert issubclass(datetime.datetime, datetime.date) and datetime.date.min < today
class Day(datetime.date): pass
assert isinstance(Day(2026, 1, 2), datetime.date) and not isinstance(today, Day)
assert abs(now.timestamp() - time.time()) < 60 and time.gmtime(0).tm_year == 1970
assert abs(datetime.datetime.utcnow() - datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
           ) < datetime.timedelta(minutes=1)
assert type(now + datetime.timedelta(1)) is datetime.datetime
answer["content"] = [today, plain]
datetime.datetime(2026, 1, 2), datetime.date(2026, 1, 2)
"""
    (block,) = blocks(code)
    assert block.output == "(datetime.datetime(2026, 1, 2, 0, 0), datetime.date(2026, 1, 2))\n"
    assert [str(day) for day in block.answer.content][1] == "2026-01-02"  # type: ignore[attr-defined]


def test_the_same_block_after_a_death_asks_only_what_was_not_answered() -> None:
    host = host_of_numbers()
    again = "x = [llm_query('a'), llm_query('a'), llm_query('b')]"
    _, died, same, other = blocks(
        "import os", f"{again}\n{DIE}", f"{again}\n{DIE}", again, host=host
    )
    assert (died.status, same.status, other.status) == ("died", "died", "ok")
    assert host.prompts == ["a", "a", "b", "a", "a", "b"]


def test_a_block_that_goes_another_way_is_dropped_with_what_follows() -> None:
    first, strange, third, died, after = blocks(
        "x = 1",
        "import os\ny = llm_query(f'process {os.getpid()}')",
        "z = 3",
        DIE,
        "x, 'y' in globals(), 'z' in globals()",
    )
    assert [b.status for b in (first, strange, third, died)] == ["ok", "ok", "ok", "died"]
    assert (
        "Block 2 went another way when it was run again (it called llm_query in another way than "
        "the first time): what it and later blocks did is lost. Block 1 was run again in it"
    ) in died.output
    assert after.output == "(1, False, False)\n"


def test_a_block_that_fails_only_on_a_replay_is_dropped() -> None:
    counted = "import os\nassert os.getpid() == {pid}"

    async def run() -> Block:
        async with repl() as session:
            pid = (await session.run("import os\nos.getpid()")).output.strip()
            await session.run(counted.format(pid=pid))
            return await session.run(DIE)

    died = asyncio.run(run())
    assert "(it ended with error, and the first time with ok)" in died.output


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os\nos._exit(3)", "its process ended with status 3"),
        ("import ctypes\nctypes.string_at(1)", "it was killed by SIGSEGV"),
        (
            "import os\nfor fd in range(3, 99):\n  try: os.close(fd)\n  except OSError: pass",
            "status",
        ),
    ],
)
def test_however_the_worker_ends_the_session_goes_on(code: str, why: str) -> None:
    died, after = blocks(code, "1", limits=ReplLimits(seconds=5))
    assert died.status == "died"
    assert why in died.output
    assert "A new one was started." in died.output
    assert after.output == "1\n"


def test_a_worker_killed_between_two_blocks_is_noticed() -> None:
    host = ScriptedHost()

    async def run() -> Block:
        async with repl(host) as session:
            pid = int((await session.run("import os\nx = llm_query('p')\nos.getpid()")).output)
            os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.1)
            block = await session.run("x")
            assert session.restarts == 1
            return block

    block = asyncio.run(run())
    assert block.status == "ok"
    note, shown = block.output.splitlines()
    assert note.startswith("[The REPL was gone: it was killed by SIGKILL")
    assert shown == "'re: p'"
    assert host.prompts == ["p"]


def test_a_call_under_way_when_the_worker_dies_is_given_up() -> None:
    cancelled = []

    async def reply(prompt: str) -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(prompt)
            raise
        return prompt

    code = f"import threading, time\nthreading.Thread(target=llm_query, args='p').start()\n{DIE}"
    died, after = blocks(
        code.replace("\nimport os", "\ntime.sleep(0.1)\nimport os"), "1",
        host=ScriptedHost(llm_query=reply),
    )  # fmt: skip
    assert died.status == "died"
    assert after.output == "1\n"
    assert cancelled == ["p"]
