"""A selection that looks at nothing a model adds is made before the model is asked."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

import rlmflow.compiler
from rlmflow.graph.dump import dump
from rlmflow.graph.model import Program
from rlmflow.hunt.reader import perfect
from rlmflow.hunt.watch import watched
from rlmflow.passes.drop_dead_steps import drop_dead_steps
from rlmflow.passes.select_before_asking import select_before_asking
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.job import Job
from rlmflow.testing import NoWaiting, compiled
from rlmflow.values import Corpus, Document

FRAME = """
type Line {{ user: text  body: text }}
type Which = "x" | "y"
strategy s(docs: corpus, user: text = "a") -> {returns} {promises}
{{
  lines = records(docs, by: r"(?P<user>\\w+): (?P<body>.*)") -> Line
{steps}
  answer {answer}
}}
"""


def program_of(steps: str, answer: str, returns: str = "text", promises: str = "") -> Program:
    text = FRAME.format(steps=steps, answer=answer, returns=returns, promises=promises)
    return compiled(text)


ASKED = '  kinds = map(lines, as: kind) -> text "Which kind?"\n'


def test_the_selection_is_a_call_inside_of_the_question() -> None:
    steps = ASKED + "  mine = filter(kinds, where: item.user == user)"
    program = program_of(steps, "count(mine, by: item.kind)", "dict[text, int]")
    assert dump(program) == (
        "strategy s(docs: list[document], user: text) -> dict[text, int]\n"
        r'  lines: list[Line] = records(docs: docs, by: r"(?P<user>\w+): (?P<body>.*)") -> Line'
        "\n    item docs as docs\n"
        "  kinds/1: list[Line] = filter(x: lines, where: item.user == user)\n"
        "    item lines as x\n    context user as where\n"
        "  kinds: list[Line + kind] = map(x: kinds/1, as: kind) -> text with a prompt\n"
        "    item kinds/1 as x\n"
        "  mine: list[Line + kind] = kinds\n    item kinds as value\n"
        "  answer: dict[text, int] = count(x: mine, by: item.kind)\n    item mine as x\n"
        "  result answer: dict[text, int]\n"
    )
    assert program.rewritten == (
        "what `filter(kinds, where: item.user == user)` leaves out is not asked by `kinds`",
    )


@pytest.mark.parametrize(
    ("steps", "answer"),
    [
        (ASKED + '  mine = filter(kinds, where: item.kind == "x")', "text(mine)"),
        (ASKED + '  mine = filter(kinds, where: contains(text(item), "x"))', "text(mine)"),
        (ASKED + '  mine = grep(kinds, r"x")', "text(mine)"),
        (ASKED + "  mine = top(kinds, 2, by: len(item.body))", "text(mine)"),
        (ASKED + "  mine = filter(kinds, where: item.user == user)", "text(mine) + text(kinds)"),
        (
            ASKED + "  mine = filter(kinds, where: item.user == user)",
            "text(mine) + text(mine.dropped)",
        ),
        (
            ASKED + "  mine = filter(kinds, where: len(item.user) < len(kinds))",
            "text(mine)",
        ),
        (
            '  kinds = map(lines, as: kind, on_failure: skip(5%)) -> text "Which?"\n'
            "  mine = filter(kinds, where: item.user == user)",
            "text(mine)",
        ),
        (
            '  kinds = map(lines) -> text "Which?"\n  mine = filter(kinds, where: len(item) > 1)',
            "text(mine)",
        ),
        ('  kinds = filter(lines) "Is it?"\n  mine = top(kinds, 2, by: 0)', "text(mine)"),
    ],
)
def test_what_does_not_commute_stays(steps: str, answer: str) -> None:
    assert program_of(steps, answer).rewritten == ()


@pytest.mark.parametrize(
    ("promises", "moved"),
    [
        ("", True),
        ("ensures once(lines)", True),
        ("ensures covers(lines)", False),
        ("ensures covers(lines, 90%)", False),
        ("ensures keeps(kinds)", False),
        ("ensures once(kinds)", False),
        ("ensures once(mine)", False),
    ],
)
def test_what_is_promised_stays(promises: str, moved: bool) -> None:
    steps = ASKED + "  mine = filter(kinds, where: item.user == user)\n"
    if "keeps" in promises:
        steps = steps.replace("item.user == user", "true")
        with pytest.raises(Exception, match="RF4"):
            program_of(steps, "mine", "list[Line]", promises)
        return
    assert bool(program_of(steps, "text(mine)", promises=promises).rewritten) is moved


conditions = st.sampled_from(
    ["item.user == user", "len(item.body) > 3", 'contains(text(item), "b")', "{added}", "{added}"]
)
chains = st.lists(st.sampled_from(["map", "ask", "where", "grep"]), min_size=2, max_size=6)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Steps one after the other: questions that add a field or leave out, and selections."""
    steps, added, before = [], [], "lines"
    for number, kind in enumerate(draw(chains)):
        if kind == "map":
            call = f'map({before}, as: f{number}, pack: 1) -> Which "Which?"'
        elif kind == "ask":
            call = f'filter({before}, pack: 1, show: item.body) "Is it?"'
        elif kind == "grep":
            call = f'grep({before}, r"{draw(st.sampled_from(["a", "b", "[ab]c"]))}")'
        else:
            field = draw(st.sampled_from(added)) if added else None
            of_added = f'item.{field} == "x"' if field else "true"
            call = f"filter({before}, where: {draw(conditions).format(added=of_added)})"
        if kind == "map":
            added.append(f"f{number}")
        steps.append(f"  s{number} = {call}")
        before = f"s{number}"
    return FRAME.format(
        steps="\n".join(steps), answer=f"text({before})", returns="text", promises=""
    )


lines = st.lists(
    st.tuples(st.sampled_from("abc"), st.text("abc ", min_size=1)), min_size=1, max_size=8
)


@seed(1)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), lines)
def test_the_answer_is_the_same_and_no_more_is_asked(
    text: str, told: list[tuple[str, str]]
) -> None:
    corpus = Corpus((Document("d.txt", "\n".join(f"{user}: {body}" for user, body in told)),))

    def run(*rewrites: rlmflow.compiler.Rewrite) -> tuple[object, int]:
        with patch.object(rlmflow.compiler, "REWRITES", rewrites):
            program = compiled(text)
        job = Job(program, {"docs": corpus}, {}, {}, surroundings=Surroundings(clock=NoWaiting()))
        outcome = asyncio.run(watched(job, perfect())).outcome
        assert outcome.status == "complete"
        return outcome.answer, outcome.calls

    answer, calls = run(drop_dead_steps)
    rewritten, fewer = run(drop_dead_steps, select_before_asking)
    assert rewritten == answer
    assert fewer <= calls
