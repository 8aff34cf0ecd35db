"""What is said at the end of a run, as goldens: `RLMFLOW_UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rlmflow.diagnostics.render import render
from rlmflow.models._protocol import ModelFailure, Request
from rlmflow.report.answer import as_data
from rlmflow.report.closing import closing
from rlmflow.report.refusal import refusals
from rlmflow.runtime.coverage import Coverage
from rlmflow.runtime.events import ItemFailed, ItemRejected
from rlmflow.runtime.folder import RunFolder, as_record, ledger_record
from rlmflow.runtime.limits import Cost
from rlmflow.runtime.outcome import Answer, Outcome
from rlmflow.runtime.stopping import Stopping
from rlmflow.testing import compiled, items_of, run_text
from rlmflow.types import ANY
from rlmflow.values import Unread

GOLDEN = Path(__file__).parent / "golden"
STRATEGY = """
type Found { what: text  quote: quote }

strategy find(docs: corpus, words: text = "rent") -> list[Found]
  ensures covers(docs, SHARE), keeps(found), grounded(docs)
{
  parts = records(docs, by: paragraph)
  near  = filter(parts, where: contains(item.text, words) or len(item.text) < 30)
  found = extract(near) -> Found \"\"\"List them all.\"\"\"
  answer found
}
"""
NOTES = {
    "a.txt": "Ada pays the rent.\n\nBob has a key, and he has had it for a very long time.\n",
    "b.txt": "Eve owes nothing.\n\nNobody knows\nwhere the key to the\ncellar may be.\n",
}


def first_words(request: Request) -> Any:
    words = " ".join(items_of(request)[1].split()[:3])
    return {"items": [{"what": "it", "quote": words}]}


def but(word: str, reply: Any) -> Callable[[Request], Any]:
    return lambda r: reply if word in items_of(r)[1] else first_words(r)


REFUSED = ModelFailure("refused", "the model refused", again=False)
RUNS: dict[str, tuple[str, Callable[[Request], Any], bool]] = {
    "held": ("25%", first_words, False),
    "held, and what it means": ("25%", first_words, True),
    "refused": ("50%", first_words, False),
    "incomplete": ("25%", but("Eve", REFUSED), False),
    "a quote that is nowhere": (
        "25%",
        but("Eve", {"items": [{"what": "it", "quote": "Eve owes a lot"}]}),
        False,
    ),
}


def outcome_of(share: str, script: Callable[[Request], Any]) -> tuple[str, Outcome]:
    text = STRATEGY.replace("SHARE", share)
    return text, run_text(text, NOTES, script)


@pytest.mark.parametrize("name", RUNS)
def test_what_is_printed(name: str) -> None:
    share, script, verbose = RUNS[name]
    text, outcome = outcome_of(share, script)
    said = render(refusals(outcome, compiled(text)), color=False)
    said += closing(outcome, size=900, verbose=verbose)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("RLMFLOW_UPDATE_GOLDEN"):
        golden.write_text(said, "utf-8")
    assert said == golden.read_text("utf-8")


def test_every_golden_is_of_a_run() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(RUNS)


def test_a_program_is_told_the_same() -> None:
    _, outcome = outcome_of("50%", first_words)
    data = json.loads(json.dumps(as_data(outcome)))
    record = json.loads(json.dumps(as_record(outcome), default=str))
    assert data["status"] == "refused"
    assert data["verdicts"] == record["verdicts"]
    assert [one["holds"] for one in data["verdicts"]] == [False, True, True]
    assert data["unread"] == record["unread"]
    assert [(one["place"], one["reason"], one["step"]) for one in data["unread"]] == [
        ("a.txt:3", "left out", "near"),
        ("b.txt:3-5", "left out", "near"),
    ]
    assert data["quotes"] == 2


def test_the_run_folder_says_of_each_document_what_was_read(tmp_path: Path) -> None:
    with RunFolder(tmp_path, "s", Stopping()) as folder:
        _, outcome = outcome_of("25%", first_words)
        folder.finish(outcome)
        assert json.loads((folder.path / "ledger.json").read_text()) == ledger_record(outcome)
        answer = json.loads((folder.path / "answer.json").read_text())
    assert answer["places"] == ["a.txt:1", "b.txt:1"]


def test_many_failures_are_listed_and_the_rest_counted() -> None:
    outcome = Outcome(
        status="incomplete",
        answer=Answer(3, ANY, (None,)),
        failures=tuple(ItemFailed("found", f"docs.{n}", None, "no reply") for n in range(12)),
        skipped=(),
        rejected=(ItemRejected("found", "docs.0", "a.txt:3", 'not in the text: "x"'),),
        notes=(),
        coverage=Coverage(9999, 10000),
        unread=(Unread("b.pdf", "no text layer", (3, 4, 5, 9)), Unread("c.bin", "not text")),
        spent=Cost(312, 1000, 100, Decimal("0.5")),
        seconds=1.2,
        folder=Path("runs/1"),
    )
    assert closing(outcome, size=41_234_567) == "".join(
        [
            "incomplete · read 99.9% of 41.2 MB · 312 calls · 2 unread · 12 failed · 0.5 USD\n",
            "failed: 12\n",
            *(f"  docs.{n}: no reply (step `found`)\n" for n in range(10)),
            "  … and 2 more\n",
            'not accepted: 1\n  a.txt:3: not in the text: "x" (step `found`)\n',
            "unread: 2\n  b.pdf pages 3-5, 9: no text layer\n  c.bin: not text\n",
            "the whole run is in runs/1\n",
        ]
    )


def test_a_run_that_asks_no_model_leaves_nothing_unread() -> None:
    text = "strategy s(docs: corpus) -> int { answer len(docs) }"
    said = closing(run_text(text, "one", first_words), size=3)
    assert said == "no model was asked · 3 bytes\n"
