"""Several items to a call: every id back once, the rest asked again alone."""

import json

import pytest

from rlmflow.models._protocol import ModelFailure, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.testing import items_of, run_text

LABELS = """
type Line { text: text }
strategy labels(docs: corpus) -> list[text] {
  lines = records(docs, by: line) -> Line
  answer map(lines, choices: ["odd", "even"]) -> text "Is the number odd or even?"
}
"""
NUMBERS = "\n".join(str(n) for n in range(45))


def parity(text: str) -> str:
    return "even" if int(text) % 2 == 0 else "odd"


def truthful(request: Request) -> dict[str, str]:
    items = items_of(request)
    if "1" in request.schema["properties"]:
        return {str(number): parity(text) for number, text in items.items()}
    return {"answer": parity(items[1])}


WANTED = [parity(str(n)) for n in range(45)]


def test_twenty_items_share_a_call():
    outcome = run_text(LABELS, NUMBERS, truthful)
    assert outcome.answer.value == WANTED
    assert outcome.calls == 3
    assert outcome.status == "complete"


@pytest.mark.parametrize("damage", ["skip", "double", "malform"])
def test_a_damaged_item_is_asked_again_alone(damage):
    alone = []

    def script(request):
        reply = truthful(request)
        if "answer" in reply:
            alone.append(items_of(request)[1])
            return reply
        if items_of(request)[1] != "0":
            return reply
        match damage:
            case "skip":
                del reply["3"]
            case "double":
                return json.dumps(reply)[:-1] + ', "3": "odd"}'
            case "malform":
                reply["3"] = "perhaps"
        return reply

    outcome = run_text(LABELS, NUMBERS, script)
    assert outcome.answer.value == WANTED
    assert alone == ["2"]


def test_a_reply_with_an_id_that_no_item_has_goes_back():
    """Who answers 21 times for 20 items may have answered each for its neighbour."""
    told = []

    def script(request):
        reply = truthful(request)
        if len(request.messages) > 2:
            told.append(request.messages[-1].content)
        elif "answer" not in reply and items_of(request)[1] == "0":
            reply["21"] = "odd"
        return reply

    outcome = run_text(LABELS, NUMBERS, script)
    assert outcome.answer.value == WANTED
    assert outcome.calls == 4
    assert "there is no item with the id 21; the ids are 1 to 20" in told[0]


def test_an_item_that_never_gets_a_value_is_listed_and_costs_no_other():
    def script(request):
        reply = truthful(request)
        if "answer" in reply:
            return {"answer": "perhaps"}
        if items_of(request)[1] == "0":
            reply["3"] = "perhaps"
        return reply

    outcome = run_text(LABELS, NUMBERS, script)
    assert outcome.status == "incomplete"
    assert outcome.answer.value == WANTED[:2] + WANTED[3:]
    assert [failure.place for failure in outcome.failures] == ["input.txt:3"]


def test_prose_for_a_whole_pack_makes_each_item_be_asked_alone():
    text = "\n".join(str(n) for n in range(4))

    def script(request):
        reply = truthful(request)
        return reply if "answer" in reply else "I would say that some of them are even."

    outcome = run_text(LABELS, text, script)
    # The handful of repeats that a small step has: two with the error shown, three alone.
    assert outcome.answer.value == WANTED[:3]
    assert [failure.place for failure in outcome.failures] == ["input.txt:4"]


def test_a_dead_endpoint_is_not_asked_about_each_item_alone():
    def script(request):
        return ModelFailure("not-allowed", "the key is not valid", again=False)

    model = ScriptedModel(script)
    outcome = run_text(LABELS, NUMBERS, model)
    assert len(model.requests) == 3
    assert outcome.calls == 0
    assert len(outcome.failures) == 45
    assert outcome.coverage.read == 0


def test_votes_are_counted_for_each_item_apart():
    voted = LABELS.replace('choices: ["odd", "even"]', 'choices: ["odd", "even"], votes: 3')

    def script(request):
        reply = truthful(request)
        wrong = str(request.sample + 1)
        return reply | {wrong: "odd" if reply[wrong] == "even" else "even"}

    outcome = run_text(voted, "\n".join(str(n) for n in range(20)), script)
    assert outcome.answer.value == WANTED[:20]
    assert outcome.calls == 3


def test_filter_by_prompt_keeps_the_items_themselves_and_drops_the_others():
    text = """
    type Line { text: text }
    strategy split(docs: corpus) -> dict[text, int] {
      lines = records(docs, by: line) -> Line
      even  = filter(lines) "Is the number even?"
      both  = even.dropped + even
      answer count(both, by: item.text)
    }
    """

    def script(request):
        return {str(n): parity(held) == "even" for n, held in items_of(request).items()}

    outcome = run_text(text, "1\n2\n3\n4", script)
    assert list(outcome.answer.value) == ["1", "3", "2", "4"]


def test_choices_known_only_when_run_are_counted_at_zero_too():
    text = """
    type Line { text: text }
    strategy kinds(docs: corpus, labels: list[text]) -> dict[text, int] {
      lines = records(docs, by: line) -> Line
      kinds = map(lines, as: kind, choices: labels) -> text "Which kind?"
      answer count(kinds, by: item.kind)
    }
    """

    def script(request):
        kinds = request.schema["properties"]
        return {number: kinds[number]["enum"][0] for number in kinds}

    labels = ["first", "second"]
    outcome = run_text(text, "a\nb", script, values={"labels": labels})
    assert outcome.answer.value == {"first": 2, "second": 0}
    assert run_text(text, "", script, values={"labels": labels}).answer.value == {
        "first": 0,
        "second": 0,
    }


@pytest.mark.parametrize(("small", "calls"), [(True, 30), (False, 2)])
def test_a_small_model_is_asked_yes_or_no_one_by_one(small, calls):
    text = """
    type Line { text: text }
    strategy even(docs: corpus) -> list[Line] {
      lines = records(docs, by: line) -> Line
      answer filter(lines) "Is the number even?"
    }
    """

    def script(request):
        items = items_of(request)
        if "1" in request.schema["properties"]:
            return {str(n): parity(held) == "even" for n, held in items.items()}
        return {"answer": parity(items[1]) == "even"}

    model = ScriptedModel(script, small=small)
    outcome = run_text(text, "\n".join(map(str, range(30))), model)
    assert [item["text"] for item in outcome.answer.value] == [str(n) for n in range(0, 30, 2)]
    assert outcome.calls == calls
