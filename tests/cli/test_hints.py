"""What the tool says to someone who mistyped: each time something that they can do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

SIZE = "strategy size(docs: corpus) -> int {\n  answer len(docs)\n}\n"


@pytest.fixture(autouse=True)
def files(command: Command) -> None:
    Path("size.rlm").write_text(SIZE)
    Path("latin.rlm").write_bytes(SIZE.encode() + b"# caf\xe9\n")
    Path("typo.rlm").write_text(SIZE.replace("docs: corpus", "docs: corpus, x: lsit[text]"))
    Path("scalar.rlm").write_text(SIZE.replace("docs: corpus", "docs: corpus, x: int[text]"))
    Path("python.rlm").write_text(SIZE.replace("-> int", "-> str"))
    Path("quotes.rlm").write_text(SIZE.replace("len(docs)", "ask(docs) -> int '''How many?'''"))
    Path("notes").mkdir()
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        Path("notes", name).write_text("text\n")
    Path("empty").mkdir()
    Path("x.bin").write_bytes(bytes(range(256)))
    Path("model.toml").write_text('[[rule]]\nreply = "yes"\n')


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ("run size.rlm note", "did you mean `notes`?"),
        ("run size.rlm notes/*.md", "`notes` has a.txt, b.txt, c.txt and 1 more"),
        ("run size.rlm nots/*.txt", "did you mean `notes`?"),
        ("run size.rlm empty", "files that are hidden, empty or named in a .gitignore"),
        ("run size.rlm -", "pipe a text into it"),
        ("run size.rlm zzz", "`.` has "),
        ("run size.rlm notes --in docs=notes", "give all of it by place"),
        ("run size.rlm notes --strategy zzz", "it has size"),
        ("run std/needle notes --set question=x --sub scripted:size.rlm", "a script is TOML"),
        ("check empty", "`rlmflow new strategy empty/NAME`"),
        ("check python.rlm", "it is called `text` here"),
        ("check quotes.rlm", 'write `"""…"""`'),
        ("run size.rlm x.bin", "what is read: text, Markdown"),
        ("run latin.rlm notes", "save it as UTF-8"),
        ("run size.rlm notes --set n=1 --set n=2", "keep one of them"),
        ("run std/needle notes --set question=x --sub scripted:mode.toml", "`model.toml`?"),
        ("check typo.rlm", "did you mean `list`?"),
        ("check scalar.rlm", "leave out the brackets, or write `list[int]`"),
        ("show nope", "`rlmflow list` prints what there is"),
        ("explain covers", "`rlmflow explain` lists them"),
        ("explain RF999", "`rlmflow explain` lists them"),
        ("explain unknown-nam", "did you mean `unknown-name`?"),
        ("bench nope", "`rlmflow bench` lists them"),
        ("rnu", "did you mean `run`?"),
        ("frobnicate", "`rlmflow --help` lists them"),
    ],
)
def test_a_mistake_gets_one_error_and_a_hint(command: Command, arguments: str, hint: str) -> None:
    ran = command(*arguments.split())
    assert (ran.code, ran.out.strip() in ("", "1 file · 1 error")) == (2, True)
    assert ran.err.count("error") == 1 + ran.err.count("1 file · 1 error"), ran.err
    assert ran.err.count("hint: ") == 1, ran.err
    assert hint in ran.err


def test_a_broken_setting_says_what_the_file_should_be(command: Command) -> None:
    Path("rlmflow.toml").write_text("sub = [")
    ran = command("run", "size.rlm", "notes")
    assert ran.code == 2
    assert "RF520" in ran.err
    assert "hint: it is TOML" in ran.err


def test_quiet_says_nothing_but_errors(command: Command, model_server: Any) -> None:
    limited = ("run", "std/needle", "notes", "--set", "question=x", "--sub", model_server.name)
    loud = command(*limited, "--max-usd", 1)
    quiet = command(*limited, "--max-usd", 1, "--quiet")
    assert "RF504" in loud.err
    assert "RF504" not in quiet.err
