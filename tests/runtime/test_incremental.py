"""An edit asks again for what it touches: of a thousand files, and up the tree of a `reduce`."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from rlmflow.api import Strategy
from rlmflow.models._protocol import Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.testing import compiled, items_of
from rlmflow.values import Corpus, Document

FILES = 1000
STRATEGY = """
strategy digest(docs: corpus) -> text {
  notes = map(docs, pack: 1) -> text "Note what it says."
  answer reduce(notes, width: 8) -> text "Sum up."
}
"""


def reply(request: Request) -> Any:
    items = items_of(request)
    return f"{len(items)} of {' '.join(items.values())[:60]}"


class Folder:
    """A thousand files, and runs over them that share a journal."""

    def __init__(self, journal: Path) -> None:
        chance = random.Random(7)
        self.texts = {f"{n:04}.txt": f"{chance.random()} in {n}" for n in range(FILES)}
        self._journal = journal

    def run(self) -> tuple[int, int]:
        """How many calls were about files, and how many combined what others said."""
        documents = tuple(Document(name, text) for name, text in sorted(self.texts.items()))
        model = ScriptedModel(reply)
        outcome = Strategy(compiled(STRATEGY)).run(
            Corpus(documents), sub=model, journal=self._journal, width=64
        )
        assert outcome.status == "complete"
        notes = sum("Note what" in request.messages[1].content for request in model.requests)
        return notes, len(model.requests) - notes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    made = Folder(tmp_path_factory.mktemp("incremental") / "journal.sqlite")
    notes, sums = made.run()
    assert notes == FILES
    # About a tree of eight children a group: n/8 + n/64 + …
    assert FILES / 16 < sums < FILES / 4
    return made


def test_one_edit_asks_for_one_file_and_the_groups_above_it(folder: Folder) -> None:
    combined = []
    for name in ("0003.txt", "0500.txt", "0998.txt"):
        folder.texts[name] += " edited"
        notes, sums = folder.run()
        assert notes == 1
        combined.append(sums)
    # Three or four levels, and at a level at times a neighbour whose group ends elsewhere.
    assert sum(combined) / len(combined) <= 8


def test_a_file_more_or_less_asks_for_no_other_file(folder: Folder) -> None:
    folder.texts["0500-new.txt"] = "a file that was not there"
    notes, sums = folder.run()
    assert notes == 1
    assert sums <= 12
    del folder.texts["0700.txt"]
    notes, sums = folder.run()
    assert notes == 0
    assert sums <= 12
