"""Whole runs: order, failures, budgets, retries, nested strategies."""

import asyncio
import random

import pytest

from rlmflow.graph.model import Limits
from rlmflow.models._protocol import ModelFailure
from rlmflow.models.scripted import ScriptedModel
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.limits import Budget, Cost, OverBudget
from rlmflow.runtime.run import Job, run
from rlmflow.testing import compiled, items_of, run_text
from rlmflow.values import Corpus, Document

ECHO = """
type Line { text: text }
strategy echo(docs: corpus) -> list[text]
  WITHIN
{
  lines = records(docs, by: line) -> Line
  first = map(lines, pack: 1 KNOBS) -> text "Say it."
  answer map(first, pack: 1) -> text "Say it again."
}
"""
TEXT = "\n".join(f"line {number}" for number in range(30))


def echo(within="", knobs=""):
    return ECHO.replace("WITHIN", within).replace("KNOBS", knobs)


def repeat(request):
    return items_of(request)[1]


def test_results_do_not_depend_on_the_order_of_replies():
    answers, traces = set(), set()
    for seed in range(10):

        async def late(request, seed=seed):
            for _ in range(random.Random(f"{seed}{repeat(request)}").randrange(20)):
                await asyncio.sleep(0)
            return repeat(request)

        outcome = run_text(echo(), TEXT, late, width=7)
        answers.add(tuple(outcome.answer.value))
        traces.add(outcome.calls)
    assert answers == {tuple(TEXT.splitlines())}
    assert traces == {60}


def test_a_step_starts_before_the_one_it_needs_has_ended():
    async def slowly(request):
        await asyncio.sleep(0)
        return repeat(request)

    model = ScriptedModel(slowly)
    run_text(echo(), TEXT, model, width=2)
    steps = [request.step for request in model.requests]
    assert steps.index("answer") < len(steps) - 1 - steps[::-1].index("first")


def test_no_more_calls_are_under_way_than_the_width():
    under_way = most = 0

    async def counted(request):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return repeat(request)

    run_text(echo(), TEXT, counted, width=5)
    assert most == 5


def test_a_server_error_is_tried_again_and_counted():
    seen = set()

    def once_each(request):
        if request.messages[1].content not in seen and "line 7" in items_of(request)[1]:
            seen.add(request.messages[1].content)
            return ModelFailure("server", "500", again=True)
        return repeat(request)

    outcome = run_text(echo(), TEXT, once_each)
    assert outcome.status == "complete"
    assert outcome.answer.value == TEXT.splitlines()
    assert outcome.calls == 62


def test_the_wait_that_an_endpoint_asks_for_is_kept():
    waited = []

    class Waits:
        def now(self):
            return 0.0

        async def sleep(self, seconds):
            waited.append(seconds)

    limited = iter([ModelFailure("rate-limit", "429", again=True, after=7.0)] * 8)
    model = ScriptedModel(lambda request: next(limited, None) or repeat(request))
    job = Job(
        compiled(echo()),
        {"docs": Corpus((Document("a", "one"),))},
        {},
        {"sub": model},
        surroundings=Surroundings(clock=Waits()),
    )
    outcome = asyncio.run(run(job))
    assert outcome.answer.value == ["one"]
    assert waited == [7.0] * 8
    assert outcome.spent.calls == 2


def test_retries_end_and_the_item_is_listed():
    def dead(request):
        if "line 7" in items_of(request)[1]:
            return ModelFailure("connection", "reset by peer", again=True)
        return repeat(request)

    outcome = run_text(echo(), TEXT, dead)
    assert outcome.status == "incomplete"
    assert len(outcome.answer.value) == 29
    assert [(f.step, f.place) for f in outcome.failures] == [("first", "input.txt:8")]
    assert "reset by peer" in outcome.failures[0].reason


def test_skip_lets_a_share_of_items_go():
    def dead(request):
        if items_of(request)[1] in ("line 7", "line 8"):
            return ModelFailure("not-allowed", "no", again=False)
        return repeat(request)

    outcome = run_text(echo(knobs=", on_failure: skip(10%)"), TEXT, dead)
    assert outcome.status == "complete"
    assert len(outcome.skipped) == 2
    outcome = run_text(echo(knobs=", on_failure: skip(5%)"), TEXT, dead)
    assert outcome.status == "incomplete"
    assert len(outcome.failures) == 2


def test_within_calls_is_never_passed():
    model = ScriptedModel(repeat)
    outcome = run_text(echo("within 40 calls"), TEXT, model)
    assert len(model.requests) == 40
    assert outcome.status == "incomplete"
    assert "within 40 calls" in outcome.failures[0].reason


def test_within_tokens_holds_back_until_reservations_come_home():
    model = ScriptedModel(repeat)
    outcome = run_text(echo("within 40k tokens", ", max_output: 10 tokens"), TEXT, model)
    assert outcome.status == "complete"
    assert outcome.spent.tokens <= 40_000
    outcome = run_text(echo("within 2k tokens"), TEXT, model)
    assert outcome.status == "incomplete"
    assert outcome.spent.tokens <= 2_000


def test_a_trial_of_a_few_items_is_not_a_complete_answer():
    model = ScriptedModel(repeat)
    outcome = run_text(echo(), TEXT, model, limit=3)
    assert outcome.answer.value == ["line 0", "line 1", "line 2"]
    assert outcome.status == "incomplete"
    assert len(model.requests) == 6


def test_a_strategy_is_called_for_each_item_and_as_a_step():
    text = """
    type Line { text: text }
    strategy shout(doc: document, mark: text = "!") -> text
      within 100 calls
    {
      answer ask(doc) -> text "Say it with {{ mark }}"
    }
    strategy all(docs: corpus) -> list[text] {
      lines = records(docs, by: line)
      each  = map(lines, with: shout)
      last  = shout(last(lines), mark: "?")
      answer each + [last]
    }
    """.replace("last(lines)", '"end"')

    def script(request):
        mark = request.messages[1].content.split("with ")[1][0]
        return items_of(request)[1] + mark

    outcome = run_text(text, "a\nb", script)
    assert outcome.answer.value == ["a!", "b!", "end?"]


def test_a_match_runs_one_arm():
    text = """
    strategy pick(docs: corpus, how: text) -> text {
      answer match how {
        "short" => ask(docs) -> text "Be short.",
        "long"  => ask(docs) -> text "Be long.",
        else    => "neither"
      }
    }
    """
    model = ScriptedModel(lambda request: request.messages[1].content.split("\n")[0])
    assert run_text(text, "x", model, values={"how": "long"}).answer.value == "Be long."
    assert len(model.requests) == 1
    assert run_text(text, "x", model, values={"how": "other"}).answer.value == "neither"
    assert len(model.requests) == 1


def test_recursion_ends_at_its_levels():
    text = """
    strategy shrink(docs: corpus) -> text
      within 3 levels
    {
      parts = chunk(docs, size: 40 chars, at: char)
      short = map(parts, pack: 1) -> text "Halve it."
      answer match len(parts) {
        0 => "",
        1 => join(short, ""),
        else => shrink(join(short, ""))
      }
    }
    """

    def halve(request):
        return items_of(request)[1][::2]

    assert len(run_text(text, "x" * 100, halve).answer.value) <= 40
    outcome = run_text(text, "x" * 1000, halve)
    assert outcome.status == "incomplete"
    assert outcome.answer is None
    assert "within 3 levels" in outcome.failures[0].reason


def test_also_is_shown_beside_every_item_and_does_not_count_as_read():
    text = """
    type Line { text: text }
    strategy beside(docs: corpus, rules: corpus) -> list[text] {
      lines = records(docs, by: line) -> Line
      answer map(lines, also: rules, pack: 1) -> text "Apply the rules."
    }
    """
    model = ScriptedModel(repeat)
    outcome = run_text(
        text.replace("rules: corpus", "rules: text"), "a\nb", model, values={"rules": "RULE 1"}
    )
    assert all("RULE 1" in request.messages[1].content for request in model.requests)
    assert outcome.answer.value == ["a", "b"]


def test_what_needs_a_failed_step_is_not_listed_again():
    text = """
    strategy chain(docs: corpus) -> text {
      one = ask(docs) -> text "One."
      two = ask(one) -> text "Two."
      answer ask(two) -> text "Three."
    }
    """
    failure = ModelFailure("refused", "the model refused", again=False)
    outcome = run_text(text, "x", lambda request: failure)
    assert outcome.answer is None
    assert [f.step for f in outcome.failures] == ["one"]


def test_an_expression_without_a_value_fails_its_item_alone():
    text = """
    type Row { a: int  b: int }
    strategy s(docs: corpus) -> int {
      rows = records(docs, by: csv) -> Row
      big  = filter(rows, where: item.a / item.b > 1)
      answer sum(big, by: item.a)
    }
    """
    outcome = run_text(text, "a,b\n4,2\n1,0\n9,3\n", lambda request: None)
    assert outcome.answer.value == 13
    assert outcome.status == "incomplete"
    assert "division by zero" in outcome.failures[0].reason


class TestBudget:
    def test_a_call_that_can_never_fit_is_refused_at_once(self):
        async def main():
            with pytest.raises(OverBudget, match="within 10 tokens"):
                await Budget(Limits(tokens=10)).reserve(Cost(1, 6, 6))

        asyncio.run(main())

    def test_a_call_waits_for_what_others_may_give_back(self):
        async def main():
            budget = Budget(Limits(tokens=10))
            await budget.reserve(Cost(1, 8, 0))
            waiting = asyncio.ensure_future(budget.reserve(Cost(1, 5, 0)))
            await asyncio.sleep(0)
            assert not waiting.done()
            budget.settle(Cost(1, 8, 0), Cost(1, 2, 0))
            await waiting
            assert budget.spent.tokens == 2

        asyncio.run(main())

    def test_an_inner_budget_lies_within_the_outer(self):
        async def main():
            outer = Budget(Limits(calls=1))
            inner = Budget(Limits(calls=5), outer)
            await inner.reserve(Cost(1))
            inner.settle(Cost(1), Cost(1))
            with pytest.raises(OverBudget, match="within 1 calls"):
                await inner.reserve(Cost(1))
            assert outer.spent.calls == inner.spent.calls == 1

        asyncio.run(main())


def test_unanswered_says_whether_the_model_spoke():
    assert Unanswered("x").unusable is False


ONE = "strategy length(doc: document) -> int { answer len(doc.text) }"


def test_a_strategy_of_one_document_is_given_it():
    assert run_text(ONE, "12345", repeat).answer.value == 5


@pytest.mark.parametrize("docs", [{}, {"a": "1", "b": "2"}])
def test_a_strategy_of_one_document_refuses_another_number(docs):
    outcome = run_text(ONE, docs, repeat)
    assert outcome.answer is None
    assert "is one document, and the input has" in outcome.failures[0].reason


def test_choices_that_turn_out_to_be_none_are_no_licence_for_any_text():
    text = """
    strategy kinds(docs: corpus, labels: list[text]) -> list[text] {
      answer map(docs, choices: labels) -> text "Which?"
    }
    """
    outcome = run_text(text, "x", repeat, values={"labels": []})
    assert outcome.answer is None
    assert "no text to choose from" in outcome.failures[0].reason


@pytest.mark.parametrize("knob", ["votes", "pack"])
def test_a_number_that_is_known_only_when_run_has_its_bound_too(knob):
    text = f"""
    strategy judge(docs: corpus, n: int) -> list[bool] {{
      answer map(docs, {knob}: n) -> bool "Is it?"
    }}
    """
    outcome = run_text(text, "x", repeat, values={"n": 0})
    assert outcome.answer is None
    assert f"`{knob}` is at least 1, and here it is 0" in outcome.failures[0].reason
