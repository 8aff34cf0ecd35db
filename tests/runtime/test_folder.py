"""The folder of a run, where there is no room for it: what was paid for is not lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlmflow.api import Strategy
from rlmflow.diagnostics.codes import INPUT_CHANGED
from rlmflow.diagnostics.model import StrategyError
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.events import Event, TurnDone
from rlmflow.runtime.folder import RUNS, RunFolder
from rlmflow.runtime.past_runs import past_runs
from rlmflow.runtime.stopping import Stopping
from rlmflow.testing import compiled
from rlmflow.values import Corpus, Document

FULL = Path("/dev/full")

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="there is no full device here")


def test_a_disk_that_is_full_stops_the_run(tmp_path: Path) -> None:
    stopping = Stopping()
    with RunFolder(tmp_path, "s", stopping) as folder:
        (folder.path / "turns.jsonl").symlink_to(FULL)
        folder.hear(TurnDone("root", 0, 1, "x" * 100_000, (), ""))
        assert stopping.reason == f"{folder.path} can't be written: no space left on device"
        folder.hear(TurnDone("root", 0, 2, "", (), ""))


def test_before_anything_is_paid_it_is_an_error_with_the_file(tmp_path: Path) -> None:
    with RunFolder(tmp_path, "s", Stopping()) as folder:
        (folder.path / "plan.json").symlink_to(FULL)
        with pytest.raises(OSError, match=r"No space left on device: '.*plan\.json'"):
            folder.write("plan.json", {"x": "y" * 100_000})


def test_a_run_that_an_error_ends_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(StrategyError),
        RunFolder(tmp_path, "s", Stopping()),
    ):
        raise StrategyError([INPUT_CHANGED.at(None, "`a.txt` is gone")])
    (run,) = past_runs(tmp_path)
    assert run.status == "stopped"
    assert "`a.txt` is gone" in (run.folder / "run.json").read_text()


@pytest.mark.parametrize("name", ["run.json", "ledger.json", "answer.json"])
def test_an_answer_that_is_there_is_given(name: str, tmp_path: Path) -> None:
    def fill(event: Event) -> None:
        (folder,) = (tmp_path / RUNS).iterdir()
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(FULL)

    text = 'strategy s(docs: corpus) -> text { answer ask(docs) -> text "What is it?" }'
    docs, model = Corpus((Document("a.txt", "it"),)), ScriptedModel(lambda _: "this")
    outcome = Strategy(compiled(text)).run(docs, sub=model, folder=tmp_path, on_event=fill)
    assert outcome.answer is not None
    assert outcome.answer.value == "this"
    assert outcome.folder is None
    assert [note.message for note in outcome.notes] == ["can't be written: no space left on device"]
