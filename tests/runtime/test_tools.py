"""Tools that a step's model calls: the loop, its bounds, and where quotes from output stand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from root.rooted import READY, code, lead

import rlmflow
from rlmflow import api
from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import Request, ToolCall
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.events import CallDone, Event, ToolUsed
from rlmflow.runtime.forecast import Forecast
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.tools import using
from rlmflow.targets.prompt import root_prompt
from rlmflow.testing import compiled, items_of
from rlmflow.values import Document

HEAD = """
from __future__ import annotations
import asyncio, threading, time, typing
import rlmflow
from rlmflow import api
"""
ASK = 'answer map(docs, tools: [TOOLS], pack: 1) -> text "What is it?"'

Script = Callable[[Request], object]


def strategy(
    folder: Path, tools: str, python: str = "", body: str = ASK, returns: str = "list[text]"
) -> rlmflow.Strategy:
    """A strategy whose step has these tools, and which may use what the Python text defines."""
    head = ""
    if python:
        (folder / "tools.py").write_text(HEAD + python)
        head = 'use python "./tools.py"\n'
    types = "type Found { what: text  quote: quote }\n"
    text = f"{head}{types}strategy main(docs: corpus) -> {returns} {{ {body} }}"
    (folder / "main.rlm").write_text(text.replace("TOOLS", tools))
    return rlmflow.load(folder / "main.rlm")


def run(
    made: rlmflow.Strategy, script: Script, *texts: str, **options: Any
) -> tuple[Outcome, list[Event], ScriptedModel]:
    docs = [Document(f"{number}.txt", text) for number, text in enumerate(texts)]
    model = ScriptedModel(script)  # type: ignore[arg-type]  # as the tests write them
    events: list[Event] = []
    outcome = made.run(docs, sub=model, trust=True, on_event=events.append, **options)
    return outcome, events, model


def call(name: str, /, **arguments: object) -> ToolCall:
    return ToolCall(name, json.dumps(arguments))


def once(*calls: ToolCall, then: object = None) -> Script:
    """Calls these tools, and replies what they said, or `then`."""

    def script(request: Request) -> object:
        said = [message.content for message in request.messages if message.role == "tool"]
        if not said:
            return list(calls)
        return "\n---\n".join(said) if then is None else then

    return script


def used(events: list[Event]) -> list[ToolUsed]:
    return [event for event in events if isinstance(event, ToolUsed)]


def said(outcome: Outcome) -> str:
    """The one text that was answered."""
    assert [failure.reason for failure in outcome.failures] == []
    assert outcome.answer is not None
    (text,) = outcome.answer.value
    assert isinstance(text, str)
    return text


# The built-in tools


INPUT = "first line\nsecond: a walrus\nthird\nfourth: two walruses sleep\n"


def test_a_model_looks_something_up_and_replies(tmp_path: Path) -> None:
    made = strategy(tmp_path, "grep_input")
    script = once(call("grep_input", pattern="walrus(es)?"))
    outcome, events, model = run(made, script, INPUT)
    assert said(outcome) == "0.txt:2: second: a walrus\n0.txt:4: fourth: two walruses sleep"
    assert outcome.status == "complete"
    (event,) = used(events)
    assert (event.step, event.tool, event.problem) == ("answer", "grep_input", None)
    assert event.arguments == '{"pattern": "walrus(es)?"}'
    assert event.items == ("docs.0",)
    # Each turn of the model is a call.
    assert outcome.calls == 2
    assert [e.turn for e in events if isinstance(e, CallDone)] == [0, 1]
    first, second = model.requests
    assert [tool.name for tool in first.tools] == ["grep_input"]
    assert using.MAY_USE in first.messages[0].content
    assert [message.role for message in second.messages] == ["system", "user", "assistant", "tool"]
    assert second.messages[3].answers == second.messages[2].tool_calls[0].id
    assert first.max_output == second.max_output == 1024 + using.CALL_TOKENS


LONG = "\n".join(f"line {number} " + "x" * 90 for number in range(1, 301))


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (call("grep_input", pattern="W.LRUS"), "no line matches"),
        (call("grep_input", pattern="(?i)W.LRUS", name="1.txt"), "no line matches"),
        (
            call("grep_input", pattern="^third$\n.*two"),
            "0.txt:3: third\nfourth: two walruses sleep",
        ),
        (call("grep_input", pattern="a("), "`grep_input` failed: `a(` is no regular expression"),
        (call("grep_input", patern="a"), "it takes no `patern`; it takes pattern, name"),
        (call("grep_input"), "`pattern` is missing"),
        (call("grep_input", pattern="^line"), "[260 more lines match]"),
        (call("grep_input", pattern="x", name="2.text"), "did you mean `2.txt`?"),
        (call("read_file", name="0.txt", start=2, lines=1), "0.txt, lines 2 to 2 of 5:\nsecond: a"),
        (call("read_file", name="0.txt", start=5), "0.txt, lines 5 to 5 of 5:"),
        (call("read_file", name="0.txt", start=6), "0.txt has 5 lines"),
        (call("read_file", name="0.txt", start="2"), "`start` is a whole number"),
        (call("read_file", name="0.txt", lines=0), "`lines` is a whole number"),
        (call("read_file", name="2.txt"), "2.txt, lines 1 to 80 of 300:\nline 1 x"),
        (call("read_file", name="2.txt", start=300), "2.txt, lines 300 to 300 of 300:\nline 300"),
        (call("read_file", name="3.txt"), "3.txt, lines 1 to 1 of 1 of which the end is cut off:"),
        (call("read_file", name="zebra"), "there are 0.txt, 1.txt, 2.txt, 3.txt"),
        (call("read_file"), "`name` is missing"),
        (call("write_file", name="a"), "there is no such tool; there are grep_input, read_file"),
        (ToolCall("grep_input", '{"pattern": "a"'), "are not one complete JSON object"),
        (ToolCall("grep_input", '["a"]'), "are not one complete JSON object"),
    ],
)
def test_the_input_is_searched_and_read(tmp_path: Path, asked: ToolCall, answer: str) -> None:
    body = 'answer [ask(docs, tools: [grep_input, read_file]) -> text "What is it?"]'
    made = strategy(tmp_path, "", body=body)
    outcome, events, _ = run(made, once(asked), INPUT, "", LONG, "y" * 10_000)
    assert answer in said(outcome)
    assert (used(events)[0].problem is None) == ("failed" not in said(outcome))
    assert len(said(outcome)) < 9000


def test_a_long_line_is_shown_around_its_match(tmp_path: Path) -> None:
    made = strategy(tmp_path, "grep_input")
    text = "a" * 5000 + "walrus" + "b" * 5000
    outcome, _, _ = run(made, once(call("grep_input", pattern="walrus")), text)
    line = said(outcome).removeprefix("0.txt:1: ")
    assert "awalrusb" in line
    assert len(line) == 400


def test_a_search_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rlmflow.runtime.tools.inputs._SEARCH_SECONDS", 0.05)
    made = strategy(tmp_path, "grep_input")
    outcome, _, _ = run(made, once(call("grep_input", pattern=r"(a|aa)+$")), "a" * 60 + "b")
    assert "searching took more than 0.05 seconds" in said(outcome)


# Functions


FUNCTIONS = """
class Row(typing.TypedDict):
    name: str
    size: int | None

def look_up(name: str, rows: list[Row] = (), *, kind: typing.Literal["a", "b"] = "a") -> list[str]:
    '''Looks a name up.

    All of it.'''
    return [name, kind, *[f"{row['name']}={row['size']}" for row in rows]]

async def later(seconds: float) -> str:
    await asyncio.sleep(0)
    return f"{seconds} later"

def fails(name: str) -> str:
    raise KeyError(name)

def wrong(name: str) -> int:
    return name
"""


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (call("look_up", name="x"), '["x", "a"]'),
        (
            call("look_up", name="é", kind="b", rows=[{"name": "n", "size": None}]),
            '["é", "b", "n=None"]',
        ),
        (call("later", seconds=3), "3.0 later"),
        (call("look_up", nam="x"), "failed: it takes no `nam`; it takes name, rows, kind"),
        (call("look_up"), "`look_up` failed: `name` is missing"),
        (call("look_up", name=3), "`look_up` failed: `name`: 3 is not text"),
        (call("look_up", name="x", kind="c"), "failed: `kind`: \"c\" is not 'a' or 'b'"),
        (call("look_up", name="x", rows=[{"name": "n", "size": "3m"}]), "`rows`: 0.size: "),
        (call("fails", name="x"), "`fails` failed: KeyError: 'x' ("),
        (call("wrong", name="x"), "it returned `str` where its annotation says `int`"),
    ],
)
def test_a_function_is_called_with_what_the_model_wrote(
    tmp_path: Path, asked: ToolCall, answer: str
) -> None:
    made = strategy(tmp_path, "look_up, later, fails, wrong", FUNCTIONS)
    outcome, _, model = run(made, once(asked), INPUT)
    assert answer in said(outcome)
    assert said(outcome).count("failed") <= 1
    tools = {tool.name: tool for tool in model.requests[0].tools}
    assert list(tools) == ["look_up", "later", "fails", "wrong"]
    assert tools["look_up"].description == "Looks a name up.\n\nAll of it."
    assert tools["later"].description == "later(seconds: float) -> text"
    parameters: Mapping[str, Any] = tools["look_up"].parameters
    assert parameters["required"] == ["name"]
    assert parameters["properties"]["kind"]["enum"] == ["a", "b"]
    assert parameters["properties"]["rows"]["items"] == {"$ref": "#/$defs/Row"}
    assert list(parameters["$defs"]["Row"]["properties"]) == ["name", "size"]


def test_a_function_that_is_a_tool_needs_trust(tmp_path: Path) -> None:
    made = strategy(tmp_path, "look_up", FUNCTIONS)
    with pytest.raises(StrategyError, match="RF540"):
        made.run([Document("a", "b")], sub=ScriptedModel(lambda _: "x"))


def test_the_calls_of_one_turn_are_made_side_by_side(tmp_path: Path) -> None:
    python = """
both = threading.Barrier(2)

def meet(number: int) -> int:
    both.wait(timeout=10)
    return number
"""
    made = strategy(tmp_path, "meet", python)
    outcome, events, _ = run(made, once(call("meet", number=1), call("meet", number=2)), INPUT)
    assert said(outcome) == "1\n---\n2"
    assert len(used(events)) == 2
    assert outcome.calls == 2


def test_a_tool_that_hangs_costs_its_time_out_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(using, "_SECONDS", 0.05)
    python = "def hang() -> int:\n    threading.Event().wait()"
    made = strategy(tmp_path, "hang", python)
    outcome, events, _ = run(made, once(call("hang")), INPUT)
    assert said(outcome) == "`hang` failed: it returned nothing within 0.05 seconds"
    assert used(events)[0].problem == "it returned nothing within 0.05 seconds"


# Bounds


def test_rounds_are_bounded_and_the_last_turn_may_call_nothing(tmp_path: Path) -> None:
    made = strategy(tmp_path, "grep_input")
    outcome, events, model = run(made, lambda _: call("grep_input", pattern="a"), INPUT)
    assert outcome.status == "incomplete"
    assert outcome.failures[0].reason == "after 8 rounds of tools there was no reply"
    assert outcome.calls == using.ROUNDS + 1
    assert len(used(events)) == using.ROUNDS
    choices = [request.tool_choice for request in model.requests]
    assert choices == ["auto"] * using.ROUNDS + ["none"]
    assert model.requests[-1].max_output == 1024


def test_calls_of_one_turn_are_bounded(tmp_path: Path) -> None:
    made = strategy(tmp_path, "grep_input")
    many = [call("grep_input", pattern="third")] * 10
    outcome, _, model = run(made, once(*many), INPUT)
    told = said(outcome).split("\n---\n")
    assert told[:8] == ["0.txt:3: third"] * 8
    assert told[8:] == ["`grep_input` failed: no more than 8 calls at a time"] * 2
    ids = [message.answers for message in model.requests[1].messages[3:]]
    assert len(set(ids)) == 10


def test_output_is_cut_to_its_head_and_tail_and_says_so(tmp_path: Path) -> None:
    python = "def much() -> str:\n    return 'a' * 50_000 + 'b' * 50_000"
    made = strategy(tmp_path, "much", python)
    outcome, _, _ = run(made, once(call("much")), INPUT)
    text = said(outcome)
    assert text.startswith("a" * 6144 + "\n[… 91,808 characters of this output are left out …]\nbb")
    assert text.endswith("b" * 2048)


def test_output_is_bounded_over_all_rounds_and_by_the_window(tmp_path: Path) -> None:
    python = "def much() -> str:\n    return 'a' * 8000"
    made = strategy(tmp_path, "much", python)
    calls = [call("much")] * 3
    docs = [Document("a", "b")]
    model = ScriptedModel(once(*calls), window=20_000)  # type: ignore[arg-type]  # as written
    outcome = made.run(docs, sub=model, trust=True)
    first, second, third = said(outcome).split("\n---\n")
    assert first == "a" * 8000
    assert second.count("a") - "characters are".count("a") < 2010
    assert third.count("aaa") == 0


def test_the_budget_bounds_turns_too(tmp_path: Path) -> None:
    made = strategy(tmp_path, "grep_input")
    script = lambda _: call("grep_input", pattern="a")  # noqa: E731
    outcome, _, _ = run(made, script, INPUT, max_calls=3)
    assert outcome.failures[0].reason == "over the budget: within 3 calls"
    assert outcome.calls == 3


def test_the_ceiling_holds_when_every_round_is_used(tmp_path: Path) -> None:
    made = strategy(tmp_path, "grep_input, read_file")
    docs = [Document(f"{n}.txt", LONG) for n in range(3)]

    def greedy(request: Request) -> object:
        if request.tool_choice == "none":
            return "done"
        return [call("read_file", name="1.txt", start=n * 20 + 1) for n in range(8)]

    model = ScriptedModel(greedy)  # type: ignore[arg-type]  # as written
    foreseen: Forecast = rlmflow_estimate(made, docs, model)
    assert not foreseen.exact
    outcome = made.run(docs, sub=model)
    assert outcome.status == "complete"
    assert outcome.calls == 27 <= foreseen.ceiling.calls
    assert outcome.spent.tokens_in <= foreseen.ceiling.tokens_in
    assert outcome.spent.tokens_out <= foreseen.ceiling.tokens_out
    assert foreseen.clean.calls == 3


def rlmflow_estimate(
    made: rlmflow.Strategy, docs: list[Document], model: ScriptedModel
) -> Forecast:
    return asyncio.run(api.estimate(made.prepare(docs, sub=model)))


# What the reply rests on


FIND = 'answer extract(docs, tools: [TOOLS]) -> Found "What is it?"'


def found(quote: str) -> object:
    return {"items": [{"what": "it", "quote": quote}]}


def test_a_quote_from_the_input_that_a_tool_showed_has_its_place_there(tmp_path: Path) -> None:
    body = FIND.replace("docs,", "chunk(docs, size: 12 chars, at: line),")
    made = strategy(tmp_path, "grep_input", body=body, returns="list[Found]")

    def script(request: Request) -> object:
        if "first" in items_of(request).get(1, ""):
            return once(call("grep_input", pattern="sleep"), then=found("two walruses sleep"))(
                request
            )
        return {"items": []}

    outcome, _, _ = run(made, script, INPUT)
    assert outcome.rejected == ()
    assert outcome.answer is not None
    assert outcome.answer.places == ("0.txt:4",)


def test_a_quote_from_a_tools_own_document_is_placed_in_that(tmp_path: Path) -> None:
    python = "def law(number: int) -> str:\n    return 'one\\nOwners pay “in advance”.\\n'"
    made = strategy(tmp_path, "law", python, FIND, "list[Found]")
    script = once(call("law", number=7), then=found('Owners pay "in advance".'))
    outcome, _, _ = run(made, script, INPUT)
    assert outcome.rejected == ()
    assert outcome.answer is not None
    assert outcome.answer.places == ('tool:law({"number": 7}):2',)
    # What a tool showed is no reading of the input.
    assert outcome.coverage.share == 1.0


def test_a_quote_that_stands_nowhere_is_pointed_out_and_tools_may_be_called_again(
    tmp_path: Path,
) -> None:
    made = strategy(tmp_path, "grep_input", body=FIND, returns="list[Found]")
    asked: list[Request] = []

    def script(request: Request) -> object:
        asked.append(request)
        tools = sum(message.role == "tool" for message in request.messages)
        if len(asked) in (1, 3):
            return call("grep_input", pattern="walrus")
        return found("no such words") if tools < 2 else found("a walrus")

    outcome, _, _ = run(made, script, INPUT)
    assert outcome.answer is not None
    assert outcome.answer.places == ("0.txt:2",)
    roles = [message.role for message in asked[-1].messages]
    assert roles == ["system", "user", *["assistant", "tool", "assistant", "user"], *roles[2:4]]


def test_a_quote_from_a_part_of_the_output_that_was_cut_out_is_refused(tmp_path: Path) -> None:
    python = "def much() -> str:\n    return 'a' * 9000 + ' hidden words ' + 'b' * 9000"
    made = strategy(tmp_path, "much", python, FIND, "list[Found]")
    outcome, _, _ = run(made, once(call("much"), then=found("hidden words")), INPUT)
    assert len(outcome.rejected) == 1
    assert outcome.answer is not None
    assert outcome.answer.value == []


def test_each_vote_has_its_own_tools(tmp_path: Path) -> None:
    body = FIND.replace("tools:", "votes: 3, tools:").replace("-> Found", "-> quote")
    made = strategy(tmp_path, "grep_input", body=body, returns="list[quote]")
    answers = {0: "a walrus", 1: "two walruses sleep", 2: "two walruses sleep"}

    def script(request: Request) -> object:
        pattern = call("grep_input", pattern=answers[request.sample])
        return once(pattern, then={"items": [answers[request.sample]]})(request)

    outcome, events, _ = run(made, script, INPUT)
    assert outcome.answer is not None
    assert outcome.answer.value == ["two walruses sleep"]
    assert len(used(events)) == 3


# Who can have tools


def test_a_model_that_can_not_call_tools_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    made = strategy(tmp_path, "grep_input")
    model = ScriptedModel(lambda _: "x", tools=False)
    with pytest.raises(StrategyError) as refused:
        made.run([Document("a", "b")], sub=model)
    (finding,) = refused.value.diagnostics
    assert finding.code == "RF542"
    assert finding.span is not None
    assert finding.span.text == "[grep_input]"
    assert model.requests == []


def test_a_root_is_told_of_no_tool_and_sees_no_output() -> None:
    text = """
    strategy task(docs: corpus) -> list[text] {
      answer map(docs, tools: [grep_input, read_file], pack: 1) -> text "Say it."
    }
    """
    plain = text.replace("tools: [grep_input, read_file], ", "")
    assert root_prompt(compiled(text)) == root_prompt(compiled(plain))
    asked = code("said = steps.answer()", "print(said)", 'answer["content"] = said')
    sub = once(call("grep_input", pattern="walrus"), then="two of them")
    led = lead(text, INPUT, [asked, READY], sub=sub)  # type: ignore[arg-type]  # as written
    assert led.outcome.answer is not None
    assert led.outcome.answer.value == ["two of them"]
    assert len(used(list(led.events))) == 1
    seen = "\n".join(m.content for request in led.root.requests for m in request.messages)
    assert "two of them" in seen
    assert "walrus" not in seen
    assert "grep_input" not in seen
    assert not any(request.tools for request in led.root.requests)


def test_a_step_without_tools_has_none(tmp_path: Path) -> None:
    body = """
    one = map(docs, tools: [grep_input]) -> text "One?"
    answer map(one, tools: []) -> text "Two?"
    """
    made = strategy(tmp_path, "", body=body)
    _, _, model = run(made, lambda _: "x", INPUT)
    assert [len(request.tools) for request in model.requests] == [1, 0]
    assert using.MAY_USE not in model.requests[1].messages[0].content


# Tools that a parameter names

GIVEN = """
strategy main(docs: corpus, tools: list[text] = ["grep_input"]) -> list[text] {
  answer map(docs, tools: tools, pack: 1) -> text "What is it?"
}
"""


@pytest.mark.parametrize(
    ("given", "offered"),
    [
        (None, ["grep_input"]),
        (["read_file", "grep_input", "read_file"], ["read_file", "grep_input"]),
        ([], []),
    ],
)
def test_a_parameter_names_the_tools_when_the_strategy_is_run(
    tmp_path: Path, given: list[str] | None, offered: list[str]
) -> None:
    (tmp_path / "main.rlm").write_text(GIVEN)
    values = {} if given is None else {"tools": given}
    outcome, _, model = run(
        rlmflow.load(tmp_path / "main.rlm"), lambda request: "said", "one", **values
    )
    assert outcome.status == "complete"
    assert [tool.name for tool in model.requests[0].tools] == offered


def test_a_server_that_a_parameter_names_must_be_configured(tmp_path: Path) -> None:
    (tmp_path / "main.rlm").write_text(GIVEN)
    with pytest.raises(StrategyError) as caught:
        run(rlmflow.load(tmp_path / "main.rlm"), lambda request: "", "one", tools=["zoo.find"])
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.message) == ("RF543", "no server of tools is named `zoo`")


def test_a_step_that_takes_tools_from_a_parameter_proves_no_quotes() -> None:
    text = """
    type Found { what: text  quote: quote }
    strategy main(docs: corpus, tools: list[text]) -> list[Found] ensures grounded(docs) {
      answer extract(docs, tools: tools) -> Found "All."
    }
    """
    with pytest.raises(StrategyError) as caught:
        compiled(text)
    assert "gives its model tools" in caught.value.diagnostics[0].message


@pytest.mark.parametrize("parameter", ["tools: text", "tools: list[int]"])
def test_only_a_list_of_texts_names_tools(parameter: str) -> None:
    text = GIVEN.replace('tools: list[text] = ["grep_input"]', parameter)
    with pytest.raises(StrategyError) as caught:
        compiled(text)
    assert "`tools` takes a list of tools" in caught.value.diagnostics[0].message
