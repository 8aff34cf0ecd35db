"""The hunt: it catches what functions lose, makes it small, and leaves sound strategies alone."""

from __future__ import annotations

import asyncio
import gc
import itertools
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rlmflow.compile_file import compile_file
from rlmflow.graph.model import Program
from rlmflow.hunt import search
from rlmflow.hunt.search import Hunted, hunt
from rlmflow.hunt.verdicts import Hunting, verdicts
from rlmflow.runtime.python_files import PythonFiles, load_functions
from rlmflow.testing import compiled
from rlmflow.trials.run import run_trial

FUNCTION = """
import rlmflow

{before}
@rlmflow.function(reads="none", keeps="all", once=True, text="same")
def pages(docs: list[rlmflow.Document]) -> list[str]:
    made = []
    for doc in docs:
        text = doc.text
{body}
    return made
"""
STRATEGY = '''
use python "./pages.py" (pages)
strategy own(docs: corpus) -> list[text]
  ensures {clause}
{{
  cut = pages(docs)
  answer map(cut) -> text """Say it."""
}}
'''
# What a splitter may do: each mistake loses or doubles text for some input, and says it does not.
MISTAKES = {
    "forgets the rest": "for at in range(0, len(text) - 9, 10): made.append(text[at:at + 10])",
    "stops at a blank line": 'made.append(text.split("\\n\\n")[0])',
    "keeps the longest line": "made.append(max(text.splitlines() or [''], key=len))",
    "drops short lines": "made += [line for line in text.splitlines() if len(line) > 3]",
    "drops repeated lines": "made += dict.fromkeys(text.splitlines()[:-1])",
    "overlaps": "made += [text[at:at + 12] for at in range(0, len(text), 10)]",
    "truncates": "made.append(text[:40])",
    "takes the first paragraph of large ones": "made.append(text if len(text) < 30 else text[:30])",
    "leaves out one at each cut": "made += [text[a:a + 20] for a in range(0, len(text), 21)]",
    "skips lines that go on": "made += [l for l in text.splitlines() if l[:1].strip()]",
    "takes the first line for a head": "made += text.splitlines()[1:]",
    "reads the first document alone": "made += [docs[0].text] if doc is docs[0] else []",
    "drops what is no ASCII": 'made.append(text.encode("ascii", "ignore").decode())',
    "drops documents of one line": 'made += [text] if "\\n" in text.strip() else []',
}
SOUND = {
    "by ten": "made += [text[at:at + 10] for at in range(0, len(text), 10)]",
    "by line": "made += text.splitlines(keepends=True)",
    "whole": "made.append(text)",
    "with other line ends": 'made.append("\\n".join(text.splitlines()))',
    "all in one": "made = ['\\n'.join([*made, text])]",
    "pages of two documents": """made += [text]
        if docs.index(doc) % 2: made[-2:] = [f"{made[-2]}\\n\\n{made[-1]}"]""",
    "three lines at a time": """lines = [line for d in docs for line in d.text.splitlines(True)]
    made += ["".join(lines[at:at + 3]) for at in range(0, len(lines), 3)]""",
    "but white space": "made += [line for line in text.splitlines(keepends=True) if line.strip()]",
}


def program_of(folder: Path, body: str, clause: str = "covers(docs)", before: str = "") -> Program:
    (folder / "pages.py").write_text(FUNCTION.format(body=f"        {body}", before=before))
    (folder / "own.rlm").write_text(STRATEGY.format(clause=clause))
    compilation = compile_file(folder / "own.rlm")
    assert compilation.program is not None, compilation.diagnostics
    return compilation.program


def steps() -> Hunting:
    """A hunt by a clock that counts its own readings, so that it is as long anywhere."""
    ticks = itertools.count()
    return Hunting(now=lambda: next(ticks) / 30, budget=4.0, most=40)


def hunted(program: Program) -> tuple[Hunted, PythonFiles]:
    files = load_functions(program.functions, trust=True)
    return hunt(program, steps(), files), files


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_function_that_loses_or_doubles_text_is_caught(mistake: str, tmp_path: Path) -> None:
    program = program_of(tmp_path, MISTAKES[mistake])
    found, _ = hunted(program)
    assert found.caught is not None
    assert found.caught.finding.kind in ("facts", "contract")
    named = "`cut`" if found.caught.finding.kind == "facts" else "`covers(docs)`"
    assert named in found.caught.finding.message


@pytest.mark.parametrize("splitter", SOUND)
def test_a_sound_function_is_left_alone(splitter: str, tmp_path: Path) -> None:
    found, _ = hunted(program_of(tmp_path, SOUND[splitter]))
    assert found.caught is None
    assert found.cases >= 40


def test_the_counterexample_is_a_test_that_fails_until_it_is_mended(tmp_path: Path) -> None:
    found, _ = hunted(program_of(tmp_path, MISTAKES["stops at a blank line"]))
    assert found.caught is not None
    file = tmp_path / "own.rlm"
    file.write_text(file.read_text() + "\n" + found.caught.test + "\n")
    before = compile_file(file).program
    program = program_of(tmp_path, SOUND["whole"])
    file.write_text(file.read_text() + "\n" + found.caught.test + "\n")
    after = compile_file(file).program
    assert before is not None
    assert after is not None
    assert program.main == "own"

    def passes(program: Program) -> bool:
        files = load_functions(program.functions, trust=True)
        return run_trial(program, program.trials[0], files=files).passed

    assert passes(after)
    sys.modules.pop(str(tmp_path / "pages.py"), None)
    assert not passes(before)


@pytest.mark.long
def test_the_counterexample_is_small(tmp_path: Path) -> None:
    found, _ = hunted(program_of(tmp_path, MISTAKES["truncates"]))
    assert found.caught is not None
    (text,) = found.caught.case.texts["docs"]
    assert len(text) < 120


def test_what_is_kept_between_calls_is_caught(tmp_path: Path) -> None:
    body = "SEEN.append(text); made = list(SEEN)"
    program = program_of(tmp_path, body, before="SEEN = []")
    found, _ = hunted(program)
    assert found.caught is not None


@pytest.mark.long
def test_the_same_seed_finds_the_same(tmp_path: Path) -> None:
    program = program_of(tmp_path, MISTAKES["overlaps"])
    first, second = hunted(program)[0], hunted(program)[0]
    assert first.caught is not None
    assert second.caught is not None
    assert first.caught.test == second.caught.test


def test_an_item_that_a_step_is_given_twice_may_be_used_twice() -> None:
    program = compiled("""
strategy twice(docs: corpus) -> list[text] {
  some = sample(docs, 2)
  answer map(concat(docs, some)) -> text "What is it?"
}
""")
    found = hunt(program, steps())
    assert (found.caught, found.not_hunted) == (None, None)


def test_untrusted_python_is_not_hunted(tmp_path: Path) -> None:
    program = program_of(tmp_path, SOUND["whole"])
    (verdict,) = verdicts(program, steps())
    assert verdict.cases == 0
    assert verdict.not_hunted is not None
    assert "--trust" in verdict.not_hunted


ASKED = 'strategy asked(docs: corpus) -> text { answer ask(docs) -> text "What is it?" }'


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As in the foreground, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_what_is_under_way_and_says_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = []

    async def watched(*_: object) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(asyncio.sleep(60))
                signal.raise_signal(signal.SIGINT)
        finally:
            ended.append(True)

    monkeypatch.setattr(search, "watched", watched)
    with pytest.raises(KeyboardInterrupt):
        hunt(compiled(ASKED), Hunting(now=time.monotonic, budget=30.0))
    gc.collect()
    assert ended == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("interruptible")
def test_a_second_interrupt_ends_what_does_not_wait(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def watched(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("it went on")

    monkeypatch.setattr(search, "watched", watched)
    with pytest.raises(KeyboardInterrupt):
        hunt(compiled(ASKED), Hunting(now=time.monotonic, budget=30.0))
    gc.collect()
    assert caplog.records == []


def test_a_root_that_improvises_is_not_hunted() -> None:
    text = 'strategy s(docs: corpus) -> text { answer explore(docs) -> text """Look.""" }'
    found = hunt(compiled(text), steps())
    assert found.not_hunted is not None
    assert "improvises" in found.not_hunted


def test_a_verdict_is_remembered_until_the_text_changes(tmp_path: Path) -> None:
    program = program_of(tmp_path, MISTAKES["forgets the rest"])
    files = load_functions(program.functions, trust=True)
    how = replace(steps(), memory=tmp_path / "memory", most=20)
    (first,) = verdicts(program, how, files)
    (again,) = verdicts(program, how, files)
    assert not first.remembered
    assert again.remembered
    assert first.finding is not None
    assert again.finding == first.finding
    changed = program_of(tmp_path, SOUND["whole"])
    (other,) = verdicts(changed, how, load_functions(changed.functions, trust=True))
    assert not other.remembered
    assert other.finding is None


@pytest.mark.parametrize("damage", ["{", '{"finding": null}', "[]"])
def test_a_memory_that_is_damaged_is_no_verdict(damage: str, tmp_path: Path) -> None:
    program = program_of(tmp_path, SOUND["whole"])
    files = load_functions(program.functions, trust=True)
    how = replace(steps(), memory=tmp_path / "memory", most=1)
    list(verdicts(program, how, files))
    for file in (tmp_path / "memory").iterdir():
        file.write_text(damage)
    (again,) = verdicts(program, how, files)
    assert not again.remembered
    assert again.finding is None


UPPER = """
import rlmflow


@rlmflow.function(reads="none", keeps="all", once=True)
def shout(lines: list[str]) -> list[str]:
    return [line.upper() for line in lines]
"""
SHOUTED = '''
use python "./shout.py" (shout)
strategy loud(docs: corpus) -> list[text]
  ensures once(lines)
{
  lines = records(docs, by: line)
  said = map(lines) -> text """Say it."""
  answer shout(said)
}
'''
# Each was once taken for a loss that it is not.
INNOCENT = {
    "votes are asked again together": '''
strategy voted(docs: corpus) -> dict[text, int] {
  parts = chunk(docs, size: 100 chars)
  kinds = map(parts, as: kind, choices: ["x", "y"], votes: 3) -> text """Which?"""
  answer count(kinds, by: item.kind)
}
''',
    "one name in two arms and at two levels": '''
strategy shrink(notes: list[text]) -> text
  within 4 levels
{
  answer match len(notes) > 2 {
    true => shrink(sample(notes, 2)),
    else => ask(notes) -> text """Sum up.""",
  }
}
strategy begun(docs: corpus) -> text {
  answer shrink(map(docs) -> text """Say it.""")
}
''',
}


@pytest.mark.parametrize("name", INNOCENT)
def test_what_is_sound_is_not_caught(name: str) -> None:
    found = hunt(compiled(INNOCENT[name]), steps())
    assert found.caught is None, found.caught.finding.message
    assert found.cases >= 40


def test_new_texts_of_a_function_that_uses_each_once_are_booked_once(tmp_path: Path) -> None:
    (tmp_path / "shout.py").write_text(UPPER)
    (tmp_path / "loud.rlm").write_text(SHOUTED)
    program = compile_file(tmp_path / "loud.rlm").program
    assert program is not None
    found, _ = hunted(program)
    assert found.caught is None, found.caught.finding.message
