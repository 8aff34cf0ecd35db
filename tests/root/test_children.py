"""Roots below roots: their own REPL, their level's model, the budget of the one above."""

from root.rooted import READY, TEXT, code, lead, setting

from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.events import CallDone, TurnDone

ASK_CHILD = setting('rlm_query("Count the words.", context)')


def child(*replies):
    """A model that plays a root below: it says these things, one a turn."""

    def script(request):
        said = sum(message.role == "assistant" for message in request.messages)
        return replies[min(said, len(replies) - 1)]

    return ScriptedModel(script, name="child")


COUNTS = child(setting("str(len(context.split()))"), READY)


def test_a_child_works_on_its_own_context_and_its_answer_is_a_text():
    led = lead(TEXT, "one two three", [ASK_CHILD, READY], models={"root1": COUNTS})
    assert led.outcome.answer.value == "3"
    assert "Count the words." in COUNTS.requests[0].messages[0].content
    levels = [(e.level, e.step) for e in led.events if isinstance(e, TurnDone)]
    assert levels == [(1, "root/rlm"), (1, "root/rlm"), (0, "root"), (0, "root")]


def test_a_child_counts_as_one_of_those_whom_the_root_asked():
    led = lead(TEXT, "one two", [ASK_CHILD, READY], models={"root1": COUNTS})
    record = led.outcome.root.usage.as_record()
    assert record["main_rlm_turns"] == 2
    assert record["sub_llm_call_count"] == 1
    assert record["sub_llm_total_turns"] == 2


def test_children_side_by_side_with_texts_by_name():
    ask = code(
        'pairs = [("Count.", {"a": "one two", "b": "three"}), ("Count.", ["one"] * 3)]',
        'answer["content"] = " ".join(rlm_batch(pairs))',
    )
    model = child(setting("str(sum(len(t.split()) for t in context.values()))"), READY)
    led = lead(TEXT, "x", [ask, READY], models={"root1": model})
    assert led.outcome.answer.value == "3 3"


def test_the_model_of_the_level_above_stands_in_where_none_is_bound():
    def root(request):
        said = sum(message.role == "assistant" for message in request.messages)
        if "Count the words." in request.messages[0].content:
            return [setting('"from below"'), READY][said]
        return [ASK_CHILD, READY][said]

    assert lead(TEXT, "x", root).outcome.answer.value == "from below"


def test_deeper_than_allowed_is_refused_with_what_to_do_instead():
    led = lead(TEXT, "x", [ASK_CHILD, setting('"alone"'), READY], depth=0)
    assert "no root may stand below this one (--depth 0): use llm_query" in led.told[1]
    assert led.outcome.answer.value == "alone"


def test_two_levels_below():
    middle = child(setting('rlm_query("Go on.", context)'), READY)
    lowest = child(setting('context + "!"'), READY)
    led = lead(TEXT, "deep", [ASK_CHILD, READY], models={"root1": middle, "root2": lowest}, depth=2)
    assert led.outcome.answer.value == "deep!"
    roles = [event.role for event in led.events if isinstance(event, CallDone)]
    assert roles == ["root", "root1", "root2", "root2", "root1", "root"]


def test_a_child_without_an_answer_is_a_failed_item_and_listed():
    lost = child("I don't know.")
    ask = code('found = rlm_query("Try.", "text")', "print(bool(found), found.reason)")
    led = lead(TEXT, "x", [ask, setting('"none"'), READY], models={"root1": lost})
    assert "False the root did nothing new in 5 turns" in led.told[1]
    assert led.outcome.status == "incomplete"
    assert led.failures("root/rlm") == ["the root did nothing new in 5 turns"]


def test_a_child_spends_from_the_budget_of_the_run():
    endless = child(code("import random", "print(random.random())"))
    led = lead(TEXT, "x", [ASK_CHILD, setting('"out"'), READY], models={"root1": endless}, calls=7)
    assert led.outcome.spent.calls == 7
    assert led.outcome.status == "incomplete"
