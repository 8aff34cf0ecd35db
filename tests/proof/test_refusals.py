"""What is said of a clause that is not proved, and what a program says of those that are."""

from __future__ import annotations

from textwrap import dedent

import pytest

from rlmflow.compiler import compile_source
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.diagnostics.render import render
from rlmflow.graph.model import Program
from rlmflow.source import Source

LOSSY = """\
strategy answer_of(docs: corpus, question: text) -> text
  ensures covers(docs)
{
  parts = chunk(docs, size: 6k tokens)
  near = search(parts, question, top: 10)
  answer ask(near) -> text \"\"\"{{ question }}\"\"\"
}
"""
DRAWN = """\
error RF412 [covers-not-kept]: `covers(docs)` does not hold: `near` keeps the 10 best parts, \
and the answer is made from them alone
  ┌─ lossy.rlm:2:11
2 │   ensures covers(docs)
  │           ^^^^^^^^^^^^
  note: `near` loses it here
   ┌─ lossy.rlm:5:10
5  │   near = search(parts, question, top: 10)
   │          --------------------------------
  path: docs → parts → near → answer
  hint: read the rest too (`near.dropped`), or promise what holds: `covers(near)`
"""


def found(text: str) -> list[Diagnostic]:
    return compile_source(Source("lossy.rlm", dedent(text))).diagnostics


def only(text: str) -> Diagnostic:
    (finding,) = found(text)
    return finding


def compiled(text: str) -> Program:
    compilation = compile_source(Source("sound.rlm", dedent(text)))
    assert compilation.diagnostics == []
    assert compilation.program is not None
    return compilation.program


def test_a_refusal_as_people_see_it() -> None:
    drawn = render(found(LOSSY))
    assert [line.split() for line in drawn.splitlines()] == [
        line.split() for line in DRAWN.splitlines()
    ]


@pytest.mark.parametrize("change", ["near.dropped", "near"])
def test_a_hint_does_what_it_says(change: str) -> None:
    if change == "near":
        assert found(LOSSY.replace("covers(docs)", "covers(near)")) == []
    else:
        assert found(LOSSY.replace("ask(near)", "ask(near, near.dropped)")) == []


HINTS = [
    (
        """
        type Line { user: text  body: text }
        strategy s(docs: corpus) -> list[text] ensures covers(docs) {
          lines = records(docs, by: r"(?P<user>\\w+): (?P<body>.*)") -> Line
          answer map(lines, show: item.body) -> text "What?"
        }
        """,
        "promise what holds: `covers(lines.body)`",
    ),
    (
        """
        type Line { user: text  body: text }
        strategy s(docs: corpus) -> list[text] ensures covers(lines) {
          lines = records(docs, by: r"(?P<user>\\w+): (?P<body>.*)") -> Line
          near = search(lines, "oats", top: 5)
          some = map(near, show: item.body) -> text "What?"
          answer some + map(near.dropped, show: item.body) -> text "What?"
        }
        """,
        "promise what holds: `covers(lines.body)`",
    ),
    (
        """
        strategy s(docs: corpus) -> text ensures covers(docs) {
          answer explore(docs, rounds: 2) -> text "What?"
        }
        """,
        "leave it to the run: `covers(docs, 100%)`",
    ),
    (
        """
        strategy s(docs: corpus) -> list[text] ensures keeps(docs) {
          found = extract(docs) -> text "What?"
          answer merge(found)
        }
        """,
        "promise what holds: `keeps(found)`",
    ),
    (
        """
        strategy s(docs: corpus) -> list[document] ensures keeps(docs) {
          few = sample(docs, 3)
          answer sort(few, by: item.name)
        }
        """,
        "bring the rest to the answer too (`few.dropped`), or promise what holds: `keeps(few)`",
    ),
    (
        """
        strategy s(docs: corpus) -> list[text] ensures once(docs) {
          found = extract(docs) -> text "What?"
          answer merge(found)
        }
        """,
        "promise what holds: `once(found)`",
    ),
    (
        """
        strategy s(docs: corpus) -> list[text] ensures grounded(docs) {
          answer extract(docs) -> text "What?"
        }
        """,
        "let the answer's items have a field `quote: quote`",
    ),
    (
        """
        strategy one(doc: document) -> text { answer ask(doc) -> text "What?" }
        strategy s(docs: corpus) -> list[text] ensures covers(docs) {
          answer map(docs, with: one)
        }
        """,
        "let `one` promise it: `ensures covers(doc)`",
    ),
    (
        """
        strategy s(docs: corpus) -> list[text] ensures keeps(docs), keeps(found) {
          found = extract(docs) -> text "What?"
          answer found
        }
        """,
        "leave it out: `keeps(found)`, which holds, is promised already",
    ),
    (
        """
        strategy s(docs: corpus) -> int ensures keeps(docs) {
          said = map(docs) -> text "What?"
          answer len(said)
        }
        """,
        "promise what holds: `covers(docs)`",
    ),
    (
        """
        strategy s(docs: corpus, question: text) -> int ensures keeps(docs) {
          near = search(docs, question, top: 3)
          answer len(near)
        }
        """,
        "leave it out: `keeps` holds of nothing near to it",
    ),
]


@pytest.mark.parametrize(("text", "hint"), HINTS, ids=[hint for _, hint in HINTS])
def test_hints(text: str, hint: str) -> None:
    assert only(text).hint == hint


def test_a_way_is_named_only_where_another_holds() -> None:
    text = """
    strategy s(docs: corpus, fast: bool) -> list[text] ensures covers(docs) {
      few = sample(docs, 3)
      answer match fast { true => map(few) -> text "What?", false => map(FALSE) -> text "What?" }
    }
    """
    assert "where `fast` is true: `few` keeps 3" in only(text.replace("FALSE", "docs")).message
    assert "does not hold: `few` keeps 3" in only(text.replace("FALSE", "few")).message


def test_a_place_in_a_strategy_that_is_called_is_shown() -> None:
    finding = only(
        """
        strategy best(xs: corpus) -> list[document] {
          few = sample(xs, 3)
          answer few
        }
        strategy s(docs: corpus) -> list[text] ensures covers(docs) {
          answer map(best(docs)) -> text "What?"
        }
        """
    )
    assert finding.span is not None
    assert finding.span.text == "covers(docs)"
    (note,) = finding.notes
    assert note.span.text == "sample(xs, 3)"
    assert finding.path == ("docs", "xs", "few", "best(…)", "answer")


def test_more_ways_than_can_be_tried_prove_nothing() -> None:
    matches = "\n".join(
        f'a{n} = match m{n} {{ "x" => docs, "y" => docs, else => docs }}' for n in range(6)
    )
    parameters = ", ".join(f"m{n}: text" for n in range(6))
    joined = " + ".join(f"a{n}" for n in range(6))
    finding = only(
        f"""
        strategy s(docs: corpus, {parameters}) -> list[text] ensures covers(docs) {{
          {matches}
          answer map({joined}) -> text "What?"
        }}
        """
    )
    assert finding.code == "RF412"
    assert "too many ways" in finding.message


def test_many_steps_are_no_deeper_than_one() -> None:
    steps = "\n".join(f"  s{n} = sort(s{n - 1}, by: item.name)" for n in range(1, 600))
    text = f"""
strategy s(docs: corpus) -> list[text] ensures covers(docs), keeps(docs), once(docs) {{
  s0 = docs
{steps}
  answer map(s599) -> text "What?"
}}
"""
    assert len(compiled(text).strategies["s"].proved) == 3
    lossy = found(text.replace("s599 = sort(s598, by: item.name)", "s599 = sample(s598, 3)"))
    assert [finding.code for finding in lossy] == ["RF412", "RF413"]


def test_a_program_says_what_was_proved_and_what_is_left() -> None:
    program = compiled(
        """
        strategy s(docs: corpus) -> list[text] ensures covers(docs), covers(few, 50%) {
          few = sample(docs, 3)
          answer map(few + few.dropped) -> text "What?"
        }
        """
    )
    strategy = program.strategies["s"]
    assert [clause.span.text for clause in strategy.proved] == ["covers(docs)"]
    assert [clause.span.text for clause in strategy.left_to_run] == ["covers(few, 50%)"]
