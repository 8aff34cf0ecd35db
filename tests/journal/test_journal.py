"""The file itself: what is written is there again, in whatever state it was left."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.diagnostics.model import StrategyError
from rlmflow.journal.entry import Damaged, Entry, of_reply, packed, to_reply, unpacked
from rlmflow.journal.journal import Journal, NotKept
from rlmflow.journal.layout import MIGRATIONS, VERSION
from rlmflow.journal.opening import connect, make_ready
from rlmflow.models._protocol import Reply, ToolCall, Usage

texts = st.text(st.characters())
counts = st.none() | st.integers(0, 10**9)
replies = st.builds(
    Reply,
    texts,
    st.builds(Usage, counts, counts),
    st.lists(st.builds(ToolCall, texts, texts, texts), max_size=2).map(tuple),
)


def entry(number: int, text: str = "", **more: Any) -> Entry:
    key = number.to_bytes(16)
    return Entry(key, bytes(36), "step", "model", None, Reply(text or f"reply {number}", **more))


def written(path: Path, *entries: Entry) -> None:
    async def write() -> None:
        async with Journal(path, f"run {os.urandom(4).hex()}") as journal:
            await asyncio.gather(*(journal.keep([one]) for one in entries))

    make_ready(path)
    asyncio.run(write())


def texts_in(path: Path, numbers: range) -> list[str | None]:
    async def read() -> list[str | None]:
        async with Journal(path, "") as journal:
            known = journal.known([number.to_bytes(16) for number in numbers])
            found = [known.get(number.to_bytes(16)) for number in numbers]
            return [reply and reply.text for reply in found]

    return asyncio.run(read())


@given(replies)
def test_a_reply_comes_back_as_it_was(reply: Reply) -> None:
    assert to_reply(unpacked(*packed(of_reply(reply)))) == reply


@given(replies, st.data())
def test_a_byte_that_was_changed_is_seen(reply: Reply, data: st.DataObject) -> None:
    value, size, crc = packed(of_reply(reply))
    at = data.draw(st.integers(0, len(value) - 1))
    changed = data.draw(st.integers(0, 255).filter(lambda byte: byte != value[at]))
    with pytest.raises(Damaged):
        unpacked(value[:at] + bytes([changed]) + value[at + 1 :], size, crc)


def test_what_is_written_is_there_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    written(path, *(entry(number) for number in range(500)))
    assert texts_in(path, range(501)) == [*(f"reply {n}" for n in range(500)), None]


def test_the_first_of_two_writers_stands(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    written(path, entry(1, "first"))

    async def second() -> tuple[list[Reply], list[Reply]]:
        async with Journal(path, "second") as journal:
            kept = await journal.keep([entry(1, "second")])
            return kept, await journal.keep([entry(1, "third")], anew=True)

    kept, anew = asyncio.run(second())
    assert [reply.text for reply in kept + anew] == ["first", "third"]
    assert texts_in(path, range(1, 2)) == ["third"]


WRITE = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from journal.test_journal import entry, written
written(Path(sys.argv[1]), *(entry(n, f"of {{sys.argv[2]}}") for n in range(300)))
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    code = WRITE.format(tests=str(Path(__file__).parent.parent))
    arguments = [sys.executable, "-c", code, str(path)]
    both = [subprocess.Popen([*arguments, name]) for name in ("one", "two")]
    assert [process.wait(60) for process in both] == [0, 0]
    assert set(texts_in(path, range(300))) <= {"of one", "of two"}


def test_an_old_journal_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as old:
        old.executescript(MIGRATIONS[0])
        old.execute("PRAGMA user_version = 1")
        value = packed(of_reply(Reply("from version 1")))
        row = (1, (7).to_bytes(16), bytes(36), "step", "model", None, *value, 0, 1)
        old.execute(f"INSERT INTO replies VALUES ({', '.join('?' * len(row))})", row)
        old.commit()
    written(path, entry(8))
    assert texts_in(path, range(7, 9)) == ["from version 1", "reply 8"]
    with contextlib.closing(sqlite3.connect(path)) as now:
        assert now.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_journal_from_the_future_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    written(path, entry(1))
    with contextlib.closing(sqlite3.connect(path)) as future:
        future.execute("PRAGMA user_version = 99")
    with pytest.raises(StrategyError) as raised:
        make_ready(path)
    (finding,) = raised.value.diagnostics
    assert finding.code == "RF550"
    assert "newer rlmflow" in finding.message


def damage(path: Path, way: str) -> None:
    """Do to a journal what a hand, a disk or a crash may."""
    content = bytearray(path.read_bytes())
    match way:
        case "truncated":
            content = content[: len(content) // 2]
        case "no header":
            content[:100] = b"x" * 100
        case "a page of zeros":
            content[4096 * 5 : 4096 * 6] = bytes(4096)
        case "emptied":
            content = bytearray()
        case "another kind of file":
            content = bytearray(b"these are my notes\n" * 500)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("way", "least"),
    [
        ("truncated", 100),
        ("no header", 0),
        ("a page of zeros", 900),
        ("emptied", 0),
        ("another kind of file", 0),
    ],
)
def test_what_is_intact_in_a_damaged_journal_is_used(way: str, least: int, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    long = " ".join(map(str, range(40)))
    written(path, *(entry(number, f"reply {number} {long}") for number in range(1000)))
    damage(path, way)
    findings = make_ready(path)
    assert [finding.code for finding in findings] == ([] if way == "emptied" else ["RF551"])
    found = texts_in(path, range(1000))
    assert all(text in (None, f"reply {n} {long}") for n, text in enumerate(found))
    assert sum(text is not None for text in found) >= least
    written(path, entry(1001))
    assert make_ready(path) == []


def test_a_reply_that_was_altered_is_none(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    written(path, entry(1, "kept"), entry(2, "altered"))
    with contextlib.closing(connect(path)) as by_hand:
        altered = packed(of_reply(Reply("forgery")))[0]
        by_hand.execute("UPDATE replies SET value = ? WHERE key = ?", (altered, (2).to_bytes(16)))
    assert texts_in(path, range(1, 3)) == ["kept", None]
    written(path, entry(2, "asked again"))
    assert texts_in(path, range(1, 3)) == ["kept", "asked again"]


def test_a_full_disk_is_told_and_costs_nothing_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    written(path, entry(1))

    async def write() -> None:
        async with Journal(path, "run") as journal:
            await journal._done(lambda connection: connection.execute("PRAGMA max_page_count = 12"))
            noise = os.urandom(100_000).hex()
            with pytest.raises(NotKept, match=r"journal\.sqlite can't be written: .*full"):
                await journal.keep([entry(2, noise)])
            await journal.keep([entry(3)])

    asyncio.run(write())
    assert texts_in(path, range(1, 4)) == ["reply 1", None, "reply 3"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(StrategyError) as raised:
        make_ready(folder / ".rlmflow" / "journal.sqlite")
    assert raised.value.diagnostics[0].code == "RF550"


def test_a_place_that_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").mkdir()
    with pytest.raises(StrategyError) as raised:
        make_ready(tmp_path / "journal.sqlite")
    (finding,) = raised.value.diagnostics
    assert finding.code == "RF550"
    assert "--no-journal" in str(finding.hint)
