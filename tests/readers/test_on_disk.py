"""Documents that are read again: the same as documents that are held, or a clear refusal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import ModelFailure, Request
from rlmflow.models.scripted import Script, ScriptedModel
from rlmflow.readers import read_corpus
from rlmflow.readers._on_disk import OnDisk, Shelf
from rlmflow.report.answer import as_data
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.run import Job, forecast, run
from rlmflow.testing import compiled, items_of
from rlmflow.values import Corpus

FIND = """
type Finding { quote: quote }
strategy find(docs: corpus) -> list[Finding]
{
  parts = chunk(docs, size: 40 chars, margin: 10 chars)
  answer extract(parts) -> Finding "Find what is said."
}
"""
PROGRAM = compiled(FIND)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-le-sig", "cp1252")
FILES = st.lists(
    st.tuples(st.text("ab é€\n\r.?", max_size=120), st.sampled_from(ENCODINGS)),
    min_size=1,
    max_size=5,
)


def finds(request: Request) -> object:
    """The first word of each item; of a pack with a question, nothing."""
    texts = items_of(request).values()
    if any("?" in text for text in texts):
        return ModelFailure("refused", "no questions", again=False)
    return {"items": [{"quote": word} for text in texts for word in text.split()[:1]]}


def found_in(corpus: Corpus, script: Script = finds) -> Outcome:
    """What comes of a run, after its forecast; how long it took is left out."""
    job = Job(PROGRAM, {"docs": corpus}, {}, {"sub": ScriptedModel(script)})
    asyncio.run(forecast(job))
    return replace(asyncio.run(run(job)), seconds=0.0)


def lazily(folder: Path) -> Corpus:
    """The files of a folder, of which one text at a time is in memory."""
    return read_corpus([folder], shelf=Shelf(most=0))


def held(corpus: Corpus) -> list[str]:
    return [document.name for document in corpus.documents if "text" in vars(document)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES)
def test_a_run_over_files_read_again_is_that_over_files_held(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("files")
    (folder / "end.txt").write_text("The end.\n")
    for number, (text, encoding) in enumerate(files):
        (folder / f"{number}.txt").write_bytes(text.encode(encoding))
    whole, again = read_corpus([folder]), lazily(folder)
    assert not any(isinstance(document, OnDisk) for document in whole.documents)
    assert all(isinstance(document, OnDisk) for document in again.documents)
    first, second = found_in(whole), found_in(again)
    assert len(held(again)) == 1
    assert as_data(first) == as_data(second)
    assert first.coverage.lost == second.coverage.lost
    assert [gap.as_record() for gap in first.coverage.unread] == [
        gap.as_record() for gap in second.coverage.unread
    ]
    for one, other in zip(whole.documents, again.documents, strict=True):
        assert (one.name, one.text, one.encoding) == (other.name, other.text, other.encoding)
        assert (one.length, one.utf8_size) == (other.length, other.utf8_size)
        assert list(one.line_starts) == list(other.line_starts)


def changed(path: Path) -> None:
    """Other text of the same size, as old as the one before."""
    before = path.stat()
    path.write_text(path.read_text().replace("quiet", "quick"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def truncated(path: Path) -> None:
    path.write_text(path.read_text()[:10])


def replaced(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (changed, "was changed since it was read"),
        (truncated, "was changed since it was read"),
        (Path.unlink, "is gone"),
        (replaced, "can't be read again (is a directory)"),
    ],
)
def test_a_file_that_is_another_than_before_ends_the_run(
    tmp_path: Path, harm: Callable[[Path], None], what: str
) -> None:
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(f"A quiet house, {name}. " * 20)
    corpus = lazily(tmp_path)
    waiting = [tmp_path / "a.txt"]

    def finds_and_harms(request: Request) -> object:
        while waiting:
            harm(waiting.pop())
        return finds(request)

    with pytest.raises(StrategyError) as refused:
        found_in(corpus, finds_and_harms)
    assert [(one.code, one.message) for one in refused.value.diagnostics] == [
        ("RF606", f"`{tmp_path.as_posix()}/a.txt` {what}, and the run still needs it")
    ]


def test_input_that_the_shelf_holds_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A quiet house. ")
    (tmp_path / "b.txt").write_text("A quiet garden. ")
    corpus = read_corpus([tmp_path])
    (tmp_path / "a.txt").unlink()
    assert [document.text for document in corpus.documents] == [
        "A quiet house. ",
        "A quiet garden. ",
    ]


def test_the_shelf_holds_what_was_asked_for_last(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.txt").write_text(name * 1000)
    corpus = read_corpus([tmp_path], shelf=Shelf(most=2500))
    a, b, _, d = corpus.documents
    assert held(corpus) == [document.name for document in corpus.documents[2:]]
    assert (a.text, b.text) == ("a" * 1000, "b" * 1000)
    assert held(corpus) == [a.name, b.name]
    assert d.place(500) == f"{d.name}:1"
    assert held(corpus) == [b.name, d.name]


def test_a_long_file_and_a_page_are_held_for_good(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("long " * 100)
    (tmp_path / "page.html").write_text("<p>A page.</p>")
    (tmp_path / "short.txt").write_text("short")
    corpus = read_corpus([tmp_path], shelf=Shelf(most=0, longest=100))
    kinds = {document.name.rpartition("/")[2]: type(document) for document in corpus.documents}
    assert [name for name, kind in kinds.items() if kind is OnDisk] == ["short.txt"]


def test_a_file_is_found_again_from_another_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("one")
    Path("b.txt").write_text("two")
    corpus = read_corpus(["a.txt", "b.txt"], shelf=Shelf(most=0))
    monkeypatch.chdir("/")
    assert [document.text for document in corpus.documents] == ["one", "two"]
