"""What a root's code asks of sub-models: order, failures, provenance, budget."""

import asyncio

import pytest
from root.rooted import READY, TEXT, code, lead, setting

from rlmflow.graph.model import Limits
from rlmflow.models._protocol import ModelFailure
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.events import CallDone
from rlmflow.runtime.execute import Execution, Running
from rlmflow.runtime.limits import Budget
from rlmflow.runtime.repl.session import Refused
from rlmflow.runtime.repl.wire import Failure, Handle
from rlmflow.runtime.root.crossing import Crossing
from rlmflow.runtime.root.functions import Functions
from rlmflow.runtime.stepwise import Stepwise
from rlmflow.testing import compiled, items_of
from rlmflow.values import Document, Item, Stream, whole_part

LINES = """
type Line { text: text }
strategy task(docs: corpus) -> list[text] {
  lines = records(docs, by: line) -> Line
  answer map(lines, pack: 1) -> text "Say it."
}
"""
DOCS = "\n".join(f"line {number:03}" for number in range(100)) + "\n"
SHOW = code("print(answer)")


def last(request):
    return request.messages[-1].content


def shout(request):
    return last(request).upper()


def broken(request):
    """Fails for good on each tenth."""
    if last(request).rstrip("0123456789 ").endswith("never") or "7 " in f"{last(request)} ":
        return ModelFailure("refused", "not this one", again=False)
    return f"did {last(request)}"


def test_prompts_are_answered_in_order():
    ask = code('answer["content"] = ", ".join(llm_batch([f"a{n}" for n in range(50)]))')
    led = lead(TEXT, "x", [ask, READY], sub=shout)
    assert led.outcome.answer.value == ", ".join(f"A{n}" for n in range(50))
    assert led.outcome.root.usage.batches == [50]


def test_a_prompt_may_be_a_dict():
    ask = code('answer["content"] = llm_batch([{"prompt": "one"}])[0] + llm_query("two")')
    assert lead(TEXT, "x", [ask, READY], sub=shout).outcome.answer.value == "ONETWO"


def test_the_nine_are_used_and_the_failed_are_listed():
    ask = code(
        'found = llm_batch([f"number {n}" for n in range(100)])',
        "print(type(found[7]).__name__, found[7].reason, bool(found[7]), bool(found[8]))",
        'answer["content"] = [one for one in found if not isinstance(one, Failed)]',
    )

    def sub(request):
        if last(request).endswith("7"):
            return ModelFailure("refused", "not this one", again=False)
        return f"did {last(request)}"

    led = lead(LINES, "x", [ask, READY], sub=sub)
    assert "Failed refused: not this one False True" in led.told[1]
    assert led.outcome.answer.value == [f"did number {n}" for n in range(100) if n % 10 != 7]
    assert led.outcome.status == "incomplete"
    assert led.failures("root/llm") == ["refused: not this one"] * 10
    assert "a prompt that begins 'number 7'" in [f.item for f in led.outcome.failures]


def test_what_failed_and_was_asked_again_is_no_failure():
    asked = []

    def sub(request):
        asked.append(last(request))
        if asked.count(last(request)) == 1 and last(request) == "two":
            return ModelFailure("refused", "not yet", again=False)
        return "done"

    ask = code('found = llm_batch(["one", "two"])', 'again = llm_query("two")')
    led = lead(TEXT, "x", [ask, setting("again"), READY], sub=sub)
    assert led.outcome.status == "complete"
    assert not led.outcome.failures


def test_a_failed_item_can_not_pass_for_an_answer():
    def sub(_request):
        return ModelFailure("refused", "no", again=False)

    led = lead(
        TEXT, "x", [setting('llm_query("?")'), READY, setting('"own words"'), READY], sub=sub
    )
    assert "It holds a failed result: refused: no" in led.told[2]
    assert led.outcome.answer.value == "own words"


def test_a_hanging_sub_model_costs_its_own_item_alone():
    async def sub(request):
        if "7" in last(request):
            await asyncio.Event().wait()
        return "done"

    ask = code('found = llm_batch([f"number {n}" for n in range(10)])', "print(found)")
    led = lead(TEXT, "x", [ask, setting("found[8]"), READY], sub=sub, patience=0.2)
    assert led.turns[0].blocks[0].output.count("done") == 9
    assert "no reply within 0.2 seconds" in led.told[1]
    assert led.outcome.answer.value == "done"


def test_no_more_calls_are_under_way_than_the_width():
    under_way = most = 0

    async def sub(_request):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return "done"

    ask = code('found = llm_batch(["?"] * 100)')
    led = lead(TEXT, "x", [ask, setting("found[0]"), READY], sub=sub, width=5)
    assert led.outcome.root.usage.sub.calls == 100
    assert most == 5


def test_a_batch_beyond_the_budget_keeps_what_it_could_pay_for():
    ask = code('found = llm_batch(["?"] * 20)', "print(sum(bool(one) for one in found))")
    led = lead(TEXT, "x", [ask, setting('"enough"'), READY], sub=lambda _: "yes", calls=13)
    assert led.turns[0].blocks[0].output == "12\n"
    assert led.outcome.spent.calls == 13


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        ("llm_batch('one')", "the first argument must be a list, not a str"),
        ("llm_batch(['a', None])", "prompt 2 of llm_batch must be a str, not None"),
        ("llm_query(3)", "the prompt of llm_query must be a str, not an int"),
        ("llm_batch('do', items='abc')", "items must be a list, not a str"),
        ("steps.nothing()", "no step is called 'nothing'"),
        ("steps.lines(items=[1]).dropped", "has no attribute 'dropped'"),
        ("steps.lines.left", "`lines` has no `.left`"),
        ("rlm_query('task', 5)", "the context of rlm_query must be text, a list or a dict"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_in_a_line(ask, problem):
    led = lead(LINES, "a\n", [code(ask), setting("['a']"), READY])
    assert problem in led.told[1]
    assert led.outcome.root.usage.sub.calls == 0


class TestItems:
    def test_each_item_is_recorded_with_its_exact_spans(self):
        ask = code(
            "lines = steps.lines()",
            'found = llm_batch("Say it.", items=lines[3:9])',
            'answer["content"] = found',
            "print(type(found).__name__, found[0], found[0].source)",
        )
        led = lead(LINES, DOCS, [ask, READY], sub=lambda r: items_of(r)[1].upper())
        assert "Items LINE 003 input.txt:4" in led.told[1]
        assert led.outcome.answer.value == [f"LINE {n:03}" for n in range(3, 9)]
        assert led.outcome.answer.places == tuple(f"input.txt:{n}" for n in range(4, 10))
        assert led.outcome.coverage.read == 6 * len("line000")

    def test_one_call_about_all_of_them(self):
        ask = setting('[llm_query("How many?", items=steps.lines()[:4])]')
        led = lead(LINES, DOCS, [ask, READY], sub=lambda r: str(len(items_of(r))))
        assert led.outcome.answer.value == ["4"]
        assert led.outcome.coverage.read == 4 * len("line000")
        assert led.outcome.root.usage.sub.calls == 1

    def test_a_failed_item_names_its_place(self):
        def sub(request):
            if items_of(request)[1] == "line 007":
                return ModelFailure("refused", "no", again=False)
            return "done"

        ask = code('found = llm_batch("Do.", items=steps.lines())', 'answer["content"] = found[:3]')
        led = lead(LINES, DOCS, [ask, READY], sub=sub)
        assert [f.place for f in led.outcome.failures] == ["input.txt:8"]

    def test_changed_items_are_plain_text_that_is_found_by_its_content(self):
        ask = code(
            "pieces = [context[0:40], context[40:80]]",
            'answer["content"] = list(llm_batch("Do.", items=pieces))',
        )
        led = lead(LINES, DOCS, [ask, READY], sub=lambda r: items_of(r)[1][:4])
        assert led.outcome.answer.value == ["line", "004"]
        assert led.outcome.answer.places == (None, None)


def test_calls_of_root_and_sub_are_counted_apart():
    ask = code('answer["content"] = llm_batch(["one", "two"])[0] + llm_query("three")')
    sub = ScriptedModel(shout, count=lambda _: 10)
    led = lead(TEXT, "x", [ask, READY], sub=sub)
    record = led.outcome.root.usage.as_record()
    assert record["main_rlm_turns"] == 2
    assert record["main_rlm_prompt_tokens"] == sum(
        led.root.count_tokens(request.messages) for request in led.root.requests
    )
    assert record["sub_llm_call_count"] == record["sub_llm_total_turns"] == 3
    assert record["sub_llm_prompt_tokens"] == 30
    assert record["sub_llm_completion_tokens"] == len("ONETWOTHREE")
    assert (record["sub_llm_batch_count"], record["sub_llm_max_batch_size"]) == (1, 2)
    assert record["sub_llm_mean_batch_size"] == 2.0
    assert record["repl_call_count"] == 2
    roles = {event.role for event in led.events if isinstance(event, CallDone)}
    assert roles == {"root", "sub"}


@pytest.mark.parametrize(
    ("name", "arguments", "keywords"),
    [
        ("open", [], {}),
        ("llm_query", [], {}),
        ("llm_query", [3], {}),
        ("llm_query", ["a"], {"items": "abc"}),
        ("llm_query", ["a"], {"model": "better"}),
        ("llm_batch", ["a"], {}),
        ("llm_batch", [[None]], {}),
        ("llm_batch", [[Handle(4)]], {}),
        ("llm_batch", ["a"], {"items": [Failure("gone")]}),
        ("rlm_query", ["a"], {}),
        ("rlm_batch", [[["a"]]], {}),
        ("rlm_batch", [[["a", 4]]], {}),
        ("step", [3], {}),
        ("step", ["__class__"], {}),
        ("step", ["lines"], {"complement": "nothing"}),
        ("step", ["lines", "text"], {"complement": 4}),
    ],
    ids=str,
)
def test_a_forged_call_is_refused_and_nothing_is_asked(name, arguments, keywords):
    """A worker that was taken over may send anything."""

    class Childless:
        async def ask(self, _tasks):
            pytest.fail("a root was started")

    async def forged():
        async with asyncio.TaskGroup() as tasks:
            running = Running(
                program=compiled(LINES),
                model_of=lambda *_: pytest.fail("a model was asked"),
                tell=lambda _: None,
                width=1,
                surroundings=Surroundings(),
                tasks=tasks,
            )
            strategy = running.program.strategies[running.program.main]
            execution = Execution(running, strategy, Budget(Limits()))
            documents = Stream.of([Item(whole_part(Document("a.txt", "a\n")), "docs")])
            stepwise = await Stepwise.of(running, execution, {"docs": documents})
            functions = Functions(Crossing(), None, Childless(), stepwise)
            with pytest.raises(Refused):
                await functions.call(name, arguments, keywords)

    asyncio.run(forged())
