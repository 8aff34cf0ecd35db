"""`rlmflow test`: what it prints, and how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

STRATEGY = """strategy lines(docs: corpus) -> int {
  cut = records(docs, by: line)
  said = map(cut) -> text \"\"\"Say it.\"\"\"
  answer len(said)
}

test "good" of lines { given docs: "a" reply said: "b" expect answer == 1 }
test "bad" of lines {
  given docs: "a\\nb"
  reply perfect
  expect calls == 2
}
"""


def test_what_failed_is_shown(command: Any, tmp_path: Path) -> None:
    (tmp_path / "s.rlm").write_text(STRATEGY)
    ran = command("test", "s.rlm")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "ok   s.rlm:7 good",
        "FAIL s.rlm:8 bad",
        "     s.rlm:11: expect calls == 2",
        "       - 2",
        "       + 1",
        "2 tests · 1 failed",
    ]


def test_a_test_can_be_chosen_and_silence_asked_for(command: Any, tmp_path: Path) -> None:
    (tmp_path / "s.rlm").write_text(STRATEGY)
    assert command("test", ".", "-k", "goo", "-q") == (0, "", "")


def test_a_file_with_an_error_ends_with_code_2(command: Any, tmp_path: Path) -> None:
    (tmp_path / "s.rlm").write_text("strategy s(docs: corpus) -> text { answer doc }")
    ran = command("test", "s.rlm")
    assert ran.code == 2
    assert "RF201" in ran.err
