"""Time: a block's own is limited, in two tiers; waiting for the host is free."""

from __future__ import annotations

import asyncio

from repl.repl_host import ScriptedHost, blocks

from rlmflow.runtime.repl.block import ReplLimits

SHORT = ReplLimits(seconds=0.5, grace=0.5)
ENDLESS = "while True: pass"
# Endless but for what outlasts every interrupt; calls, so that no interrupt falls between.
STUBBORN = """
def spin():
    while True: pass
def stay():
    try: spin()
    except BaseException: stay()
stay()
"""


def test_code_without_end_is_stopped_and_its_state_is_kept() -> None:
    late, after = blocks(f"x = 1\nprint('here')\n{ENDLESS}", "x", limits=SHORT)
    assert late.status == "timeout"
    assert late.output.splitlines() == [
        "here",
        "Traceback (most recent call last):",
        '  File "<block 1>", line 3, in <module>',
        "    while True: pass",
        "TimeUp: the block was stopped: it ran for more than 0.5 s, not counting what it waited "
        "for models; what it had done until then is kept",
    ]
    assert (after.status, after.output) == ("ok", "1\n")


def test_code_that_swallows_the_interrupt_is_ended_and_the_rest_is_replayed() -> None:
    host = ScriptedHost()
    kept, stopped, late, after = blocks(
        "x = llm_query('once')", f"x += '!'\n{ENDLESS}", f"print('in it')\n{STUBBORN}", "x",
        host=host, limits=SHORT,
    )  # fmt: skip
    assert (kept.status, stopped.status, late.status) == ("ok", "timeout", "timeout")
    assert late.output == (
        "[The block was ended: it ran for more than 0.5 s, not counting what it waited for "
        "models; its code went on after its time was up. What this block did is lost. A new one "
        "was started. Block 1 was run again in it, with the replies recorded. Block 2 was not, "
        "because of the time-out.]\n[The last that it printed:]\nin it\n"
    )
    assert after.output == "'re: once'\n"
    assert host.prompts == ["once"]


def test_a_long_call_in_c_is_ended() -> None:
    late, after = blocks("sum(range(10**11))", "2", limits=SHORT)
    assert late.status == "timeout"
    assert after.output == "2\n"


def test_a_thread_that_goes_on_after_the_time_ends_the_worker() -> None:
    code = f"import threading\ndef spin():\n  {ENDLESS}\n"
    late, after = blocks(
        f"{code}threading.Thread(target=spin).start()\nspin()", "'fresh'", limits=SHORT
    )
    assert late.status == "timeout"
    assert "threads that it had started went on after that" in late.output
    assert after.output == "'fresh'\n"


def test_waiting_for_the_host_is_not_code_time() -> None:
    async def slow(prompt: str) -> str:
        await asyncio.sleep(0.4)
        return prompt

    code = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as pool: print(*pool.map(llm_query, 'ab'))
llm_query('c') + llm_query('d')
"""
    (block,) = blocks(code, host=ScriptedHost(llm_query=slow), limits=SHORT)
    assert (block.status, block.output) == ("ok", "a b\n'cd'\n")


def test_time_goes_on_after_the_host_was_waited_for() -> None:
    (late,) = blocks(f"llm_query('a')\nx = llm_query('b')\n{ENDLESS}", limits=SHORT)
    assert late.status == "timeout"
    assert late.requests == 2


def test_a_value_that_takes_forever_to_show_is_stopped() -> None:
    code = f"class B:\n  def __repr__(self):\n    {ENDLESS}\n"
    shown, raised, after = blocks(
        f"{code}B()", f"class E(Exception):\n  def __str__(self):\n    {ENDLESS}\nraise E", "1",
        limits=SHORT,
    )  # fmt: skip
    assert (shown.status, after.output) == ("timeout", "1\n")
    assert raised.output.endswith("E: <exception str() failed>\n")
