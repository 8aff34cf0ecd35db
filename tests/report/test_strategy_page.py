"""A strategy as a page."""

from __future__ import annotations

from pathlib import Path

from rlmflow.compile_file import compile_file
from rlmflow.report.strategy_page import page


def test_a_page_names_the_python_that_a_strategy_runs(tmp_path: Path) -> None:
    tools = tmp_path / "tools.py"
    tools.write_text("def clean(text: str, *, most: int = 3) -> str: ...\nraise SystemExit")
    file = tmp_path / "tally.rlm"
    file.write_text(
        """
use python "./tools.py" (clean) as tidy

strategy tally(docs: corpus, kind: text = "a") -> dict[text, int]
  ensures covers(docs, 50%)
  within 10 calls, 2 minutes
{
  said = map(docs, tools: [tidy]) -> text "What?"
  answer count(said, by: tidy(item))
}
"""
    )
    program = compile_file(file).program
    assert program is not None
    assert page(program).splitlines() == [
        'strategy tally(docs: corpus, kind: text = "a") -> dict[text, int]',
        "  ensures covers(docs, 50%)",
        "  within 10 calls, 2 minutes",
        f"  runs clean(text: text, most: int) -> text of {tools}",
    ]


def test_a_page_says_what_its_parameters_are(tmp_path: Path) -> None:
    file = tmp_path / "asked.rlm"
    file.write_text(
        """
strategy asked(
  docs: corpus,
  question: text = "Who?" "what to   find out",
  most: int = 3,
) -> text {
  answer ask(docs) -> text "{{ question }} {{ most }}"
}
"""
    )
    program = compile_file(file).program
    assert program is not None
    assert page(program).splitlines() == [
        'strategy asked(docs: corpus, question: text = "Who?", most: int = 3) -> text',
        "",
        "question  what to find out",
    ]
