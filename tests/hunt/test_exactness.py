"""With a reader that reads without error, answers are exact: all of them, at any size.

What is right is known from the making of the texts alone; what the reader knows, from the
messages that it is sent alone.
"""

from __future__ import annotations

import re
from random import Random

import pytest
from hunt.entry_reader import Labelling, Quoting, Seen, reader, true_kind
from hunt.exact_tasks import ALL, COUNTING, LISTING, PAIRING, Task
from hunt.made_entries import LONGEST, Made, made

from rlmflow.runtime.outcome import Outcome
from rlmflow.testing import run_text

# Size and margin of parts and where they are cut; the margin shows any entry whole.
CUTS = (
    ("400 chars", f"{LONGEST} chars", "char"),
    ("700 chars", f"{LONGEST + 1} chars", "sentence"),
    ("3k chars", f"{LONGEST} chars", "paragraph"),
    ("300 tokens", f"{LONGEST} tokens", "line"),
    ("900 tokens", f"{LONGEST} tokens", "heading"),
    ("6 lines", "5 lines", "line"),
    ("100k chars", f"{LONGEST} chars", "paragraph"),
)
PACKS = (1, 2, 20, 500)
WIDTHS = (1, 3, 64)
TASKS = {f"{kind}: {task.name}": task for kind, some in ALL.items() for task in some}
CUT = {name: task for name, task in TASKS.items() if task.cut}


def outcome_of(
    task: Task,
    given: Made,
    *,
    cut: tuple[str, str, str] = CUTS[0],
    pack: int = 20,
    width: int = 8,
    labelling: Labelling = true_kind,
    quoting: Quoting = str,
) -> Outcome:
    size, margin, at = cut
    text = task.text(size=size, margin=margin, at=at, pack=pack, repeats="retries: 10%")
    return run_text(text, given.texts, reader(labelling, quoting), width=width)


def assert_exact(outcome: Outcome, gold: object) -> None:
    assert outcome.answer is not None
    assert outcome.answer.value == gold
    assert outcome.status == "complete"
    assert [verdict.words for verdict in outcome.verdicts if not verdict.holds] == []
    assert (outcome.rejected, outcome.failures, outcome.skipped) == ((), (), ())


@pytest.mark.parametrize("count", [0, 1, 2, 9, 80])
@pytest.mark.parametrize("name", TASKS)
def test_answers_are_exact(name: str, count: int) -> None:
    task, chance = TASKS[name], Random(f"{name} {count}")
    given = made(count, chance.getrandbits(32), broken=task.broken)
    pack, width = chance.choice(PACKS), chance.choice(WIDTHS)
    outcome = outcome_of(task, given, cut=chance.choice(CUTS), pack=pack, width=width)
    assert_exact(outcome, task.gold(given))


@pytest.mark.parametrize("cut", CUTS, ids=" ".join)
@pytest.mark.parametrize("name", CUT)
def test_the_size_of_parts_changes_no_answer(name: str, cut: tuple[str, str, str]) -> None:
    task = CUT[name]
    given = made(40, 7, repeated=0.4, broken=task.broken)
    assert_exact(outcome_of(task, given, cut=cut), task.gold(given))


@pytest.mark.parametrize("pack", [1, 2, 3, 19, 20, 21, 64, 500])
def test_how_many_share_a_call_changes_no_answer(pack: int) -> None:
    given = made(120, 3, repeated=0.5)
    for task in COUNTING[:2]:
        assert_exact(outcome_of(task, given, pack=pack), task.gold(given))


@pytest.mark.parametrize("task", [COUNTING[0], LISTING[0]], ids=["counting", "listing"])
def test_thousands_are_exact(task: Task) -> None:
    given = made(3000, 5, broken=task.broken)
    assert_exact(outcome_of(task, given, cut=CUTS[2]), task.gold(given))


@pytest.mark.long
@pytest.mark.parametrize("task", [COUNTING[0], COUNTING[3], LISTING[0], PAIRING[2]],
                         ids=["count lines", "count in parts", "list", "pair"])  # fmt: skip
def test_two_hundred_thousand_are_exact(task: Task) -> None:
    given = made(200_000, 11, repeated=0.3, broken=task.broken)
    cut = ("20k chars", f"{LONGEST} chars", "paragraph")
    assert_exact(outcome_of(task, given, cut=cut, width=64), task.gold(given))


def loosely(words: str) -> str:
    """With other white space, quotation marks and hyphens than the text has."""
    kinds = {ord("’"): "'", ord("“"): '"', ord("”"): "„", ord("\u00ad"): "-", ord("-"): "—"}
    return " ".join(words.translate(kinds).split())


def ending(words: str) -> str:
    """Of an entry the end alone, which is the same in many."""
    return words[words.rindex("[[") :]


def beginning(words: str) -> str:
    """Of an entry the beginning alone, which is that of another where a number goes on."""
    found = re.match(r"Owner: \w+ \|\| Entry \d+", words)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("cut", CUTS, ids=" ".join)
@pytest.mark.parametrize("quoting", [str, loosely, ending, beginning])
def test_each_quote_has_its_place(quoting: Quoting, cut: tuple[str, str, str]) -> None:
    given = made(60, 5, repeated=0.3)
    outcome = outcome_of(LISTING[0], given, cut=cut, quoting=quoting)
    found = LISTING[0].gold(given)
    assert_exact(outcome, [{**one, "quote": quoting(one["quote"])} for one in found])
    assert outcome.answer is not None
    assert outcome.answer.quotes == len(given.entries)
    assert list(outcome.answer.places) == list(given.places)


@pytest.mark.parametrize("name", ["count: lines", "count: found in parts", "list: sorted"])
def test_one_wrong_label_is_seen(name: str) -> None:
    """What these tests rest on: of many labels, one that is wrong changes the answer."""
    task, given = TASKS[name], made(100, 1, repeated=0)
    assert given.entries[17].kind != "other"

    def wrong_once(seen: Seen, sample: int) -> str:
        return "other" if seen["serial"] == "17" else true_kind(seen, sample)

    outcome = outcome_of(task, given, labelling=wrong_once)
    assert outcome.status == "complete"
    assert outcome.answer is not None
    assert outcome.answer.value != task.gold(given)
