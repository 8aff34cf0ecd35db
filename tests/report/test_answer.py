"""How an answer is printed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.models._protocol import Request
from rlmflow.report.answer import as_data, as_listing, as_text
from rlmflow.report.figures import cost_line, lasting
from rlmflow.report.unread import lost, percent
from rlmflow.runtime.coverage import Coverage
from rlmflow.runtime.events import ItemFailed, Noted
from rlmflow.runtime.limits import Cost
from rlmflow.runtime.outcome import Answer, Outcome
from rlmflow.testing import items_of, run_text
from rlmflow.types import ANY
from rlmflow.values import Unread


def answer(value: object, *places: str | None) -> Answer:
    return Answer(value, ANY, places)


def outcome(**changes: object) -> Outcome:
    plain: dict[str, object] = {
        "status": "complete",
        "answer": answer(3),
        "failures": (),
        "skipped": (),
        "rejected": (),
        "notes": (),
        "coverage": Coverage(10, 10, ()),
        "unread": (),
        "spent": Cost(312, 1000, 100, Decimal("0.5")),
        "seconds": 1.23456,
        "folder": None,
    }
    return Outcome(**{**plain, **changes})  # type: ignore[arg-type]  # the fields stand above


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("as it is", "as it is\n"),
        ("with its own end\n", "with its own end\n"),
        (3, "3\n"),
        (None, "null\n"),
        (date(2025, 1, 31), "2025-01-31\n"),
        ({date(2025, 1, 31): 2, True: 1}, '{\n  "2025-01-31": 2,\n  "true": 1\n}\n'),
        (["ü"], '[\n  "ü"\n]\n'),
    ],
)
def test_one_value_is_raw_and_the_rest_is_json(value: object, printed: str) -> None:
    assert as_text(answer(value)) == printed
    assert as_listing(answer(value), 80) == printed


def test_records_are_listed_with_their_places() -> None:
    records = [
        {
            "who": "Acme",
            "quote": "Acme shall deliver the goods\nby the first of May at its own cost",
        },
        {"who": "\x1b[31mBeta", "quote": None},
    ]
    assert as_listing(answer(records, "a.txt:3", None), 50) == dedent(
        """\
        a.txt:3
          who    Acme
          quote  Acme shall deliver the goods by the first
                 of May at its own cost

        -
          who    ␛[31mBeta
          quote  null
        """
    )


def test_data() -> None:
    failed = ItemFailed("found", "docs.0", "a.txt:3", "no reply")
    data = as_data(
        outcome(
            status="incomplete",
            answer=answer([{"day": date(2025, 1, 31)}], "a.txt:3"),
            failures=(failed,),
            notes=(Noted("parts", "large"),),
            unread=(Unread("b.pdf", "no text layer", (2,)),),
            folder=Path("runs/1"),
        )
    )
    assert json.loads(json.dumps(data)) == {
        "status": "incomplete",
        "answer": [{"day": "2025-01-31"}],
        "places": ["a.txt:3"],
        "failures": [{"step": "found", "item": "docs.0", "place": "a.txt:3", "reason": "no reply"}],
        "skipped": [],
        "rejected": [],
        "notes": [{"step": "parts", "message": "large"}],
        "unread": [{"name": "b.pdf", "pages": [2], "reason": "no text layer"}],
        "unread_in_all": 1,
        "verdicts": [],
        "read": {"characters": 10, "of": 10},
        "quotes": 0,
        "usage": {
            "calls": 312,
            "tokens_in": 1000,
            "tokens_out": 100,
            "usd": 0.5,
            "seconds": 1.235,
        },
        "root": None,
        "folder": "runs/1",
    }


def test_a_cost_without_a_price_says_so() -> None:
    cost = Cost(1, 12_345, 67, Decimal("0.00123"))
    assert cost_line(cost, priced=True) == (
        "1 call · 12,345 tokens in · 67 tokens out · 0.0012 USD"
    )
    assert cost_line(cost, priced=False).endswith("· price unknown")


@given(st.integers(0, 10**15), st.integers(1, 10**15))
def test_all_is_said_only_of_all(part: int, whole: int) -> None:
    part = min(part, whole)
    assert (percent(part, whole) == "100.0%") == (part == whole)
    assert (lost(part, whole) == "100.0%") == (part == whole)
    assert (lost(part, whole) == "0.0%") == (part == 0)


def test_records_as_json_say_where_they_come_from() -> None:
    printed = json.loads(as_text(answer([{"who": "Acme"}, {"who": "Beta"}], "a.txt:3", None)))
    assert printed == [{"who": "Acme", "source": "a.txt:3"}, {"who": "Beta"}]
    own = [{"source": "mine"}]
    assert json.loads(as_text(answer(own, "a.txt:3"))) == own


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 second"), (59.6, "60 seconds"), (150, "2 minutes"), (8000, "2 hours")],
)
def test_a_time_is_said_in_words(seconds: float, said: str) -> None:
    assert lasting(seconds) == said


NESTED = """
type Seen { says: text  quote: quote }
type Told { answer: text  because: list[Seen]  best: Seen? }
strategy told(docs: corpus) -> Told {
  seen = extract(docs) -> Seen "List what is said."
  answer ask(seen) -> Told "Put it together."
}
"""


def test_quotes_inside_of_a_value_say_where_they_stand() -> None:
    def reply(request: Request) -> object:
        lines = [line for text in items_of(request).values() for line in text.splitlines()]
        quotes = [line.removeprefix("quote: ") for line in lines if "fee" in line]
        seen = [{"says": "x", "quote": quote} for quote in quotes]
        if request.step == "seen":
            return {"items": seen}
        return {"answer": "yes", "because": seen, "best": None}

    outcome = run_text(NESTED, {"a.md": "# A\n\na fee\n", "b.md": "the fee\nno\n"}, reply)
    assert outcome.answer is not None
    printed = json.loads(as_text(outcome.answer))
    assert printed["because"] == [
        {"says": "x", "quote": "a fee", "source": "a.md:3"},
        {"says": "x", "quote": "the fee", "source": "b.md:1"},
    ]
    assert printed["best"] is None
    assert outcome.answer.value["because"][0] == {"says": "x", "quote": "a fee"}
    assert outcome.answer.typed.because[1].quote == "the fee"
