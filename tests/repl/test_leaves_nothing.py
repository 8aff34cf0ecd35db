"""After a session there is no process, no descriptor and no folder, however it ended."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from repl.repl_host import SOCKET, ScriptedHost, repl

from rlmflow.runtime.repl.block import ReplLimits
from rlmflow.runtime.repl.isolation.kinds import Isolation
from rlmflow.runtime.repl.isolation.lock import Lock
from rlmflow.runtime.repl.session import ReplNotStarted, Session
from rlmflow.runtime.repl.wire import Unsendable

PROC = Path("/proc/self")


def descriptors() -> int:
    """How many files this process has open."""
    return len(os.listdir(PROC / "fd"))


def children() -> set[int]:
    """The processes that this one has started, zombies among them."""
    found = set()
    for task in (PROC / "task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has just ended
            found |= set(map(int, (task / "children").read_text().split()))
    return found


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where scratch folders are made. After the test nothing may be left there or open."""
    if not PROC.exists():
        pytest.skip("no /proc: what is open or running can't be seen here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # What asyncio and subprocess open once and for all is open before.
    asyncio.run(asyncio.to_thread(lambda: None))
    before, started = descriptors(), children()
    yield tmp_path
    assert descriptors() == before
    assert children() == started
    assert list(tmp_path.iterdir()) == []


Use = Callable[[Session], Awaitable[object]]


async def _closed(session: Session) -> None:
    await session.run(
        "open('note', 'w').write('x')\nimport os\nos.makedirs('a/b')\nos.chmod('a', 0)"
    )


async def _unused(session: Session) -> None:
    pass


async def _raised(session: Session) -> None:
    raise KeyError("an error of who uses it")


async def _died(session: Session) -> None:
    assert (await session.run("import os\nos._exit(1)")).status == "died"


async def _dead(session: Session) -> None:
    pid = int((await session.run("import os\nos.getpid()")).output)
    os.kill(pid, 9)
    await asyncio.sleep(0.05)


async def _cancelled_in_code(session: Session) -> None:
    async with asyncio.timeout(0.2):
        await session.run("while True: pass")


async def _cancelled_in_a_call(session: Session) -> None:
    async with asyncio.timeout(0.2):
        await session.run("llm_query('p')")


async def _with_a_process(session: Session) -> None:
    block = await session.run("import os\npid = os.fork()\nif not pid:\n  while True: pass\npid")
    assert is_there(int(block.output))


async def _with_threads(session: Session) -> None:
    await session.run(
        "import threading\nfor n in range(9): threading.Thread(target=llm_query, args='p').start()"
    )


@pytest.mark.parametrize(
    ("use", "raised"),
    [
        (_closed, None),
        (_unused, None),
        (_raised, KeyError),
        (_died, None),
        (_dead, None),
        (_cancelled_in_code, TimeoutError),
        (_cancelled_in_a_call, TimeoutError),
        (_with_a_process, None),
        (_with_threads, None),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_session_leaves_nothing(use: Use, raised: type[Exception] | None) -> None:
    async def forever(prompt: str) -> str:
        await asyncio.sleep(600)
        return prompt

    async def run() -> None:
        async with repl(ScriptedHost(llm_query=forever)) as session:
            await use(session)

    with pytest.raises(raised) if raised else nullcontext():
        asyncio.run(run())


@pytest.mark.usefixtures("folder")
def test_a_task_that_is_cancelled_leaves_nothing() -> None:
    pids: asyncio.Queue[int] = asyncio.Queue()

    async def use() -> None:
        async with repl() as session:
            pids.put_nowait(int((await session.run("import os\nos.getpid()")).output))
            await session.run("while True: pass")

    async def run() -> int:
        task = asyncio.create_task(use())
        pid = await pids.get()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return pid

    assert not is_there(asyncio.run(run()))


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05])
@pytest.mark.usefixtures("folder")
def test_a_start_that_is_cancelled_leaves_nothing(after: float) -> None:
    async def run() -> None:
        session = repl()
        start = asyncio.create_task(session.__aenter__())
        await asyncio.wait([start], timeout=after)
        # A quick machine may have ended it by then.
        if start.cancel():
            with pytest.raises(asyncio.CancelledError):
                await start
        else:
            await session.__aexit__(None, None, None)

    asyncio.run(run())


def test_a_block_that_was_cancelled_is_not_kept_and_the_session_goes_on() -> None:
    async def run() -> str:
        async with repl() as session:
            await session.run("x = 1")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await session.run("x = 2\nwhile True: pass")
            return (await session.run("x")).output

    note, shown = asyncio.run(run()).splitlines()
    assert shown == "1"
    assert note.startswith("[The REPL was gone: the block before was cancelled.")


class Locked(Isolation):
    """An isolation whose lock can't be had."""

    def lock(self, *, scratch: Path, memory: int) -> Lock:
        return {**super().lock(scratch=scratch, memory=memory), "scratch": "/no/such/folder"}


def test_a_lock_that_cannot_be_had_is_told_and_leaves_nothing(folder: Path) -> None:
    with pytest.raises(ReplNotStarted, match="No such file or directory"):
        asyncio.run(repl(isolation=Locked("none")).__aenter__())


def test_a_program_that_is_not_there_is_told_and_leaves_nothing(folder: Path) -> None:
    with pytest.raises(ReplNotStarted, match="No such file or directory: '/no/such/program'"):
        asyncio.run(repl(isolation=Isolation("none", bubblewrap="/no/such/program")).__aenter__())


def test_a_program_that_fails_is_told_with_what_it_wrote(folder: Path) -> None:
    program = folder / "fails"
    program.write_text("#!/bin/sh\necho user namespaces are off >&2; exit 9\n")
    program.chmod(0o700)
    with pytest.raises(ReplNotStarted, match="ended with status 9: user namespaces are off"):
        asyncio.run(repl(isolation=Isolation("none", bubblewrap=str(program))).__aenter__())
    program.unlink()


@pytest.mark.usefixtures("folder")
def test_a_name_that_cannot_be_sent_is_told_and_leaves_nothing() -> None:
    with pytest.raises(Unsendable, match="a set can't be sent"):
        asyncio.run(repl(names={"labels": {"a"}}).__aenter__())


@pytest.mark.usefixtures("folder")
def test_a_worker_ends_when_its_host_is_gone() -> None:
    """Which the worker sees as the end of its channel."""

    async def run() -> None:
        async with repl(limits=ReplLimits(seconds=20)) as session:
            code = f"{SOCKET}\nimport socket\nsocket.socket(fileno=os.dup(channel)).shutdown(2)"
            block = await session.run(code)
            assert "its process ended with status 0" in block.output

    asyncio.run(run())
