"""The program that a root would ideally write: word for word, and that it is Python."""

from __future__ import annotations

import builtins
from keyword import kwlist
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from targets.compiled_files import ALL, FILES, compiled, compiled_text
from targets.test_prompts import same_as

from rlmflow.runtime.repl.worker.offered import Steps, offered
from rlmflow.targets.program import program_blocks, program_text
from rlmflow.targets.repl_names import NAMES, step_names, variables

# Names that no step can have, beside those that the test itself uses.
RESERVED = frozenset(
    """strategy type test use answer hint ensures within match else true false none and or not in
    item left right docs len""".split()  # noqa: SIM905  # a line of words is easier to read
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_program_of_a_strategy(path: Path) -> None:
    same_as(f"{path.stem}.program.txt", program_text(compiled(path)))


def carried_out(
    blocks: tuple[str, ...], steps: tuple[str, ...]
) -> tuple[list[str], dict[str, Any]]:
    """The steps that the blocks ask for, in order, and the names that they leave."""
    asked: list[str] = []

    def ask(name: str, /, *arguments: object, **keywords: object) -> list[str]:
        asked.append(str(arguments[0]))
        return ["x", "y", "z"]

    left: dict[str, Any] = {"answer": {"content": "", "ready": False}, "steps": Steps(ask, steps)}
    for number, block in enumerate(blocks, start=1):
        assert left["answer"]["ready"] is False
        exec(compile(block, f"<block {number}>", "exec"), left)
    return asked, left


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_program_runs_each_step_once_and_then_answers(path: Path) -> None:
    program = compiled(path)
    names = step_names(program.strategies[program.main])
    asked, left = carried_out(program_blocks(program), names)
    assert asked == [*names, "answer"]
    assert left["answer"] == {"content": ["x", "y", "z"], "ready": True}


def test_the_answer_is_looked_at_before_it_is_announced() -> None:
    *_, content, ready = program_blocks(compiled(FILES[0]))
    assert "answer[" in content.splitlines()[-1]
    assert "print" in content
    assert "ready" not in content
    assert ready == 'answer["ready"] = True'


names_of_steps = st.lists(
    st.sampled_from([*kwlist, *(n for n in dir(builtins)), *(n.name for n in NAMES)])
    | st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True),
    min_size=1,
    max_size=6,
    unique=True,
).map(lambda names: [n for n in names if n.lower() not in RESERVED and not n.startswith("__")])


@given(names_of_steps)
def test_any_name_of_a_step_will_do(names: list[str]) -> None:
    steps = "\n".join(f"  {name} = records(docs, by: line)" for name in names)
    listed = ", ".join(f"len({name})" for name in names)
    program = compiled_text(
        f"strategy one(docs: corpus) -> list[int] {{\n{steps}\n  answer [{listed}]\n}}"
    )
    asked, left = carried_out(program_blocks(program), tuple(names))
    assert asked == [*names, "answer"]
    assert left["answer"]["ready"] is True
    assert callable(left.get("print", print))
    given_names = variables(program.strategies["one"])
    assert len(set(given_names.values())) == len(given_names)
    assert all(left[given_names[name]] == ["x", "y", "z"] for name in names)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=600))
def test_whatever_a_line_holds_it_is_one_comment(text: str) -> None:
    written = text.replace("\\", "").replace('"', "")
    program = compiled_text(
        "strategy one(docs: corpus) -> int {\n"
        f'  kept = filter(records(docs, by: line), where: item.text != "{written}")\n'
        "  answer len(kept)\n}"
    )
    asked, _ = carried_out(program_blocks(program), ("kept",))
    assert asked == ["kept", "answer"]
    assert all(len(block) < 800 for block in program_blocks(program))


def test_the_worker_has_the_names_that_a_root_is_told() -> None:
    bound = offered(lambda *_, **__: None, ())
    assert {*bound, "context", "answer"} == {name.name for name in NAMES}
