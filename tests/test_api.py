"""The Python interface: the same as the command line's."""

import asyncio

import pytest

import rlmflow
from rlmflow.models._protocol import ModelFailure
from rlmflow.models.scripted import ScriptedModel
from rlmflow.testing import items_of

STRATEGY = """
type Finding { who: text  quote: quote }
strategy find(docs: corpus, name: text, since: date = "2020-01-31") -> list[Finding]
{
  parts = chunk(docs, size: 1_000 chars)
  answer extract(parts) -> Finding "Find {{ name }} since {{ since }}."
}
"""


@pytest.fixture
def strategy(tmp_path):
    path = tmp_path / "find.rlm"
    path.write_text(STRATEGY)
    return rlmflow.load(path)


def finds(request):
    return {"items": [{"who": "Ada", "quote": items_of(request)[1].split(".")[0]}]}


def test_runs_over_files_with_typed_results(strategy, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.txt").write_text("Second. More.")
    (tmp_path / "in" / "a.txt").write_text("First. More.")
    model = ScriptedModel(finds)
    outcome = strategy.run(tmp_path / "in", sub=model, name="Ada")
    assert [finding.quote for finding in outcome.answer.typed] == ["First", "Second"]
    assert outcome.answer.value[0] == {"who": "Ada", "quote": "First"}
    assert [place.rsplit("/", 1)[1] for place in outcome.answer.places] == ["a.txt:1", "b.txt:1"]
    assert "Find Ada since 2020-01-31." in model.requests[0].messages[1].content


def test_runs_inside_a_loop_over_documents_that_are_there(strategy):
    document = rlmflow.Document("note", "One. Two.")
    coroutine = strategy.arun(document, sub=ScriptedModel(finds), name="Ada")
    assert asyncio.run(coroutine).answer.value == [{"who": "Ada", "quote": "One"}]


def test_all_that_is_missing_is_said_at_once(strategy):
    with pytest.raises(rlmflow.StrategyError) as raised:
        strategy.run(sub="nonsense", nam="Ada", since="yesterday")
    messages = [diagnostic.message for diagnostic in raised.value.diagnostics]
    assert messages == [
        "`find` has no parameter `nam`",
        "`docs: corpus` is not given",
        "`name: text` is not given",
        '`since` must be of type date: "yesterday" is not a date such as 2024-05-31',
    ]


def test_no_model_says_what_to_do(strategy, monkeypatch):
    document = rlmflow.Document("note", "One.")
    with pytest.raises(rlmflow.StrategyError) as raised:
        strategy.run(document, name="Ada")
    assert raised.value.diagnostics[0].code == "RF501"


def test_a_run_folder_holds_plan_events_and_answer(strategy, tmp_path):
    document = rlmflow.Document("note", "One. Two.")
    outcome = strategy.run(document, sub=ScriptedModel(finds), name="Ada", folder=tmp_path)
    names = sorted(path.name for path in outcome.folder.iterdir())
    assert names == ["answer.json", "events.jsonl", "ledger.json", "plan.json", "run.json"]
    assert outcome.folder.is_relative_to(tmp_path)


def test_a_run_that_fails_everywhere_still_ends_with_an_outcome(strategy):
    document = rlmflow.Document("note", "One. Two.")
    refusal = ModelFailure("refused", "no", again=False)
    outcome = strategy.run(document, sub=ScriptedModel(lambda request: refusal), name="Ada")
    assert outcome.status == "incomplete"
    assert outcome.answer.value == []
    assert outcome.coverage.unread[0].span.text == "One. Two."


def test_a_model_for_a_role_that_nothing_asks_is_an_error(strategy):
    given = {"exprt": ScriptedModel(finds), "sub": ScriptedModel(finds)}
    with pytest.raises(rlmflow.StrategyError, match="a model is given for `exprt`") as raised:
        strategy.run(rlmflow.Document("note", "One."), models=given, name="Ada")
    assert raised.value.diagnostics[0].hint == "the roles that are asked: sub"
