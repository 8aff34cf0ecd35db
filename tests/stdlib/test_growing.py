"""Strategies that are run again and again: the journal is their memory."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from stdlib.std_task import STDLIB
from stdlib.tasks import tree_questions, watch

import rlmflow
from rlmflow.models.scripted import Script, ScriptedModel
from rlmflow.runtime.outcome import Outcome


class Remembered:
    """A strategy of the library with a journal, run over a folder again and again."""

    def __init__(self, name: str, folder: Path, reader: Script) -> None:
        self._strategy = rlmflow.load(STDLIB / f"{name}.rlm")
        self._docs, self._journal = folder / "docs", folder / "journal.sqlite"
        self._reader = reader
        self._docs.mkdir()

    def write(self, name: str, text: str) -> None:
        (self._docs / name).write_text(text, encoding="utf-8")

    def run(self, **values: object) -> tuple[Outcome, Counter[str]]:
        """How it ended, and how many calls each step made."""
        model = ScriptedModel(self._reader)
        outcome = self._strategy.run(self._docs, sub=model, journal=self._journal, **values)
        assert outcome.status == "complete"
        assert outcome.coverage.read == outcome.coverage.total
        return outcome, Counter(request.step for request in model.requests)


def test_of_a_folder_that_grows_only_what_is_new_is_shown(tmp_path: Path) -> None:
    given = watch.made(600, 4)
    watched = Remembered("watch", tmp_path, watch.reader)
    for name, text in given.texts.items():
        watched.write(name, text)
    _, first = watched.run(**given.values)
    assert first["noted"] >= 600 / 20
    _, same = watched.run(**given.values)
    assert not same
    watched.write("0.txt", f"{given.texts['0.txt']}\n\nOn 2033-01-01 the crane was sold.")
    watched.write("new.txt", "On 2032-01-01 the crane was lent.\n\nIt rained.")
    outcome, more = watched.run(**given.values)
    assert more["noted"] == 1
    assert more["answer"] < first["answer"] / 2
    assert outcome.answer is not None
    assert outcome.answer.value["standing"] == "sold"
    assert [note["source"].split("/")[-1] for note in outcome.answer.cited["because"]] == [
        f"0.txt:{given.texts['0.txt'].count(chr(10)) + 3}",
        "new.txt:1",
    ]


def test_a_second_question_reads_no_more_than_what_may_answer_it(tmp_path: Path) -> None:
    given = tree_questions.made(120, 4)
    asked = Remembered("tree_questions", tmp_path, tree_questions.reader)
    asked.write("house.md", given.texts["house.md"])
    outcome, first = asked.run(**given.values)
    assert outcome.answer is not None
    assert tree_questions.score(outcome.answer.value, given.gold) == 1.0
    assert first["index"] > 10
    other = {"question": tree_questions.QUESTION.replace("copper", "iron")}
    outcome, second = asked.run(**other)
    assert second["index"] == 0
    assert second["answer"] < first["index"]
    assert outcome.answer is not None
    assert outcome.answer.value != []
