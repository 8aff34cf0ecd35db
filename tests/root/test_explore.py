"""A root inside one step: what it is given, what it answers, what it is foretold to use."""

import asyncio
import json

import pytest
from root.rooted import READY, code, lead, setting

from rlmflow.graph.model import Limits
from rlmflow.hunt.markers import marker
from rlmflow.hunt.reader import perfect
from rlmflow.models._protocol import Price
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.events import CallDone
from rlmflow.runtime.repl.isolation.kinds import UNSAFE
from rlmflow.runtime.root.settings import RootSettings
from rlmflow.runtime.run import Job, forecast, roles, run
from rlmflow.testing import compiled, items_of, run_text
from rlmflow.values import Corpus, Document

SCOUT = """
type Duty { who: text  quote: quote }
type Line { text: text }
strategy task(docs: corpus, goal: text = "Who must pay?") -> list[Duty]
  WITHIN
{
  lines = records(docs, by: line) -> Line
  kept = filter(lines, where: not startswith(item.text, "#"))
  answer explore(kept, rounds: 4 KNOBS) -> list[Duty] "Find duties. {{ goal }}"
}
"""
DOCS = "Acme shall pay.\n# a note\nBeta shall wait.\n"
DUTIES = [{"who": "Acme", "quote": "Acme shall pay."}]


def scout(within="", knobs=""):
    return SCOUT.replace("WITHIN", within).replace("KNOBS", knobs)


def explored(replies, sub=None, *, within="", knobs="", **options):
    return lead(scout(within, knobs), DOCS, replies, sub=sub, mode="plan", **options)


def test_the_root_is_given_its_items_and_its_task():
    look = code(
        "print(len(items), items[1]['text'], items[1].source)", "print(task)", "print(context)"
    )
    led = explored([look, setting(repr(DUTIES)), READY])
    assert "2 Beta shall wait. input.txt:3\nFind duties. Who must pay?\n" in led.told[1]
    assert "a note" not in led.told[1]
    assert led.turns[0].step == "answer"


def test_its_answer_is_the_value_of_the_step():
    led = explored([setting(repr(DUTIES)), READY])
    assert (led.outcome.status, led.outcome.answer.value) == ("complete", DUTIES)


def test_items_that_it_asks_about_are_read():
    ask = code('found = llm_batch("Who?", items=items)', "print(found)")
    led = explored([ask, setting(repr(DUTIES)), READY], sub=lambda r: items_of(r)[1][:4])
    assert led.outcome.coverage.read == len("Acmeshallpay.Betashallwait.")
    assert {e.role for e in led.events if isinstance(e, CallDone)} == {"root", "sub"}


def test_an_answer_of_another_type_is_sent_back():
    led = explored([setting("['Acme']"), READY, setting(repr(DUTIES)), READY])
    assert "It must be list[Duty]: 0: " in led.told[2]
    assert led.outcome.answer.value == DUTIES


def test_its_rounds_are_its_turns():
    led = explored([code("import random", "print(random.random())")])
    assert len(led.turns) == 4
    assert led.outcome.status == "incomplete"
    assert led.failures("answer") == ["the root is out of turns (4)"]


def test_what_there_is_when_it_is_out_of_turns_is_not_thrown_away():
    led = explored([setting(repr(DUTIES)), code("print(1)"), code("print(2)"), code("print(3)")])
    assert led.outcome.status == "incomplete"
    assert led.outcome.answer.value == DUTIES


def test_levels_below_it_are_its_own():
    below = setting("[{'who': rlm_query('Who?', context), 'quote': 'Acme shall pay.'}]")
    led = explored([below, setting(repr(DUTIES)), READY], knobs=", depth: 0", depth=3)
    assert "no root may stand below this one (--depth 0)" in led.told[1]


def test_further_context_is_a_variable():
    led = explored([code("print(also)"), setting(repr(DUTIES)), READY], knobs=", also: goal")
    assert "['Who must pay?']" in led.told[1]
    assert "`also`" in led.root.requests[0].messages[0].content


def test_both_roles_are_found_by_what_the_operator_declares():
    assert roles(compiled(scout())) == {"root", "sub"}
    assert roles(compiled(scout(knobs=", model: scout"))) == {"scout", "sub"}


def test_an_item_that_is_a_document_has_its_name():
    whole = (
        scout()
        .replace("explore(kept", "explore(docs")
        .replace('  kept = filter(lines, where: not startswith(item.text, "#"))\n', "")
        .replace("  lines = records(docs, by: line) -> Line\n", "")
    )
    look = code("print(sorted(context), items[0] is not None, items[0][:4], len(items[0]))")
    docs = {"a.txt": "Acme shall pay.", "b.txt": "Beta"}
    led = lead(whole, docs, [look, setting(repr(DUTIES)), READY], mode="plan")
    assert "['a.txt', 'b.txt'] True Acme 15" in led.told[1]


class TestPlayed:
    """Without a root model, the operator's own program is played."""

    def test_pieces_are_asked_about_and_the_findings_put_together(self):
        asked = []

        def sub(request):
            asked.append(request.messages[-1].content)
            if "JSON Schema" in asked[-1]:
                return json.dumps({"answer": DUTIES})
            return f"found in {items_of(request)[1]}"

        led = explored([], sub=sub, played=True)
        assert (led.outcome.status, led.outcome.answer.value) == ("complete", DUTIES)
        assert not led.root.requests
        assert len(asked) == 3
        assert all("Find duties. Who must pay?" in question for question in asked)
        assert "found in Acme shall pay." in asked[-1]
        assert len(led.turns) == 4

    @pytest.mark.parametrize(
        ("returns", "reply", "value"),
        [
            ("text", "in short", "in short"),
            ("int", 'Here: {"answer": 7}', 7),
            ("list[text]", '{"answer": ["a", "b"]}', ["a", "b"]),
            ("dict[text, int]", '{"answer": {"a": 1}}', {"a": 1}),
            ("Line", '```json\n{"text": "a line"}\n```', {"text": "a line"}),
        ],
    )
    def test_the_findings_come_in_the_type_of_the_step(self, returns, reply, value):
        text = """
        type Line { text: text }
        strategy task(docs: corpus) -> T { answer explore(docs) -> T "Sum it up." }
        """.replace("T {", f"{returns} {{").replace('-> T "', f'-> {returns} "')
        led = lead(text, "x" * 20_000, [], sub=lambda _: reply, mode="plan", played=True)
        assert led.outcome.answer.value == value
        assert led.outcome.root.usage.sub.calls == 4

    def test_a_piece_that_failed_is_listed(self):
        def sub(request):
            if "Beta" in items_of(request)[1] and len(items_of(request)) == 1:
                return ""
            return json.dumps({"answer": DUTIES})

        led = explored([], sub=sub, played=True)
        assert led.outcome.status == "incomplete"
        assert [failed.place for failed in led.outcome.failures] == ["input.txt:3"]

    def test_it_is_played_where_a_reader_answers_in_the_models_place(self):
        text = f"Acme {marker(1)} pays.\n# a note\nBeta {marker(2)} waits.\n"
        job = Job(
            compiled(scout()),
            {"docs": Corpus((Document("a.txt", text),))},
            {},
            {},
            reader=perfect(0),
        )
        outcome = asyncio.run(run(job))
        assert outcome.status == "complete"
        said = json.dumps(outcome.answer.value, ensure_ascii=False)
        assert {marker(1), marker(2)} <= set(said)


class TestForetold:
    def forecast_of(self, within="", *, window=None, price=None, played=False):
        model = ScriptedModel(lambda _: None, window=window, price=price)
        documents = Corpus((Document("a.txt", DOCS),))
        settings = RootSettings(UNSAFE, depth=0)
        job = Job(
            compiled(scout(within)),
            {"docs": documents},
            {},
            {"sub": model, "root": model},
            root=settings,
            played=played,
        )
        return asyncio.run(forecast(job))

    def test_it_is_an_estimate(self):
        foretold = self.forecast_of()
        assert not foretold.exact
        assert set(foretold.steps) == {"answer", "answer/llm"}
        assert 0 < foretold.clean.calls <= foretold.ceiling.calls

    def test_the_ceiling_is_its_rounds_and_the_calls_that_its_code_may_make(self):
        foretold = self.forecast_of(window=20_000)
        assert foretold.steps["answer"].ceiling.calls == 4 + 5, "rounds, and what may be repeated"
        assert foretold.steps["answer/llm"].ceiling.calls == 1000
        assert foretold.steps["answer/llm"].ceiling.tokens_in == 1000 * 20_000

    def test_the_ceiling_keeps_within_what_the_strategy_allows(self):
        foretold = self.forecast_of("within 40 calls, 3 USD", price=Price(1e-6, 1e-5))
        assert foretold.ceiling.calls == 40
        assert foretold.ceiling.usd == 3

    def test_played_there_is_no_root_to_pay(self):
        assert set(self.forecast_of(played=True).steps) == {"answer/llm"}

    def test_no_run_passes_the_ceiling(self):
        busy = code('found = llm_batch(["word " * 2000] * 50)', "print(found)")
        model = ScriptedModel(
            lambda r: busy if r.step == "answer" else "word " * 500, window=20_000
        )
        documents = Corpus((Document("a.txt", DOCS),))
        job = Job(
            compiled(scout("within 120 calls")),
            {"docs": documents},
            {},
            {"sub": model, "root": model},
            limits=Limits(),
            root=RootSettings(UNSAFE, depth=0),
        )
        ceiling = asyncio.run(forecast(job)).ceiling
        spent = asyncio.run(run(job)).spent
        assert spent.calls <= ceiling.calls == 120
        assert spent.tokens_in <= ceiling.tokens_in
        assert spent.tokens_out <= ceiling.tokens_out


def test_authors_can_test_a_strategy_that_explores():
    def replies(request):
        if request.step == "answer/llm":
            return "Acme"
        said = sum(message.role == "assistant" for message in request.messages)
        answer = "[{'who': llm_query('Who?'), 'quote': 'Acme shall pay.'}]"
        return [setting(answer), READY][said]

    assert run_text(scout(), DOCS, replies).answer.value == DUTIES
