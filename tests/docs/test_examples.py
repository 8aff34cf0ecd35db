"""What the examples give, with a reader that knows what stands in their data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rlmflow.compiler import compile_source
from rlmflow.models._protocol import Request, ToolCall
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.outcome import Answer
from rlmflow.source import Source
from rlmflow.testing import items_of, run_text

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.rlm")), ids=lambda path: path.stem)
def test_an_example_is_sound(path: Path) -> None:
    assert compile_source(Source(path.name, path.read_text("utf-8"))).diagnostics == []


def run_example(name: str, folder: str, script: Any, **values: object) -> Answer:
    files = sorted((EXAMPLES / "data" / folder).iterdir())
    docs = {file.name: file.read_text("utf-8") for file in files}
    text = (EXAMPLES / f"{name}.rlm").read_text("utf-8")
    outcome = run_text(text, docs, ScriptedModel(script), values=values)
    assert outcome.status == "complete"
    assert outcome.coverage.read == outcome.coverage.total
    assert outcome.notes == ()
    assert outcome.answer is not None
    return outcome.answer


def sentences(request: Request) -> list[str]:
    """The lines of a part that end in a full stop."""
    return [line for line in items_of(request)[1].splitlines() if line.endswith(".")]


TOPICS = {"oat": "boats", "euros": "money", "ocker": "keys and lockers", "key": "keys and lockers"}


def rule(says: str) -> dict[str, str]:
    topic = next(topic for word, topic in TOPICS.items() if word in says)
    return {"topic": topic, "says": says, "quote": says}


def test_conflicts_are_among_the_rules_on_one_topic() -> None:
    compared: list[str] = []

    def reader(request: Request) -> dict[str, object]:
        if request.step == "rules":
            return {"items": [rule(line) for line in sentences(request)]}
        compared.extend(items_of(request).values())
        return {
            str(number): "no" if "keys" in text else "yes"
            for number, text in items_of(request).items()
        }

    answer = run_example("conflicts", "rules", reader)
    assert len(compared) == 3
    found = [(both["left"]["says"], both["right"]["says"]) for both in answer.value]
    assert [[re.findall(r"sunset|\d euros", says) for says in both] for both in found] == [
        [["sunset"], ["sunset"]],
        [["5 euros"], ["8 euros"]],
    ]
    assert answer.places == ("house.md:3", "house.md:5")


def test_what_a_rule_leans_on_is_quoted_from_the_page_that_explains_it() -> None:
    def reader(request: Request) -> object:
        said = [message.content for message in request.messages if message.role == "tool"]
        if "boathouse" not in items_of(request)[1] or "# Keys" in items_of(request)[1]:
            return {"items": []}
        if not said:
            return ToolCall("grep_input", '{"pattern": "key to the boathouse"}')
        line = said[0].removeprefix("keys.md:3: ")
        return {"items": [{"rule": "They sign the book in the boathouse.", "quote": line}]}

    answer = run_example("references", "handbook", reader)
    (found,) = answer.value
    assert found["quote"].endswith("The key to the boathouse hangs in the lighthouse")
    assert answer.places == ("keys.md:3",)


MONTHS = {"March": 3, "June": 6, "September": 9}


def event(sentence: str) -> dict[str, object]:
    named = re.search(r"(\d+) (\w+) (\d{4})", sentence)
    day = f"{named[3]}-{MONTHS[named[2]]:02}-{int(named[1]):02}" if named else None
    return {"day": day, "what": sentence.split()[-2], "quote": sentence}


def test_a_timeline_goes_by_the_dates() -> None:
    def reader(request: Request) -> dict[str, object]:
        return {"items": [event(sentence) for sentence in sentences(request)]}

    answer = run_example("timeline", "letters", reader)
    days = [str(one["day"]) for one in answer.value]
    assert days == ["2022-09-30", "2023-03-02", "2023-06-14", "None"]
    assert answer.places == ("harbour.md:5", "harbour.md:3", "builder.md:3", "builder.md:5")


def test_a_brief_is_made_shorter_until_it_is_short_enough() -> None:
    lengths: list[int] = []

    def reader(request: Request) -> str:
        """The headings of all pages; of a draft that is too long, all but its last word."""
        text = "\n".join(items_of(request).values())
        if request.step == "draft":
            return " ".join(re.findall(r"(?<=^# ).*", text, re.MULTILINE))
        lengths.append(len(text))
        return text.rpartition(" ")[0]

    answer = run_example("brief", "handbook", reader, most=15)
    assert answer.value == "Boats Fees Keys"
    assert lengths == [len("Boats Fees Keys and lockers"), len("Boats Fees Keys and")]
