"""A reader that overlooks some of what it is shown: the library loses that, and nothing more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from chance import further_than_chance
from stdlib.facts import FACT, facts_in
from stdlib.overlooking import OVERLOOKED, is_overlooked, overlooking
from stdlib.std_task import STDLIB, Given, task_of

from rlmflow.models._protocol import Request
from rlmflow.runtime.outcome import Outcome
from rlmflow.testing import items_of

SIZE = 1_500
SEEDS = (1, 2)

Told = dict[object, set[str]]
"""What an answer may hold, and the sentences that tell it, each of which is enough."""


def by_quote(given: Given) -> Told:
    return {quote: {quote} for quote in given.gold}


def by_row(given: Given) -> Told:
    return {quote: {quote} for _, quote in given.gold}


def by_number(what: str) -> Callable[[Given], Told]:
    """What has a number, such as `event 7`: told by all sentences that name it."""

    def telling(given: Given) -> Told:
        told: Told = {}
        for text in given.texts.values():
            for fact in facts_in(text):
                found = re.search(rf"{what} (\d+)", fact)
                if found is not None:
                    told.setdefault(int(found[1]), set()).add(fact)
        return told

    return telling


def by_mention(given: Given) -> Told:
    return {mention: {mention} for mentions in given.gold.values() for mention in mentions}


def quotes(answer: Any) -> Iterator[object]:
    yield from (one["quote"] for one in answer)


def numbers(what: str) -> Callable[[Any], Iterator[object]]:
    def found(answer: Any) -> Iterator[object]:
        yield from (int(re.search(rf"{what} (\d+)", one["quote"])[1]) for one in answer)  # type: ignore[index]  # each has one

    return found


def mentions(answer: Any) -> Iterator[object]:
    yield from (mention["quote"] for one in answer for mention in one["members"])


def sentences(answer: Any) -> Iterator[object]:
    yield from facts_in(answer)


@dataclass(frozen=True)
class Known:
    """`sentence`: what can be overlooked. `told` and `found`: in an input, in an answer."""

    told: Callable[[Given], Told]
    found: Callable[[Any], Iterator[object]]
    sentence: str = FACT
    size: int = SIZE
    values: Mapping[str, object] = field(default_factory=dict)


KNOWN = {
    "ask_folder": Known(by_quote, quotes, r"Rule \d+ is about .*\."),
    "extract_table": Known(by_row, quotes),
    "timeline": Known(by_number("event"), numbers("event")),
    "summary": Known(by_number("point"), numbers("point"), values={"most": SIZE}),
    "entities": Known(by_mention, mentions),
    "long_output": Known(by_quote, sentences, size=200),
}


def expected(told: Collection[set[str]]) -> tuple[float, float]:
    """How much is found on average where each sentence is overlooked alone, and its variance."""
    shares = [1 - OVERLOOKED ** len(sentences) for sentences in told]
    return sum(shares), sum(share * (1 - share) for share in shares)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", KNOWN)
def test_what_is_overlooked_is_missing_and_nothing_else(name: str, seed: int) -> None:
    known = KNOWN[name]
    given = task_of(STDLIB / f"{name}.rlm").made(known.size, seed)
    told = known.told(given)
    outcome = read_by(name, replace(given, values={**given.values, **known.values}), known, seed)
    assert outcome.answer is not None
    found = list(known.found(outcome.answer.value))
    seen = [unit for unit, by in told.items() if not all(is_overlooked(q, seed) for q in by)]
    assert len(found) == len(set(found))
    assert set(found) == set(seen)
    assert len(seen) < len(told)
    mean, variance = expected(told.values())
    assert not further_than_chance(len(found), mean, variance, of=len(SEEDS) * len(KNOWN))


def read_by(name: str, given: Given, known: Known, seed: int) -> Outcome:
    """How a strategy of the library ends with a reader that overlooks what it does by a seed."""
    file = STDLIB / f"{name}.rlm"
    noisy = replace(given, reader=overlooking(given.reader, known.sentence, seed))
    outcome = task_of(file).outcome(file.read_text("utf-8"), noisy)
    assert outcome.status == "complete"
    return outcome


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rule_that_is_overlooked_in_one_folder_seems_new_or_gone(seed: int) -> None:
    given = task_of(STDLIB / "compare.rlm").made(SIZE, seed)
    old, new = (_by_rule(texts.values()) for texts in (given.texts, given.inputs["new"]))
    outcome = read_by("compare", given, Known(by_quote, quotes), seed)
    assert outcome.answer is not None
    shown, shares = set(), []
    for rule in old.keys() | new.keys():
        before, after = old.get(rule), new.get(rule)
        is_seen = [fact and not is_overlooked(fact, seed) for fact in (before, after)]
        kept = before and after and before.split()[-1] == after.split()[-1]
        if any(is_seen) and not (all(is_seen) and kept):
            shown.add((before if is_seen[0] else None, after if is_seen[1] else None))
        shares.append(_reported(sum(map(bool, (before, after))), bool(kept)))
    answer = outcome.answer.value
    assert isinstance(answer, list)
    found = Counter((one["old"], one["new"]) for one in answer)
    assert found == Counter(shown)
    assert set(found) != given.gold
    variance = sum(share * (1 - share) for share in shares)
    assert not further_than_chance(len(found), sum(shares), variance, of=len(SEEDS))


def _by_rule(texts: Collection[str]) -> dict[str, str]:
    return {fact.split()[3]: fact for text in texts for fact in facts_in(text)}


def _reported(folders: int, kept: bool) -> float:
    """How likely something is said of a rule that stands in so many folders."""
    if kept:
        return 2 * OVERLOOKED * (1 - OVERLOOKED)
    return 1 - OVERLOOKED**folders


@pytest.mark.parametrize("seed", SEEDS)
def test_of_an_index_what_neither_it_nor_the_second_reading_overlooks_is_found(seed: int) -> None:
    """A passage is read again if the index has one of its sentences, or for the words in it."""
    file = STDLIB / "tree_questions.rlm"
    given = task_of(file).made(SIZE, seed)
    shown: dict[str, list[str]] = {"index": [], "likely": [], "answer": []}
    reader = overlooking(given.reader, r"In room \d+ stands .*\.", seed, lambda r, _: r.step)

    def read(request: Request) -> Any:
        shown[request.step] += items_of(request).values()
        return reader(request)

    values = {**given.values, "near": 1}
    task = task_of(file)
    outcome = task.outcome(file.read_text("utf-8"), replace(given, reader=read, values=values))
    assert outcome.answer is not None

    wanted = set(given.gold)
    by_passage = [wanted & set(re.findall(r"In room .*", text)) for text in shown["index"]]
    noted = [kept for kept in by_passage if not all(is_overlooked(q, seed, "index") for q in kept)]
    read_again = wanted & set(re.findall(r"In room .*", "\n".join(shown["answer"])))
    assert set().union(*noted) <= read_again
    assert len(shown["answer"]) == len(noted) + 1
    found = [one["quote"] for one in outcome.answer.value]
    assert found == [
        q for q in given.gold if q in read_again and not is_overlooked(q, seed, "answer")
    ]
    assert len(noted) < sum(map(bool, by_passage))
    mean, variance = expected([kept for kept in by_passage if kept])
    assert not further_than_chance(len(noted), mean, variance, of=2 * len(SEEDS))
    mean, variance = expected([{q} for q in read_again])
    assert not further_than_chance(len(found), mean, variance, of=2 * len(SEEDS))
