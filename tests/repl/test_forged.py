"""Code that writes to the worker's channel itself: the host says what came, and goes on."""

from __future__ import annotations

import asyncio

import pytest
from repl.repl_host import SOCKET, ScriptedHost, blocks

from rlmflow.runtime.repl.block import ReplLimits

MOST = 100_000
PROBLEMS = {
    "b'\\xff' * 4": "it sent a message of 4,294,967,295 bytes; at most 100,000 can be sent",
    "frame(b'x' * 100_001)": "it sent a message of 100,001 bytes; at most 100,000 can be sent",
    "frame(b'')": "it sent a message that makes no sense: Input data was truncated",
    "frame(b'\\xc1')": "it sent a message that makes no sense",
    "frame(b'\\x91' * 50_000)": "it sent a message that makes no sense",
    "message(['ready', None])": "it sent a message out of turn",
    "message(['done', 99, 'ok', '', None, False, None, {}, 0])": "it sent a message out of turn",
    "message(['done', 2, 'died', '', None, False, None, {}, 0])": "Invalid enum value 'died'",
    "message(['call', 1, 'llm_query', [['p'], {}]])": "it sent a call out of turn",
    "message(['call', 2, 'llm_query', 'p'])": "it sent a call that makes no sense",
    "message(['call', 2, 'llm_query', [['p'], {}, 3]])": "it sent a call that makes no sense",
    "b''.join(message(['call', 2 + n, 'slow', [[n], {}]]) for n in range(1100))":
        "it made more than 1,024 calls at once",
    # Half a frame: the channel is stuck until the block's time is up.
    "b'\\0\\0\\xff\\xff'": "its code went on after its time was up",
}  # fmt: skip
FORGE = f"""{SOCKET}
import msgspec, time
x = llm_query('p')
def frame(body): return len(body).to_bytes(4, 'big') + body
def message(value): return frame(msgspec.msgpack.encode(value))
"""


@pytest.mark.parametrize("forged", PROBLEMS)
def test_a_forged_message_ends_the_worker_with_a_clean_message(forged: str) -> None:
    async def never(n: int) -> None:
        await asyncio.sleep(600)

    host = ScriptedHost(slow=never)
    limits = ReplLimits(seconds=0.5 if "xff\\xff'" in forged else 20, grace=0.5, frame=MOST)
    write = f"import socket\nwith socket.socket(fileno=os.dup(channel)) as s: s.sendall({forged})"
    _, block, after = blocks(FORGE, f"{write}\ntime.sleep(5)", "x", host=host, limits=limits)
    assert block.status in ("died", "timeout")
    assert PROBLEMS[forged] in block.output
    assert after.output == "'re: p'\n"
    assert host.prompts[0] == "p"
    assert host.prompts.count("p") == 1


def test_a_forged_end_is_taken_for_the_end_and_what_comes_after_for_nonsense() -> None:
    """Code may say of its own block what it likes; the next block is another matter."""
    forged = "message(['done', 2, 'ok', 'forged', None, False, None, {}, 0])"
    _, block, after = blocks(FORGE, f"os.write(channel, {forged})\ntime.sleep(0.3)", "x")
    assert block.output == "forged"
    assert "out of turn" in after.output


def test_a_forged_call_is_refused_by_nobody_but_the_host() -> None:
    _, block = blocks(
        FORGE, "os.write(channel, message(['call', 2, 'llm_query', [['q'], {}]]))\ntime.sleep(0.2)"
    )
    assert block.requests == 1
    # The worker gets a reply that nobody waits for, and can't go on.
    assert block.status == "died"
