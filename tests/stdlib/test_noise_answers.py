"""A reader that overlooks or errs where one thing is asked: how often the library is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest
from chance import further_than_chance
from stdlib.facts import FACT, facts_in
from stdlib.overlooking import OVERLOOKED, is_overlooked, lot, overlooking
from stdlib.std_task import STDLIB, Given, beside, task_of
from stdlib.tasks import math, shrink, verbatim, watch

from rlmflow.models._protocol import Request
from rlmflow.runtime.outcome import Outcome
from rlmflow.testing import items_of

SEEDS = range(120)
SEEN = 1 - OVERLOOKED


def outcome_of(name: str, given: Given) -> Outcome:
    file = STDLIB / f"{name}.rlm"
    return task_of(file).outcome(file.read_text("utf-8"), given)


@dataclass(frozen=True)
class Asked:
    """`needed`: the sentences of an input without which the answer is wrong; of the first
    that is overlooked another one is taken, or nothing is known. `right`: whether it is.
    """

    sentence: str
    needed: Callable[[Given], Iterator[str]]
    right: Callable[[Any, Given], bool]
    size: int = 12


def rule_and_value(given: Given) -> Iterator[str]:
    (name,) = re.findall(r"def order_3_by_(\w+)", given.texts["orders.py"])
    yield f"def order_3_by_{name}"
    yield from re.findall(rf"func {name}\(\) {{\n\s+return \d+;", given.texts["rules.js"])


def pump_and_keeper(given: Given) -> Iterator[str]:
    (hall,) = re.findall(r"In hall 3 runs .*\.", given.texts["halls.md"])
    yield hall
    (pump,) = re.findall(r"P\d+", hall)
    yield from re.findall(rf"In \d+, {pump} was .*\.", given.texts["new.md"])


def newest_letter(given: Given) -> Iterator[str]:
    told = re.findall(rf"On \S+ {watch.ABOUT} was \w+\.", "\n".join(given.texts.values()))
    yield max(told)


ASKED = {
    "code_questions": Asked(
        r"def order_\d+_by_\w+|func \w+\(\) \{\n\s+return \d+;",
        rule_and_value,
        lambda answer, given: answer is not None and answer["answer"] == given.gold["answer"],
    ),
    "deep_research": Asked(
        r"In hall \d+ runs the pump P\d+\.|In \d{4}, P\d+ was looked after by \w+\.",
        pump_and_keeper,
        lambda answer, given: answer["answer"] == given.gold["answer"],
    ),
    "watch": Asked(
        r"On \S+ the \w+ was \w+\.",
        newest_letter,
        lambda answer, given: answer is not None and answer["standing"] == given.gold["standing"],
        size=30,
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_is_right_where_all_that_it_rests_on_was_seen(name: str) -> None:
    asked, right, shares = ASKED[name], 0, []
    for seed in SEEDS:
        given = task_of(STDLIB / f"{name}.rlm").made(asked.size, seed)
        reader = overlooking(given.reader, asked.sentence, seed)
        outcome = outcome_of(name, replace(given, reader=reader))
        assert outcome.status == "complete"
        assert outcome.answer is not None
        needed = list(asked.needed(given))
        seen = not any(is_overlooked(sentence, seed) for sentence in needed)
        assert asked.right(outcome.answer.value, given) == seen
        right += seen
        shares.append(SEEN ** len(needed))
    variance = sum(share * (1 - share) for share in shares)
    assert right < len(SEEDS)
    assert not further_than_chance(right, sum(shares), variance, of=len(ASKED))


def test_a_needle_is_found_where_neither_look_overlooks_it() -> None:
    """Each step draws its own lot; what is in two passages is seen in both or in none."""
    found = there = 0
    for seed in SEEDS:
        given = task_of(STDLIB / "needle.rlm").made(30, seed)
        reader = overlooking(given.reader, FACT, seed, lambda request, _: request.step)
        outcome = outcome_of("needle", replace(given, reader=reader))
        assert outcome.answer is not None
        quotes = [one["quote"] for one in outcome.answer.value]
        steps = ("found", "answer")
        assert quotes == [
            fact
            for fact in given.gold
            if not any(is_overlooked(fact, seed, step) for step in steps)
        ]
        found, there = found + len(quotes), there + len(given.gold)
    share = SEEN**2
    assert found < there
    assert not further_than_chance(found, share * there, share * (1 - share) * there, of=1)


def test_of_a_digest_each_step_loses_what_it_overlooks() -> None:
    """What is shortened, then summed up, then made shorter may be overlooked three times."""
    found, mean, variance = 0, 0.0, 0.0
    for seed in SEEDS:
        given, steps = shrink.made(300, seed), set[str]()

        def step(request: Request, fact: str, steps: set[str] = steps) -> str:
            steps.add(request.step)
            return request.step

        reader = overlooking(given.reader, FACT, seed, step)
        outcome = outcome_of("shrink", replace(given, reader=reader))
        assert outcome.status == "complete"
        assert outcome.answer is not None
        facts = facts_in(given.gold)
        kept = [f for f in facts if not any(is_overlooked(f, seed, each) for each in steps)]
        assert facts_in(outcome.answer.value) == kept
        share = SEEN ** len(steps)
        found += len(kept)
        mean += share * len(facts)
        variance += share * (1 - share) * len(facts)
    assert not further_than_chance(found, mean, variance, of=1)


SLIPS = 0.4


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_copy_fails_where_the_draft_and_every_mending_slip(rounds: int) -> None:
    parts: list[str] = []

    def read(request: Request) -> Any:
        """A copy slips by a lot of its own; each slip is an x at its end."""
        shown = items_of(request)[1]
        if request.step == "drafts":
            parts.append(shown)
            return {"text": _copied(shown, 0)}
        before = len(shown) - len(shown.rstrip("x"))
        return {"text": _copied(beside(request)["source"], before)}

    given = verbatim.made(3_000, 1)
    outcome = outcome_of("verbatim", replace(given, reader=read, values={"rounds": rounds}))
    slipped = [next(n for n in count() if lot(part, n) >= SLIPS) for part in parts]
    failed = sum(slips > rounds for slips in slipped)
    assert "x" not in "".join(part[-1:] for part in parts)
    assert len(outcome.failures) == failed > 0
    assert outcome.status == "incomplete"
    assert outcome.calls == len(parts) + sum(min(slips, rounds) for slips in slipped)
    share = SLIPS ** (1 + rounds)
    variance = share * (1 - share) * len(parts)
    assert not further_than_chance(failed, share * len(parts), variance, of=2)


def _copied(text: str, slips: int) -> str:
    return text + "x" * (slips + 1) if lot(text, slips) < SLIPS else text


@pytest.mark.long
def test_a_result_is_wrong_where_both_derivations_slip_alike() -> None:
    """Where they differ a third one checks both: so it is right, if one of them is."""
    right = 0
    for seed in SEEDS:
        given = math.made(1, seed)

        def read(request: Request, seed: int = seed) -> Any:
            told = request.messages[0].content
            if any(message.role == "assistant" for message in request.messages):
                return math.reader(request)
            if "Two derivations are in `also`" in told:
                return math.program(math.CHECKED)
            which = "second" if "not the first one to come to mind" in told else "first"
            slips = lot(seed, which) < SLIPS
            return math.program(f"found = str(Fraction(a * t**3, 3) + {0 if slips else 'b * t'})")

        outcome = outcome_of("math", replace(given, reader=read))
        assert outcome.answer is not None
        alike = all(lot(seed, which) < SLIPS for which in ("first", "second"))
        assert (outcome.answer.value["result"] != given.gold) == alike
        right += not alike
    share, runs = 1 - SLIPS**2, len(SEEDS)
    assert not further_than_chance(right, share * runs, share * (1 - share) * runs, of=1)
