"""What models do wrong in replies, and what becomes of it: noticed, and never an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rlmflow.models._protocol import ModelFailure, Request
from rlmflow.testing import items_of, run_text

TEXT = "\n".join(f"line {number} says word{number}" for number in range(6))
QUOTED = """
type Found { what: text  quote: quote }
type Line { text: text }
strategy s(docs: corpus) -> RETURNS
  ensures grounded(docs)
{
  lines = records(docs, by: line)
  answer CALL
}
"""
CALLS = {
    "ask": ("Found", 'ask(lines) -> Found "Quote one."'),
    "ask for a list": ("list[Found]", 'ask(lines) -> list[Found] "Quote some."'),
    "map": ("list[Found]", 'map(lines) -> Found "Quote each."'),
    "map one by one": ("list[Found]", 'map(lines, pack: 1) -> Found "Quote each."'),
    "map to quotes": ("list[quote]", 'map(lines) -> quote "Quote each."'),
    "reduce": ("Found", 'reduce(lines, width: 3) -> Found "Quote one."'),
    "extract": ("list[Found]", 'extract(lines) -> Found "Quote all."'),
}


def quoting(call: str) -> str:
    returns, written = CALLS[call]
    text = QUOTED.replace("RETURNS", returns).replace("CALL", written)
    # Of a tree of calls the upper ones see no input, so nothing is promised of it.
    return text.replace("  ensures grounded(docs)\n", "") if call == "reduce" else text


def said(request: Request, quote: Callable[[str], object]) -> Any:
    """A reply in the form that a request wants, with a quote for each item."""
    items = items_of(request)
    assert request.schema is not None
    wanted: dict[str, Any] = request.schema["properties"]  # type: ignore[assignment]  # of an object

    def value(number: int, schema: dict[str, Any]) -> object:
        if schema.get("type") == "array":
            return [value(number, schema["items"])]
        found = quote(items[number])
        return found if schema.get("type") == "string" else {"what": "it", "quote": found}

    if "what" in wanted:
        return value(1, {})
    return {key: value(int(key) if key.isdecimal() else 1, of) for key, of in wanted.items()}


def word_of(text: str) -> str:
    return next((word for word in text.split() if word.startswith("word")), text.split()[-1])


@pytest.mark.parametrize("call", CALLS)
def test_a_quote_is_verified_wherever_a_type_has_one(call: str) -> None:
    outcome = run_text(quoting(call), TEXT, lambda request: said(request, word_of))
    assert (outcome.status, outcome.rejected) == ("complete", ())
    assert outcome.answer is not None
    assert outcome.answer.quotes >= 1
    assert all(outcome.answer.places)


@pytest.mark.parametrize("call", CALLS)
def test_a_made_up_quote_goes_back_once_with_the_reason(call: str) -> None:
    told: list[str] = []

    def script(request: Request) -> Any:
        if len(request.messages) > 2:
            told.append(request.messages[-1].content)
            return said(request, word_of)
        return said(request, lambda text: "no such words")

    outcome = run_text(quoting(call), TEXT.splitlines()[0], script)
    assert outcome.status == "complete"
    assert len(told) == 1
    assert 'these quotes do not stand word for word in the data: "no such words"' in told[0]


@pytest.mark.parametrize("call", CALLS)
def test_a_quote_that_stays_made_up_never_becomes_an_answer(call: str) -> None:
    outcome = run_text(quoting(call), TEXT, lambda r: said(r, lambda _: "no such words"))
    listed = [*outcome.rejected, *outcome.failures]
    assert listed
    assert any("no such words" in one.reason for one in listed)
    assert "no such words" not in json.dumps(outcome.answer.value if outcome.answer else "")
    assert outcome.answer is None or outcome.answer.quotes == 0


def test_quotes_of_two_items_that_are_swapped_are_noticed() -> None:
    """What stands in another item of the pack stands there, but it is no quote of this one."""
    alone: list[str] = []

    def script(request: Request) -> Any:
        reply = said(request, word_of)
        if "1" in reply:
            reply["1"], reply["2"] = reply["2"], reply["1"]
        else:
            alone.append(items_of(request)[1])
        return reply

    outcome = run_text(quoting("map"), TEXT, script)
    assert outcome.status == "complete"
    assert [found["quote"] for found in outcome.answer.value] == [f"word{n}" for n in range(6)]
    assert sorted(alone) == TEXT.splitlines()[:2]


def test_one_finding_that_is_told_twice_is_taken_once() -> None:
    def twice(request: Request) -> Any:
        (found,) = said(request, word_of)["items"]
        return {"items": [found, found, {**found, "what": "something else"}]}

    outcome = run_text(quoting("extract"), TEXT, twice)
    assert outcome.answer is not None
    assert len(outcome.answer.value) == 12
    assert {one.reason for one in outcome.rejected} == {
        f'reported more often than it is there: "word{number}"' for number in range(6)
    }


def test_equal_findings_are_taken_as_often_as_their_quote_stands_there() -> None:
    def twice(request: Request) -> Any:
        return {"items": [{"what": "it", "quote": "again"}] * 3}

    outcome = run_text(quoting("extract"), "again and again", twice)
    assert outcome.answer is not None
    assert len(outcome.answer.value) == 2


def test_every_quote_of_a_record_is_looked_at() -> None:
    text = """
    type Pair { first: quote  second: quote?  more: list[quote] }
    strategy s(docs: corpus) -> list[Pair] {
      answer extract(docs) -> Pair "Find pairs."
    }
    """
    good = {"first": "one", "second": None, "more": ["two"]}
    bad = [{**good, "second": "four"}, {**good, "more": ["two", "five"]}, {**good, "first": " "}]
    outcome = run_text(text, "one two three", lambda request: {"items": [good, *bad]})
    assert outcome.answer is not None
    assert outcome.answer.value == [good]
    assert outcome.answer.quotes == 2
    assert [one.reason for one in outcome.rejected] == [
        'not in the text: "four"',
        'not in the text: "five"',
        'not in the text: " "',
    ]


FAULTS: dict[str, Callable[[Request, Any], Any]] = {
    "prose": lambda request, reply: "I think that some of them are.",
    "bad JSON": lambda request, reply: json.dumps(reply)[:-1] + ",,}",
    "cut short": lambda request, reply: json.dumps(reply)[:-3],
    "a refusal": lambda request, reply: ModelFailure("refused", "I can't do that", again=False),
    "a list": lambda request, reply: [reply],
    "nothing": lambda request, reply: "",
}
STEPS = {
    "map": ("list[text]", 'map(lines, choices: ["a", "b"]) -> text "Which?"'),
    "filter": ("list[Line]", 'filter(lines) "Is it?"'),
    "merge": ("list[Line]", 'merge(lines) "Are they the same?"'),
    "extract": ("list[Found]", 'extract(lines) -> Found "Find all."'),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_reply_is_never_an_answer(step: str, fault: str) -> None:
    returns, call = STEPS[step]
    text = QUOTED.replace("  ensures grounded(docs)\n", "").replace(
        "by: line)", "by: line) -> Line"
    )
    text = text.replace("RETURNS", returns).replace("CALL", call)

    def script(request: Request) -> Any:
        schema = json.dumps(request.schema)
        if '"groups"' in schema:
            reply: Any = {"groups": [[1, 2]]}
        elif '"quote"' in schema:
            reply = {"items": [{"what": "it", "quote": word_of(items_of(request)[1])}]}
        else:
            reply = dict.fromkeys(request.schema["properties"], "yes" if step == "filter" else "a")  # type: ignore[index]  # of an object
        return FAULTS[fault](request, reply)

    outcome = run_text(text, TEXT, script)
    assert outcome.status == "incomplete"
    places = {failure.place for failure in outcome.failures}
    if step != "merge":
        assert len(places) == 6
        assert not (outcome.answer and outcome.answer.value)
        assert outcome.coverage.read == 0
    else:
        assert len(places) == 6, "each item was to be compared with the others"
        assert outcome.answer is not None
        assert len(outcome.answer.value) == 6


@pytest.mark.parametrize(
    ("groups", "sets"),
    [
        ([[1, 2], [2, 3]], [{1, 2, 3}]),
        ([[1, 1, 2]], [{1, 2}]),
        ([[4]], []),
        ([[2, 1], [1, 2]], [{1, 2}]),
    ],
)
def test_merged_groups_keep_each_item_once(groups: Any, sets: list[set[int]]) -> None:
    text = """
    type Line { text: text }
    strategy s(docs: corpus) -> list[Line]
      ensures keeps(lines), once(lines)
    {
      lines = records(docs, by: line) -> Line
      answer merge(lines) "Are they the same?"
    }
    """

    def script(request: Request) -> Any:
        return {"groups": groups} if "groups" in json.dumps(request.schema) else {"text": "both"}

    outcome = run_text(text, TEXT, script)
    assert outcome.status == "complete"
    merged = sum(len(each) for each in sets)
    assert outcome.answer is not None
    assert len(outcome.answer.value) == 6 - merged + len(sets)


@pytest.mark.parametrize("number", [0, 7, True, "1", 1.0])
def test_an_id_that_is_none_goes_back(number: object) -> None:
    text = """
    type Line { text: text }
    strategy s(docs: corpus) -> list[Line] {
      answer merge(records(docs, by: line) -> Line) "Are they the same?"
    }
    """
    told: list[str] = []

    def script(request: Request) -> Any:
        if len(request.messages) > 2:
            told.append(request.messages[-1].content)
            return {"groups": []}
        return {"groups": [[2, number]]}

    outcome = run_text(text, TEXT, script)
    assert outcome.status == "complete"
    assert "there is no item with the id" in told[0]
