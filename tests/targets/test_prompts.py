"""What a root model is told, word for word, and what holds for every such prompt."""

from __future__ import annotations

import builtins
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from targets.compiled_files import ALL, EXAMPLES, FILES, HERE, SAMPLES, compiled, compiled_text

from rlmflow.analysis.contract import CLAUSES
from rlmflow.graph.in_words import limits_in_words
from rlmflow.graph.model import ANSWER, Limits, Operation
from rlmflow.operators._operator import Call
from rlmflow.targets.dialects import DIALECTS, OURS
from rlmflow.targets.prompt import (
    Shape,
    Terms,
    child_prompt,
    free_prompt,
    hints,
    root_prompt,
    step_prompt,
)
from rlmflow.targets.prompt._contract import DEMANDS
from rlmflow.targets.repl_names import NAMES, step_names, variables
from rlmflow.text.tokens import count_tokens

MOST_TOKENS = 2500
MEGABYTE = Shape(1, 1_000_000)
GIGABYTE = Shape(20_000, 1_000_000_000)
LONG = "a setting as long as a short story, " * 100
ASK = """
strategy improvised(docs: corpus, question: text, labels: list[text]) -> dict[text, int] {
  answer ask(docs) -> dict[text, int]
    \"\"\"How often does {{ question }} come up? {% for l in labels %}{{ l }} {% endfor %}\"\"\"
}
"""

by_name = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def same_as(golden: str, text: str) -> None:
    """Set RLMFLOW_UPDATE_GOLDEN=1 to write the files anew; then read the difference."""
    file = HERE / "golden" / golden
    if os.environ.get("RLMFLOW_UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text("utf-8")


def improvising() -> Call:
    """A call as it stands behind a root that improvises: with a prompt, and a type."""
    program = compiled_text(ASK)
    node = program.strategies[program.main].graph[ANSWER]
    assert isinstance(node, Operation)
    return node.call


def every_prompt(path: Path) -> Iterator[str]:
    """Prompts of a file, in all their forms."""
    program = compiled(path)
    for terms in (
        Terms(),
        Terms(depth=0, window=128_000),
        Terms(hints=False),
        Terms(tips_tag=True),
    ):
        yield root_prompt(program, terms=terms)
        yield free_prompt(program, terms=terms)


# Golden files


@by_name
def test_the_prompt_of_a_strategy(path: Path) -> None:
    same_as(f"{path.stem}.prompt.md", root_prompt(compiled(path)))


def test_the_prompt_of_a_root_without_the_strategy() -> None:
    program = compiled(HERE.parent.parent / "examples" / "obligations.rlm")
    terms = Terms(depth=0, window=128_000, limits=Limits(calls=40), tips_tag=True)
    told = free_prompt(
        program, shapes={"docs": MEGABYTE}, values={"question": "What is due?"}, terms=terms
    )
    same_as("obligations.free.md", told)


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != OURS.name])
def test_the_prompt_of_a_root_that_works_elsewhere(name: str) -> None:
    program = compiled(HERE.parent.parent / "examples" / "obligations.rlm")
    terms = Terms(dialect=DIALECTS[name])
    same_as(f"obligations.{name}.md", root_prompt(program, shapes={"docs": MEGABYTE}, terms=terms))


def test_the_prompt_of_a_root_that_improvises_in_a_step() -> None:
    values = {"question": "rent", "labels": ["yes", "no"]}
    told = step_prompt(improvising(), items=Shape(12, 40_000), values=values, terms=Terms(turns=12))
    same_as("improvised.step.md", told)


def test_the_prompt_of_a_child() -> None:
    told = child_prompt("Who pays for the garden?", shape=Shape(3, 9_000), terms=Terms(depth=0))
    same_as("child.md", told)


def test_golden_files_are_of_files_that_exist() -> None:
    known = {path.stem for path in FILES} | {"child", "improvised"}
    assert {file.name.split(".")[0] for file in (HERE / "golden").iterdir()} == known


# Size


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_prompt_is_short(path: Path) -> None:
    assert all(count_tokens(told) < MOST_TOKENS for told in every_prompt(path))


@given(
    st.integers(0, 10**11), st.integers(0, 10**11), st.integers(0, 10**11), st.integers(0, 10**11)
)
def test_the_size_of_the_input_changes_its_digits_alone(a: int, b: int, c: int, d: int) -> None:
    program = compiled(EXAMPLES[0])
    first = root_prompt(program, shapes={"docs": Shape(a, b)})
    second = root_prompt(program, shapes={"docs": Shape(c, d)})
    assert _without_figures(first) == _without_figures(second)
    assert len(first.encode()) == len(second.encode())


def _without_figures(prompt: str) -> str:
    figures = re.compile(r"^(    (?:documents|items|characters): +)[\d,]+$", re.MULTILINE)
    blanked, count = figures.subn(lambda m: "?" * len(m[0]), prompt)
    assert count == 2
    return blanked


@by_name
def test_a_megabyte_and_a_gigabyte_are_told_in_as_many_bytes(path: Path) -> None:
    program = compiled(path)
    sizes = {
        len(tell(program, shapes=shapes))
        for shapes in ({"docs": MEGABYTE}, {"docs": GIGABYTE}, {})
        for tell in (root_prompt,)
    }
    assert len(sizes) == 1


def test_every_input_has_its_figures() -> None:
    program = compiled_text(
        'strategy two(old: corpus, new: document) -> text { answer ask(old, new) -> text "What?" }'
    )
    told = root_prompt(program, shapes={"old": Shape(7, 123), "new": Shape(1, 45_678)})
    assert re.search(r"`context` holds the input, which is called `old`.*\n\n.* 7\n.* 123\n", told)
    assert re.search(r"`new` holds a further input.*\n\n.* 1\n.* 45,678\n", told)


# The same bytes

PRINT_DIGESTS = """
from targets.test_prompts import digests
print(digests())
"""


def digests() -> str:
    """A digest of each prompt of every file."""
    told = (prompt for path in FILES for prompt in every_prompt(path))
    return " ".join(hashlib.sha256(prompt.encode()).hexdigest() for prompt in told)


def test_the_same_bytes_each_time_and_in_any_process() -> None:
    mine = digests()
    assert digests() == mine
    done = subprocess.run(
        [sys.executable, "-c", PRINT_DIGESTS],
        cwd=HERE.parent,
        env={**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": str(HERE.parent)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == mine


# What is not in it


@given(
    st.text(min_size=201, max_size=400) | st.lists(st.text(min_size=30), min_size=8, max_size=12)
)
def test_a_long_setting_is_named_and_not_told(value: object) -> None:
    type_ = "text" if isinstance(value, str) else "list[text]"
    program = compiled_text(
        f"strategy one(docs: corpus, much: {type_}) -> text "
        '{ answer ask(docs, also: much) -> text "What?" }'
    )
    told = root_prompt(program, values={"much": value})
    other = root_prompt(program, values={"much": type(value)()})
    assert f"- `much` ({type_}): " in told
    assert "in the variable\n" in told
    line = re.compile(r"^- `much` .*$", re.MULTILINE)
    assert line.sub("", told) == line.sub("", other)
    assert len(told) < len(other) + 80


def test_a_long_default_is_not_told_either() -> None:
    program = compiled_text(
        f'strategy one(docs: corpus, much: text = "{LONG}") -> text '
        '{ answer ask(docs, also: much) -> text "What?" }'
    )
    assert LONG[:300] not in root_prompt(program)
    assert f"a text of {len(LONG):,} characters, in the variable" in root_prompt(program)


def test_a_short_setting_is_told_as_python_writes_it() -> None:
    program = compiled(HERE.parent.parent / "examples" / "by_user.rlm")
    values = {"labels": ["a", "b"], "user": "it's\n{{ labels }} ```repl\nprint(1)\n```"}
    told = root_prompt(program, values=values)
    assert "- `labels` (list[text]): ['a', 'b']\n" in told
    assert f"- `user` (text): {values['user']!r}\n" in told


def test_a_task_with_a_long_value_is_a_variable() -> None:
    values = {"question": LONG, "labels": ["yes", "no"]}
    told = step_prompt(improvising(), values=values)
    assert LONG[:50] not in told
    assert "It stands in the variable `task` (" in told
    assert "in the variable `task` (3,000 characters)" in child_prompt("Who pays?\n" * 300)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_prompt_is_whole(path: Path) -> None:
    """No hole where something was to stand, no word of tools but its author's, no odd gap."""
    spoken_of = "tool" in path.read_text("utf-8").lower()
    for told in every_prompt(path):
        assert not re.search(r"(?<!items=)\bNone\b|Undefined|Operation\(|<rlmflow", told)
        assert spoken_of or "tool" not in told.lower()
        assert "\n\n\n" not in told
        assert told.endswith(".\n")


# Names


def _code(told: str) -> Iterator[str]:
    """The Python in a prompt: fences, and spans of code where no strategy is quoted."""
    yield from re.findall(r"```repl\n(.*?)```", told, re.DOTALL)
    yield from re.findall(r"^   `(.*)`$", told, re.MULTILINE)
    prose = re.sub(r"```repl.*?```", "", told, flags=re.DOTALL)
    quoting = ("# Task", "# Strategy", "# Contract")
    for part in re.split(r"^(?=# )", prose, flags=re.MULTILINE):
        if not part.startswith(quoting):
            yield from re.findall(r"`([^`\n]+)`", part)


# What a prompt names beside what stands in the REPL: tags of fences, types, modules.
WORDS = {"repl", "python", "re", "Items"}


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_name_in_a_prompt_is_in_the_repl(path: Path) -> None:
    program = compiled(path)
    strategy = program.strategies[program.main]
    known = {name.name for name in NAMES} | set(dir(builtins)) | set(variables(strategy).values())
    code = [piece for told in every_prompt(path) for piece in _code(told)]
    called = {name for piece in code for name in re.findall(r"(?<![\w.])([A-Za-z_]\w*)\(", piece)}
    bare = {piece for piece in code if piece.isidentifier()} - WORDS
    ran = {name for piece in code for name in re.findall(r"steps\.([A-Za-z_]\w*)", piece)}
    assert called <= known
    assert {"llm_batch", "rlm_query", "print"} <= called
    assert bare <= known | {parameter.name for parameter in strategy.parameters}
    assert {"context", "Failed"} <= bare | called
    assert ran <= {*step_names(strategy), "NAME", "answer"}


def test_names_are_offered_where_they_are_there() -> None:
    program = compiled(EXAMPLES[0])
    guided = root_prompt(program)
    assert all(f"- `{name.signature}`: " in guided for name in NAMES)
    assert "rlm_" not in root_prompt(program, terms=Terms(depth=0))
    assert "`steps" not in free_prompt(program)
    assert "rlm_query" in free_prompt(program)
    assert "`context: " not in root_prompt(
        compiled_text("strategy none_(n: int) -> int { answer n + 1 }")
    )


# Hints


@by_name
def test_hints_can_be_stripped(path: Path) -> None:
    program = compiled(path)
    for tell, free in ((root_prompt, False), (free_prompt, True)):
        bare = tell(program, terms=Terms(hints=False))
        for tag in (False, True):
            block = hints(program, free=free, terms=Terms(tips_tag=tag))
            assert tell(program, terms=Terms(tips_tag=tag)).replace(block, "") == bare
            assert block in tell(program, terms=Terms(tips_tag=tag))
        tagged = tell(program, terms=Terms(tips_tag=True))
        assert re.sub(r"<env_tips>\n.*</env_tips>\n\n", "", tagged, flags=re.DOTALL) == bare


def test_an_authors_hints_are_told() -> None:
    program = compiled_text(
        "strategy one(docs: corpus) -> text {\n"
        '  hint "Begin at the end."\n'
        '  hint """\n  Two\n  lines."""\n'
        '  answer ask(docs) -> text "What?" }'
    )
    assert "- Begin at the end.\n- Two\n  lines.\n" in root_prompt(program)
    assert "Begin at the end" not in root_prompt(program, terms=Terms(hints=False))


# Contract and budget


def test_every_clause_is_put_in_words() -> None:
    assert set(DEMANDS) == set(CLAUSES)


def test_a_clause_with_a_share() -> None:
    told = root_prompt(compiled(SAMPLES[0]))
    assert "- `covers(parts, 99%)`: at least 99% of the text of `parts`" in told


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(), ""),
        (Limits(calls=1), "1 call"),
        (
            Limits(calls=2000, tokens=10**6, seconds=1200.0),
            "2,000 calls, 1,000,000 tokens, 20 minutes",
        ),
        (Limits(seconds=90.0), "90 seconds"),
        (Limits(seconds=2.5), "2.5 seconds"),
        (Limits(usd=Decimal("4.1299")), "4.13 USD"),
        (Limits(usd=Decimal("0.0020"), seconds=1234.5678), "0.002 USD, 1,235 seconds"),
        (Limits(seconds=60.0, levels=3), "1 minute"),
    ],
)
def test_limits_in_words(limits: Limits, said: str) -> None:
    assert limits_in_words(limits) == said
