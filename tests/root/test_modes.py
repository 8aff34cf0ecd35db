"""A strategy in a root's hands: guided, played, or told the task alone."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from root.rooted import READY, code, lead, setting

import rlmflow
from rlmflow.hunt.markers import marker
from rlmflow.hunt.reader import perfect
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.events import TurnDone
from rlmflow.runtime.repl.process import Process
from rlmflow.runtime.run import run
from rlmflow.testing import items_of
from rlmflow.types import CORPUS, DOCUMENT, INT, TEXT, ListType
from rlmflow.values import Document

EXAMPLES = sorted((Path(rlmflow.__file__).parent.parent / "examples").glob("*.rlm"))
LOG = "\n\n".join(
    f"Date: 2025-01-{day:02} || User: {day % 3} || Instance: What is {marker(day)} of 2025?"
    for day in range(1, 13)
)
VALUES = {TEXT: "1", ListType(TEXT): ["entity", "number"], INT: 2}
"""What a parameter without a default is set to, by its type."""

LINES = """
type Line { text: text }
strategy task(docs: corpus, mark: text = "!") -> list[text] {
  lines = records(docs, by: line) -> Line
  kept = filter(lines, where: not startswith(item.text, "#"))
  answer map(kept, pack: 1) -> text "Say it, and add {{ mark }}"
}
"""


def values_of(strategy):
    """Something for each parameter that has no default and is no input."""
    needed = [p for p in strategy.main.parameters if p.default is None]
    return {p.name: VALUES[p.type] for p in needed if p.type not in (CORPUS, DOCUMENT)}


def first_words(request):
    """A sub-model that says of each item the same, whoever asks."""
    return " ".join(items_of(request)[1].split()[:3])


class TestPlayed:
    @pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
    def test_gives_the_answer_of_the_plan_on_every_example(self, example):
        strategy = rlmflow.load(example)
        roles = dict.fromkeys(("sub", "root"), ScriptedModel(lambda _: None))
        docs = Document("log.txt", LOG)
        outcomes = []
        for root in (None, "scripted"):
            job = strategy.prepare(docs, root=root, models=roles, **values_of(strategy))
            outcomes.append(asyncio.run(run(replace(job, reader=perfect(0)))))
        planned, played = outcomes
        assert planned.answer.value
        assert played.answer == planned.answer
        assert played.status == planned.status
        assert played.calls == planned.calls
        assert played.coverage.read == planned.coverage.read
        assert played.root.usage.root.calls == 0

    def test_each_block_is_run_by_the_worker_and_each_call_comes_over_its_channel(self):
        led = lead(LINES, "a\n#b\nc\n", [], sub=first_words, mode="scripted")
        assert [len(turn.blocks) for turn in led.turns] == [1] * 4
        assert [turn.blocks[0].requests for turn in led.turns] == [1, 1, 1, 0]
        assert led.outcome.answer.value == ["a", "c"]
        assert not led.root.requests

    @pytest.mark.parametrize("when", ["between blocks", "in a call"])
    def test_goes_on_after_the_worker_was_killed_half_way(self, when, monkeypatch):
        workers = []
        begin = Process.__init__

        def remembered(self, *arguments):
            begin(self, *arguments)
            workers.append(self)

        def kill_after_a_block(event):
            if isinstance(event, TurnDone) and event.turn == 2 and when == "between blocks":
                workers[0].kill()

        def sub(request):
            if when == "in a call":
                workers[0].kill()
            return first_words(request)

        monkeypatch.setattr(Process, "__init__", remembered)
        led = lead(LINES, "a\n#b\nc\n", [], sub=sub, mode="scripted", hear=kill_after_a_block)
        assert len(workers) == 2
        assert [block.status for block in led.turns[2].blocks] == ["died", "ok"]
        assert "Blocks 1 and 2 were run again" in led.turns[2].blocks[0].output
        assert (led.outcome.status, led.outcome.answer.value) == ("complete", ["a", "c"])
        assert led.outcome.calls == 2, "nothing was asked twice"

    def test_a_block_that_breaks_fails_the_run(self, monkeypatch):
        blocks = ("lines = steps.lines()", "lines.append(1)", 'answer["ready"] = True')
        monkeypatch.setattr("rlmflow.runtime.root.guided.program_blocks", lambda _: blocks)
        led = lead(LINES, "a\n", [], sub=first_words, mode="scripted")
        assert led.outcome.status == "incomplete"
        (reason,) = led.failures("root")
        assert reason.startswith("a block of the program failed: AttributeError")
        assert [turn.blocks[0].status for turn in led.turns] == ["ok", "error"]

    def test_what_fails_in_a_step_fails_as_in_the_plan(self):
        def sub(request):
            return "" if "b" in items_of(request)[1] else first_words(request)

        led = lead(LINES, "a\nb\n", [], sub=sub, mode="scripted")
        assert led.outcome.status == "incomplete"
        assert led.outcome.answer.value == ["a"]
        assert [failed.place for failed in led.outcome.failures] == ["input.txt:2"]


class TestGuided:
    def test_a_step_runs_once_however_often_it_is_asked_for(self):
        twice = code("one = steps.answer()", "two = steps.answer()", 'answer["content"] = two')
        led = lead(LINES, "a\nb\n", [twice, READY], sub=first_words)
        assert led.outcome.answer.value == ["a", "b"]
        assert led.outcome.root.usage.sub.calls == 2

    def test_a_step_runs_over_other_items(self):
        other = code(
            "lines = steps.lines()",
            "kept = steps.kept(lines[1:])",
            "print([line['text'] for line in kept], [line['text'] for line in steps.kept.dropped])",
        )
        led = lead(LINES, "a\n#b\nc\n#d\n", [other, setting("['x']"), READY], sub=first_words)
        assert "['c'] ['#b', '#d']" in led.told[1]

    def test_a_root_that_is_stuck_is_shown_how_to_go_on(self):
        look = code("print(len(context))")
        led = lead(
            LINES,
            "a\n",
            [look, look, "I don't know.", setting("steps.answer()"), READY],
            sub=first_words,
        )
        assert (
            "For example:\n```repl\n# lines = records(docs, by: line) -> Line\nlines = "
            in led.told[2]
        )
        assert "lines = steps.lines()" in led.told[3]
        assert led.outcome.answer.value == ["a"]

    def test_plain_values_are_items_too(self):
        other = code("print(steps.kept([{'text': 'x'}, {'text': '#y'}]))")
        led = lead(LINES, "a\n", [other, setting("['x']"), READY], sub=first_words)
        assert "[{'text': 'x'}]" in led.told[1]

    def test_the_root_is_told_what_failed_in_a_step(self):
        def sub(request):
            return "" if "b" in items_of(request)[1] else first_words(request)

        led = lead(LINES, "a\nb\n", [setting("steps.answer()"), READY], sub=sub)
        assert "In step answer 1 item failed:\n- input.txt:2: " in led.told[1]
        assert led.outcome.status == "incomplete"
        assert led.outcome.answer.value == ["a"]

    def test_parameters_are_variables(self):
        look = code("print(repr(mark), context)")
        led = lead(LINES, "a\n", [look, setting("[mark]"), READY], values={"mark": "?"})
        assert "'?' a" in led.told[1]
        assert led.outcome.answer.value == ["?"]

    def test_documents_of_one_name_are_told_apart(self):
        docs = {"a.txt": "one", "b.txt": "two"}
        look = code("print(context)")
        led = lead(LINES, docs, [look, setting("['x']"), READY])
        assert "{'a.txt': 'one', 'b.txt': 'two'}" in led.told[1]

    def test_the_prompt_is_as_long_for_a_large_input(self):
        small, large = (
            lead(LINES, "a" * size, [setting("['x']"), READY]).root.requests[0].messages[0].content
            for size in (10, 100_000)
        )
        assert len(small) == len(large)

    def test_what_the_root_is_sent_does_not_grow_with_the_input(self):
        look = code("print(context)")
        led = lead(LINES, "word " * 200_000, [look, setting("['x']"), READY])
        assert len(led.told[1]) < 9000


def test_a_free_root_is_told_the_task_alone():
    led = lead(LINES, "a\n", [code("steps.lines()"), setting("['x']"), READY], mode="free")
    assert "no step is called 'lines'" in led.told[1]
    assert "steps." not in led.root.requests[0].messages[0].content
    assert led.outcome.answer.value == ["x"]
