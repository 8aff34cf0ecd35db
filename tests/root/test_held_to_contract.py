"""A root is held to the contract: what it read counts, and it is told what is missing."""

from __future__ import annotations

import pytest
from root.rooted import READY, code, lead, setting

from rlmflow.testing import items_of

SUMMARY = """
strategy summary(docs: corpus) -> text
  ensures covers(docs)
{
  parts = chunk(docs, size: 400 chars, at: paragraph)
  points = map(parts) -> text "Sum it up."
  answer join(points)
}
"""
LOG = "\n".join(
    f"2025-01-{day:02}: the tenant of flat {day * day} has paid" for day in range(1, 31)
)
FOUND = """
type Found { what: text  quote: quote }
strategy find(docs: corpus) -> list[Found]
  ensures covers(docs), keeps(found), once(found), grounded(docs)
{
  found = extract(records(docs, by: line)) -> Found "Find all."
  answer found
}
"""


def yes(request):
    """`yes`, for each item of a pack."""
    keys = request.schema["properties"] if request.schema else ()
    return dict.fromkeys(keys, "yes") if keys else "yes"


def quoted(request):
    return {"items": [{"what": "it", "quote": items_of(request)[1][:10]}]}


HALF = code(
    "half = context[: len(context) // 2]",
    "replies = llm_batch([half[at : at + 500] for at in range(0, len(half), 500)])",
    'answer["content"] = " ".join(replies)',
)
REST = code(
    "rest = context[len(context) // 2 :]",
    'print(llm_query("Sum it up.\\n\\n" + rest))',
)


def test_what_a_root_slices_and_pastes_counts_as_read():
    led = lead(SUMMARY, LOG, [HALF, READY, REST, READY], sub=yes)
    assert "Not accepted: the answer breaks the contract.\ncovers(docs): " in led.told[2]
    assert "% unread: input.txt:16-30 (never shown to a model)" in led.told[2]
    assert led.outcome.status == "complete"
    assert led.outcome.coverage.gaps == 0
    assert [verdict.holds for verdict in led.outcome.verdicts] == [True]


def test_a_prompt_that_failed_is_no_reading():
    def sub(request):
        return yes(request) if "Sum it up" in request.messages[1].content else ""

    led = lead(SUMMARY, LOG, [HALF, setting("'x'"), READY, REST, READY], sub=sub)
    assert "covers(docs): 100% unread" in led.told[3]
    assert led.outcome.status == "incomplete"


def test_the_steps_of_the_strategy_count_exactly():
    led = lead(SUMMARY, LOG, [setting("steps.answer()"), READY], sub=yes)
    assert led.outcome.status == "complete"
    assert led.outcome.coverage.read == led.outcome.coverage.total


def test_lines_that_are_all_the_same_are_counted_though_not_placed():
    text = "\n".join(["the very same line, again and again"] * 9)
    paste = code(
        "lines = context.splitlines()",
        'print(llm_query("How many?\\n" + "\\n".join(lines[:4])))',
        'answer["content"] = "nine"',
    )
    led = lead(SUMMARY, text, [paste, READY], sub=yes, turns=3)
    assert led.outcome.status == "incomplete"
    assert led.outcome.coverage.unplaced > 0
    assert led.outcome.coverage.share == pytest.approx(4 / 9)


def test_an_item_that_the_answer_lacks_is_named():
    led = lead(
        FOUND,
        "a fine line\nand another\n",
        [
            code("found = steps.found()", 'answer["content"] = found[:1]'),
            READY,
            code('answer["content"] = sorted(found, key=lambda one: one["quote"])'),
            READY,
        ],
        sub=quoted,
    )
    assert "keeps(found): not in the answer: 1 of 2 items (input.txt:2)" in led.told[2]
    assert led.outcome.status == "complete"
    assert led.outcome.answer.quotes == 2
    assert led.outcome.answer.places == ("input.txt:1", "input.txt:2")


def test_an_item_that_is_there_twice_is_named():
    twice = code("found = steps.found()", 'answer["content"] = [*found, *found]')
    led = lead(FOUND, "a fine line\n", [twice, READY, setting("found"), READY], sub=quoted)
    assert "once(found): in the answer twice: 1 of 1 items (input.txt:1)" in led.told[2]
    assert led.outcome.status == "complete"


def test_a_quote_that_a_root_made_up_is_named():
    made_up = code("found = steps.found()", 'mine = [{"what": "it", "quote": "a firm line"}]')
    led = lead(
        FOUND,
        "a fine line\n",
        [made_up, setting("found + mine"), READY, setting("found"), READY],
        sub=quoted,
    )
    assert "grounded(docs): with a quote that does not stand there: 1 of 2 items" in led.told[3]
    assert led.outcome.status == "complete"


def test_what_is_promised_of_a_step_needs_the_step():
    own = code('answer["content"] = [{"what": "it", "quote": "a fine line"}]')
    led = lead(FOUND, "a fine line\n", [own, READY], sub=quoted, turns=4)
    assert "keeps(found): the step `found` was not run" in led.told[2]
    assert led.outcome.status == "incomplete", "out of turns is no breach"
    assert led.outcome.answer.value == [{"what": "it", "quote": "a fine line"}]


def test_a_free_root_is_held_to_what_is_promised_of_the_input():
    paste = code('answer["content"] = [{"what": "it", "quote": llm_query(context)}]')
    led = lead(FOUND, "a fine line\n", [paste, READY], sub=lambda _: "fine", mode="free")
    assert [verdict.clause for verdict in led.outcome.verdicts] == [
        "covers(docs)",
        "grounded(docs)",
    ]
    assert led.outcome.status == "complete"
