"""When what stands in `answer` counts, and what it becomes."""

import asyncio
from datetime import date

import pytest

from rlmflow.runtime.outcome import as_answer
from rlmflow.runtime.repl.wire import Failure, Handle
from rlmflow.runtime.root.accepting import Acceptance
from rlmflow.runtime.root.crossing import Crossing
from rlmflow.types import (
    BOOL,
    DATE,
    FLOAT,
    INT,
    QUOTE,
    TEXT,
    DictType,
    EnumType,
    FieldType,
    ListType,
    OptionalType,
    RecordType,
)
from rlmflow.values import Document, Item, Stream, whole_part

MOOD = EnumType("Mood", ("good", "bad"))
DUTY = RecordType(
    "Duty",
    (
        FieldType("who", TEXT),
        FieldType("due", OptionalType(DATE)),
        FieldType("mood", MOOD),
    ),
)
ACME = {"who": "Acme", "due": "2025-01-31", "mood": "bad"}

GOOD = [
    (TEXT, "some words", "some words"),
    (QUOTE, "as it stands", "as it stands"),
    (INT, 3, 3),
    (FLOAT, 3, 3.0),
    (BOOL, False, False),
    (DATE, "2025-01-31", date(2025, 1, 31)),
    (DATE, date(2025, 1, 31), date(2025, 1, 31)),
    (MOOD, "good", "good"),
    (OptionalType(INT), None, None),
    (ListType(INT), [], []),
    (ListType(DUTY), [ACME], [{**ACME, "due": date(2025, 1, 31)}]),
    (DUTY, {"who": "A", "mood": "good"}, {"who": "A", "due": None, "mood": "good"}),
    (DictType(TEXT, INT), {"a": 1}, {"a": 1}),
    (DictType(INT, INT), {"7": 1}, {7: 1}),
    (DictType(DATE, INT), {"2025-01-31": 1}, {date(2025, 1, 31): 1}),
]

BAD = [
    (TEXT, 42, "It must be text: 42 is not text."),
    (TEXT, None, "It must be text: null is not text."),
    (INT, "many", 'It must be int: "many" is not a whole number'),
    (INT, True, "It must be int: "),
    (DATE, "soon", "It must be date: "),
    (MOOD, "so so", "It must be Mood: \"so so\" is not 'good' or 'bad'."),
    (ListType(TEXT), "one", "It must be list[text]: a text is no list."),
    (ListType(TEXT), {"a": 1}, "It must be list[text]: a dict is no list."),
    (ListType(INT), [1, "b"], "It must be list[int]: 1: "),
    (ListType(DUTY), [ACME, {"who": "B"}], "It must be list[Duty]: 1.mood: it is missing."),
    (ListType(TEXT), ["a", Failure("no reply")], "It holds a failed result: no reply"),
    (DictType(TEXT, INT), {"a": "x"}, "It must be dict[text, int]: a: "),
    (TEXT, Handle(7), "It holds a failed result: it refers to an item that was never given"),
]


def judged(returns, *announcements, crossing=None, **options):
    """What comes of contents that are announced one turn after the other."""
    acceptance = Acceptance(returns, crossing or Crossing(), **options)

    async def each():
        return [await acceptance.judge(content, ready) for content, ready in announcements]

    return asyncio.run(each())


def accepted(returns, content, crossing=None):
    """The answer that content becomes once it was seen."""
    _, judgement = judged(returns, (content, False), (content, True), crossing=crossing)

    async def plain():
        return await as_answer(judgement.made, returns)

    return asyncio.run(plain())


@pytest.mark.parametrize(("returns", "content", "value"), GOOD, ids=str)
def test_what_fits_is_accepted_as_its_type_has_it(returns, content, value):
    assert accepted(returns, content).value == value


@pytest.mark.parametrize(("returns", "content", "problem"), BAD, ids=str)
def test_what_does_not_fit_is_refused_in_a_line(returns, content, problem):
    _, judgement = judged(returns, (content, False), (content, True))
    assert judgement.made is None
    assert judgement.put_back
    said = judgement.remark.removeprefix('Not accepted: answer["content"] does not fit. ')
    assert said.startswith(problem)
    assert "\n" not in said


def test_what_was_never_seen_is_not_accepted():
    (judgement,) = judged(TEXT, ("words", True))
    assert judgement.made is None
    assert judgement.put_back


def test_an_equal_content_set_again_counts_as_seen():
    first, second = judged(ListType(INT), ([1, 2], True), ([1, 2], True))
    assert first.made is None
    assert second.made is not None


def test_a_preview_says_what_stands_there():
    (judgement,) = judged(ListType(TEXT), (["a" * 3000] * 500, False))
    assert "it fits list[text]" in judgement.remark
    assert "a list of 500, which begins" in judgement.remark
    assert len(judgement.remark) < 900


def test_items_come_back_as_the_very_items_with_their_provenance():
    document = Document("a.txt", "Acme pays.\nBeta waits.\n")
    items = [
        Item({"who": "Acme", "due": None, "mood": "bad", "more": 1}, "found", 0, (document.whole,)),
        Item({"who": "Beta", "due": None, "mood": "bad"}, "found", 1, (document.whole,)),
    ]
    crossing = Crossing([document])
    handles = [Handle(crossing.item_sent(item).handle) for item in items]
    changed = {"who": "Gamma", "due": None, "mood": "good"}
    content = [handles[1], changed, handles[0]]
    _, judgement = judged(ListType(DUTY), (content, False), (content, True), crossing=crossing)
    made = asyncio.run(judgement.made.all())
    assert made[0] is items[1]
    assert made[2] is items[0]
    assert made[1].parents == ()
    answer = accepted(ListType(DUTY), content, crossing)
    assert answer.places == ("a.txt:1", None, "a.txt:1")
    assert "more" not in answer.value[2], "only the declared fields"


@pytest.mark.parametrize("value", [True, None, date(2025, 1, 31)], ids=str)
def test_a_value_that_can_carry_no_handle_is_known_again(value):
    item = Item(value, "verdict", 0)
    items = [Item(value, "verdicts", number) for number in range(3)]
    crossing = Crossing()
    type_ = OptionalType({bool: BOOL, date: DATE}.get(type(value), INT))
    asyncio.run(crossing.sent(item))
    asyncio.run(crossing.sent(Stream.of(items)))
    _, one = judged(type_, (value, False), (value, True), crossing=crossing)
    _, many = judged(ListType(type_), ([value] * 3, False), ([value] * 3, True), crossing=crossing)
    assert one.made is item
    assert asyncio.run(many.made.all()) == items
    _, other = judged(ListType(type_), ([value] * 2, False), ([value] * 2, True), crossing=crossing)
    assert not {*asyncio.run(other.made.all())} & {*items}


def test_a_dict_made_of_items_rests_on_them():
    document = Document("a.txt", "words")
    item = Item(whole_part(document), "docs", 0, (document.whole,))
    crossing = Crossing([document])
    content = {"a": Handle(crossing.item_sent(item).handle)}
    _, judgement = judged(
        DictType(TEXT, TEXT), (content, False), (content, True), crossing=crossing
    )
    assert judgement.made.value == {"a": "words"}
    assert judgement.made.parents == (item,)


def test_a_broken_contract_sends_an_answer_back_until_it_holds():
    unmet = [["covers(docs): a.txt:3-9 was shown to no model"], []]
    asked = []

    async def verdict(made):
        asked.append(made)
        return unmet[len(asked) - 1]

    seen, refused, taken = judged(
        TEXT, ("words", False), ("words", True), ("words", True), verdict=verdict
    )
    assert seen.made is None
    assert refused.made is None
    assert refused.put_back
    assert "covers(docs): a.txt:3-9 was shown to no model" in refused.remark
    assert taken.made is asked[1]
