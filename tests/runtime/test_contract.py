"""What a run is held to: each clause, what breaks it, and what is said of that."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from rlmflow.graph.model import Program
from rlmflow.models._protocol import ModelFailure, Request
from rlmflow.models.scripted import Script, ScriptedModel
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.coverage import Reason
from rlmflow.runtime.job import Job
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.run import run
from rlmflow.testing import NoWaiting, compiled, items_of
from rlmflow.values import Corpus, Document, Unread

TYPES = """
type Line { text: text }
type Row { user: text  body: text }
type Found { what: text  quote: quote }
"""
TEXT = "ada: pays the rent\nbob: owes a book\nada: has a key\neve: pays nothing\n"
ROWS = r'records(docs, by: r"(?P<user>\w+): (?P<body>.*)") -> Row'


def program_of(body: str, returns: str, ensures: str, kind: str | None = None) -> Program:
    """A strategy whose clauses are made to say `kind`, so that no proof has let them pass."""
    promised = ensures if kind is None else f"covers({ensures}, 1%)"
    program = compiled(
        f"{TYPES} strategy s(docs: corpus, n: int = 0) -> {returns}"
        f" ensures {promised} within 100 calls {{ {body} }}"
    )
    if kind is None:
        return program
    main = program.strategies["s"]
    clauses = tuple(replace(clause, kind=kind, share=None) for clause in main.ensures)
    return replace(program, strategies={"s": replace(main, ensures=clauses)})


def outcome_of(
    program: Program,
    script: Script,
    text: str | Mapping[str, str] = TEXT,
    *,
    unread: tuple[Unread, ...] = (),
    **options: Any,
) -> Outcome:
    named = {"in.txt": text} if isinstance(text, str) else text
    corpus = Corpus(tuple(Document(name, held) for name, held in named.items()), unread)
    surroundings = Surroundings(clock=NoWaiting())
    models = {"sub": ScriptedModel(script)}
    return asyncio.run(
        run(Job(program, {"docs": corpus}, {}, models, surroundings=surroundings, **options))
    )


def values(request: Request) -> object:
    """`yes` for each item, in the form that is asked for."""
    if request.schema is None:
        return "yes"
    keys = request.schema["properties"]  # type: ignore[index]  # it is one of an object
    return dict.fromkeys(keys, "yes")


def but(line: str, reply: object) -> Script:
    """`values`, and for a call that shows a line another reply."""
    return lambda request: reply if line in request.messages[1].content else values(request)  # type: ignore[return-value]  # as given


REFUSED = ModelFailure("refused", "the model refused", again=False)
EACH = "lines = records(docs, by: line)  answer map(lines, pack: 1) -> text 'Say it.'".replace(
    "'", '"'
)


def judged(outcome: Outcome) -> tuple[str, list[str]]:
    return outcome.status, [verdict.words for verdict in outcome.verdicts if not verdict.holds]


# covers


def test_all_was_read() -> None:
    outcome = outcome_of(program_of(EACH, "list[text]", "covers(docs), covers(lines)"), values)
    assert judged(outcome) == ("complete", [])
    assert outcome.coverage.gaps == 0
    assert [(v.read, v.total) for v in outcome.verdicts] == [(54, 54), (54, 54)]


def test_what_failed_is_listed_and_the_run_incomplete() -> None:
    program = program_of(EACH, "list[text]", "covers(docs)")
    outcome = outcome_of(program, but("bob", REFUSED))
    reason = "failed at `answer`: refused: the model refused"
    assert judged(outcome) == ("incomplete", [f"covers(docs): 24.1% unread: in.txt:2 ({reason})"])
    (gap,) = outcome.coverage.unread
    assert (gap.span.text, gap.ink, gap.reason.step) == ("bob: owes a book", 13, "answer")


def test_what_the_budget_did_not_allow_is_said_to_be_so() -> None:
    program = program_of(EACH, "list[text]", "covers(docs)")
    main = replace(program.strategies["s"].limits, calls=2)
    program = replace(program, strategies={"s": replace(program.strategies["s"], limits=main)})
    status, unmet = judged(outcome_of(program, values, width=1))
    assert status == "incomplete"
    assert "in.txt:3-4 (not asked by `answer`: over the budget: within 2 calls)" in unmet[0]


@pytest.mark.parametrize(("share", "status"), [("75%", "complete"), ("76%", "incomplete")])
def test_a_share_is_counted_in_characters(share: str, status: str) -> None:
    program = program_of(EACH, "list[text]", f"covers(docs, {share})")
    outcome = outcome_of(program, but("bob", REFUSED))
    assert judged(outcome)[0] == "incomplete", "an item failed"
    assert outcome.verdicts[0].holds == (status == "complete")


def test_what_a_step_leaves_out_is_told_apart_from_what_matches_no_record() -> None:
    body = f"""
      rows = {ROWS}
      mine = filter(rows, where: item.user == "ada")
      answer map(mine) -> text "Say it."
    """
    program = program_of(body, "list[text]", "covers(docs, 90%)")
    status, unmet = judged(outcome_of(program, values, TEXT + "no record at all\n"))
    assert status == "refused"
    assert unmet == [
        "covers(docs, 90%): 61.2% unread: "
        "in.txt:2, in.txt:4 (left out by `mine`: it is in `mine.dropped`); "
        "in.txt:5 (left out by `rows`: it is in `rows.unmatched`)"
    ]


def test_what_nobody_asked_about_was_never_shown() -> None:
    body = """
      parts = chunk(docs, size: 20 chars, at: line)
      few = [first(parts)]
      answer map(few) -> text "Say it."
    """.replace("[first(parts)]", 'search(parts, "ada", top: 1)')
    outcome = outcome_of(program_of(body, "list[text]", "covers(docs, 50%)"), values)
    assert judged(outcome)[0] == "refused"
    body = 'one = first(docs)  answer match one { none => "none", else => "some" }'
    outcome = outcome_of(program_of(body, "text", "covers(docs, 50%)"), values)
    assert judged(outcome) == (
        "refused",
        ["covers(docs, 50%): 100% unread: in.txt:1-4 (never shown to a model)"],
    )


def test_a_trial_breaks_no_promise() -> None:
    program = program_of(EACH, "list[text]", "covers(docs)")
    status, unmet = judged(outcome_of(program, values, limit=1))
    assert status == "incomplete"
    assert unmet == ["covers(docs): 72.3% unread: in.txt:2-4 (beyond the items of the trial)"]


def test_a_file_that_is_no_text_counts_against_its_input() -> None:
    scan = (Unread("scan.pdf", "no text layer", (3,)),)
    program = program_of(EACH, "list[text]", "covers(docs)")
    status, unmet = judged(outcome_of(program, values, unread=scan))
    assert status == "incomplete"
    assert unmet == ["covers(docs): 50% unread: scan.pdf (no text layer)"]
    program = program_of(EACH, "list[text]", "covers(lines)")
    assert judged(outcome_of(program, values, unread=scan)) == ("complete", [])


def test_a_field_that_alone_is_shown_is_all_that_is_read() -> None:
    body = f'rows = {ROWS}  answer map(rows, show: item.body) -> text "Say it."'
    program = program_of(body, "list[text]", "covers(rows.body), covers(docs, 90%)")
    outcome = outcome_of(program, values)
    assert judged(outcome)[0] == "refused"
    assert [verdict.holds for verdict in outcome.verdicts] == [True, False]


JOINED = """
  points = map(docs, pack: 1) -> text "Sum it up."
  answer ask(join(points)) -> text "Put it together."
"""


def test_new_texts_are_read_where_their_items_are_shown() -> None:
    program = program_of(JOINED, "text", "covers(docs), covers(points)")
    outcome = outcome_of(program, lambda r: items_of(r)[1], {"a": "one two", "b": "three"})
    assert judged(outcome) == ("complete", [])
    assert [(v.read, v.total) for v in outcome.verdicts] == [(11, 11), (11, 11)]


def test_documents_that_are_joined_are_read_as_one() -> None:
    program = program_of('answer ask(text(docs)) -> text "?"', "text", "covers(docs)")
    assert judged(outcome_of(program, values, {"a": "one", "b": "two"})) == ("complete", [])


def test_a_text_that_is_cut_anew_is_read_by_its_parts() -> None:
    body = """
      points = map(docs, pack: 1) -> text "Sum it up."
      parts = chunk(join(points), size: 4 chars, at: char)
      answer map(parts, pack: 1) -> text "Say it."
    """
    program = program_of(body, "list[text]", "covers(points)")
    replies = {"a": "one two", "b": "three"}
    script: Script = lambda r: items_of(r)[1]  # noqa: E731 - a script is a function of a request
    assert judged(outcome_of(program, script, replies)) == ("complete", [])
    outcome = outcome_of(program, but("two", "other"), {"a": "one", "b": "two!"})
    assert outcome.verdicts[0].holds
    broken = outcome_of(
        program, lambda r: REFUSED if items_of(r)[1] == "thre" else items_of(r)[1], replies
    )
    assert judged(broken)[0] == "incomplete"
    assert (broken.verdicts[0].read, broken.verdicts[0].total) == (7, 11)


def test_a_new_field_is_read_only_where_it_is_shown() -> None:
    body = f"""
      rows = {ROWS}
      kinds = map(rows, as: kind) -> text "Which kind?"
      said = map(kinds, show: item.body) -> text "Say it."
      answer said
    """
    program = program_of(body, "list[text]", "covers(kinds, 99%), covers(kinds.body)")
    outcome = outcome_of(program, values)
    assert [v.holds for v in outcome.verdicts] == [False, True]
    assert "not shown to a model: 4 of 4 items (in.txt:1" in outcome.verdicts[0].words
    whole = program_of(body.replace(", show: item.body", ""), "list[text]", "covers(kinds)")
    assert judged(outcome_of(whole, values)) == ("complete", [])


def test_equal_items_are_read_in_one() -> None:
    body = """
      lines = records(docs, by: line)
      apart = distinct(lines)
      answer map(apart) -> text "Say it."
    """
    program = program_of(body, "list[text]", "covers(docs)")
    outcome = outcome_of(program, values, "same\nsame\nother\nsame\n")
    assert judged(outcome) == ("complete", [])
    assert outcome.calls == 1


# keeps and once


def test_an_item_that_is_not_in_the_answer_breaks_keeps() -> None:
    body = f'rows = {ROWS}  mine = filter(rows, where: item.user == "ada")  answer mine'
    outcome = outcome_of(program_of(body, "list[Row]", "rows", "keeps"), values)
    missing = "not in the answer: 2 of 4 items (in.txt:2, in.txt:4)"
    assert judged(outcome) == ("refused", [f"covers(rows, 1%): {missing}"])
    rejoined = program_of(body.replace("answer mine", "answer mine + mine.dropped"),
                          "list[Row]", "keeps(rows), once(rows)")  # fmt: skip
    assert judged(outcome_of(rejoined, values)) == ("complete", [])


def test_an_item_that_failed_on_its_way_makes_the_run_incomplete() -> None:
    program = program_of(EACH, "list[text]", "keeps(lines), once(lines)")
    status, unmet = judged(outcome_of(program, but("eve", REFUSED)))
    assert status == "incomplete"
    assert unmet == ["keeps(lines): not in the answer: 1 of 4 items (in.txt:4)"]


def test_an_item_that_is_there_twice_breaks_once() -> None:
    body = "lines = records(docs, by: line) -> Line  twice = concat(lines, lines)  answer twice"
    outcome = outcome_of(program_of(body, "list[Line]", "lines", "once"), values)
    status, (words,) = judged(outcome)
    assert status == "refused"
    assert "in the answer twice: 4 of 4 items (in.txt:1, in.txt:2, in.txt:3, in.txt:4)" in words


CUT = {
    "lines": "records(docs, by: line)",
    "parts": "chunk(docs, size: 9 chars, margin: 4 chars, at: char)",
    "lines of parts": "records(chunk(docs, size: 30 chars), by: line)",
    "groups of lines": "group(records(docs, by: line), by: len(item.text))",
}


@pytest.mark.parametrize("cut", CUT)
def test_what_is_cut_is_there_once_with_all_its_pieces(cut: str) -> None:
    body = f'pieces = {CUT[cut]}  said = map(pieces, as: n, pack: 1) -> text "Say it."'
    body += "  answer count(said, by: item.n)"
    program = program_of(body, "dict[text, int]", "keeps(docs), once(docs)")
    texts = {"a": TEXT, "empty": "", "b": "one more line", "blank": " \n\n"}
    assert judged(outcome_of(program, values, texts)) == ("complete", [])


def test_what_is_cut_twice_is_there_twice() -> None:
    body = """
      lines = records(docs, by: line) -> Line
      paragraphs = records(docs, by: paragraph) -> Line
      answer concat(lines, paragraphs)
    """
    status, (words,) = judged(outcome_of(program_of(body, "list[Line]", "docs", "once"), values))
    assert status == "refused"
    assert "in the answer twice: 1 of 1 items (in.txt:1)" in words


def test_what_is_there_whole_and_in_pieces_is_there_twice() -> None:
    body = """
      told = map(docs) -> text "Say it."
      lines = map(records(docs, by: line)) -> text "Say it."
      answer told + lines
    """
    status, _ = judged(outcome_of(program_of(body, "list[text]", "docs", "once"), values))
    assert status == "refused"


def test_what_a_document_lacks_breaks_keeps() -> None:
    body = 'kept = filter(docs, where: item.name == "a")  answer map(kept) -> text "Say it."'
    program = program_of(body, "list[text]", "docs", "keeps")
    outcome = outcome_of(program, values, {"a": "one", "b": "two", "empty": ""})
    status, (words,) = judged(outcome)
    assert status == "refused"
    assert "not in the answer: 1 of 3 items (b:1)" in words


def test_an_item_that_is_used_twice_in_one_value_is_there_twice() -> None:
    body = "lines = records(docs, by: line)  answer text(lines) + text(lines)"
    outcome = outcome_of(program_of(body, "text", "lines", "once"), values)
    assert judged(outcome)[0] == "refused"


def test_a_list_of_values_holds_each_item_once() -> None:
    body = f"""
      rows = {ROWS}
      mine = filter(rows, where: item.user == "ada")
      answer [text(mine), text(mine.dropped)]
    """
    program = program_of(body, "list[text]", "keeps(rows), once(rows)")
    assert judged(outcome_of(program, values)) == ("complete", [])


def test_what_a_match_looks_at_is_not_in_the_answer() -> None:
    body = """
      lines = records(docs, by: line)
      answer match len(lines) { 0 => "none", else => text(lines) }
    """
    program = program_of(body, "text", "lines", "once")
    assert judged(outcome_of(program, values)) == ("complete", [])


# grounded

QUOTES = 'answer extract(docs) -> Found "Find all."'


def finding(*quotes: str) -> Script:
    items = [{"what": "it", "quote": quote} for quote in quotes]
    return lambda request: {"items": items}


def test_quotes_stand_in_the_input() -> None:
    program = program_of(QUOTES, "list[Found]", "grounded(docs)")
    outcome = outcome_of(program, finding("pays the rent", "has a\nkey"), TEXT)
    assert judged(outcome) == ("complete", [])
    assert outcome.answer is not None
    assert outcome.answer.quotes == 2
    assert outcome.answer.places == ("in.txt:1", "in.txt:3")


def test_a_quote_from_elsewhere_breaks_grounded() -> None:
    body = f"""
      rows = {ROWS}
      _mine = filter(rows, where: item.user == "ada")
      answer extract(rows) -> Found "Find all."
    """
    program = program_of(body, "list[Found]", "_mine", "grounded")
    outcome = outcome_of(program, lambda r: {"items": [{"what": "", "quote": items_of(r)[1]}]})
    status, (words,) = judged(outcome)
    assert status == "refused"
    assert "with a quote that does not stand there: 2 of 4 items (in.txt:2, in.txt:4)" in words


# called strategies

CALLED = (
    TYPES
    + """
strategy halves(doc: document) -> text
  ensures covers(doc, 90%)
{
  parts = chunk(doc, size: 9 chars, at: char)
  few = filter(parts, where: not contains(item.text, "x"))
  answer join(map(few, pack: 1) -> text "Say it.")
}
strategy s(docs: corpus) -> list[text]
  ensures covers(docs, 10%)
{
  answer map(docs, with: halves)
}
"""
)


def test_a_called_strategy_is_held_to_its_own_contract() -> None:
    program = compiled(CALLED)
    program = replace(program)
    whole = outcome_of(program, values, {"a": "one two three", "b": "four"})
    assert judged(whole) == ("complete", [])
    outcome = outcome_of(program, values, {"a": "one two three x", "b": "four", "c": "x x"})
    status, (words,) = judged(outcome)
    assert status == "refused"
    assert words.startswith("covers(doc, 90%) of `halves`: broken in 2 of 3 calls; ")
    assert outcome.answer is not None
    failed = outcome_of(program, but("four", REFUSED), {"a": "one two three", "b": "four"})
    assert judged(failed)[0] == "incomplete"


def test_what_a_failed_step_would_have_read_is_no_breach() -> None:
    body = """
      near = search(docs, "rent", top: n)
      answer ask(near) -> text "?"
    """
    outcome = outcome_of(program_of(body, "text", "covers(docs, 50%)"), values)
    status, (words,) = judged(outcome)
    assert status == "incomplete"
    assert "failed at `near`: `top` is at least 1, and here it is 0" in words


TALLIED = """
strategy tally(rows: list[text]) -> list[text] ensures once(rows) { answer ROWS }
strategy s(docs: corpus) -> list[text] {
  said = map(records(docs, by: line)) -> text "Say it."
  answer tally(said + said)
}
"""


@pytest.mark.parametrize(("used", "holds"), [("rows", True), ("rows + rows", False)])
def test_what_a_strategy_was_given_twice_it_may_use_twice(used: str, holds: bool) -> None:
    given = compiled(TALLIED.replace("ROWS", "rows"))
    if not holds:
        # No proof would let this pass.
        wrong = compiled(TALLIED.replace("ensures once(rows)", "").replace("ROWS", used))
        clauses = given.strategies["tally"].ensures
        tally = replace(wrong.strategies["tally"], ensures=clauses)
        given = replace(wrong, strategies={**wrong.strategies, "tally": tally})
    outcome = outcome_of(given, values)
    assert [verdict.holds for verdict in outcome.verdicts] == [holds]


def test_what_a_call_without_a_name_left_out_is_told_of_its_step() -> None:
    named = Reason("left out", "mine", "dropped")
    inside = Reason("left out", "kinds/1", "dropped")
    assert named.words == "left out by `mine`: it is in `mine.dropped`"
    assert inside.words == "left out by a call in `kinds`"
