"""Names from other files, and what can be wrong with taking them."""

from __future__ import annotations

import pytest

from rlmflow.compiler import Compilation, compile_source
from rlmflow.source import Source

SHARED = """
type Line { user: text  body: text }

strategy topic(doc: document, style: text = "plain") -> text {
  answer ask(doc) -> text "What is this about? Be {{ style }}."
}

strategy _own(doc: document) -> text { answer doc.text }
"""


def compiled(files: dict[str, str], main: str = "work/main.rlm") -> Compilation:
    """Compile the file `main` of a few that exist nowhere else."""

    def load(path: str) -> Source | None:
        return Source(path, files[path]) if path in files else None

    return compile_source(Source(main, files[main]), load, beside=lambda _: list(files))


def findings(files: dict[str, str]) -> list[tuple[str, str]]:
    """Code and file of each finding."""
    found = compiled(files).diagnostics
    return [(d.code, d.span.source.name if d.span else "") for d in found]


@pytest.mark.parametrize(
    ("use", "call", "path"),
    [
        ("use ./shared", "topic", "work/shared.rlm"),
        ("use ./shared.rlm", "topic", "work/shared.rlm"),
        ("use ./shared (topic)", "topic", "work/shared.rlm"),
        ("use ./shared (topic) as about", "about", "work/shared.rlm"),
        ("use ../shared (topic, Line)", "topic", "shared.rlm"),
        ("use std/shared", "topic", "std/shared"),
    ],
)
def test_a_strategy_of_another_file_is_called_by_its_name_or_alias(
    use: str, call: str, path: str
) -> None:
    main = f"{use}\nstrategy main(doc: document) -> text {{ answer {call}(doc, style: 'x') }}"
    found = compiled({"work/main.rlm": main.replace("'", '"'), path: SHARED})
    assert found.diagnostics == []
    assert found.program is not None
    assert list(found.program.strategies) == ["main", f"{path}:topic"]


def test_types_and_strategies_to_run_for_each_item_are_imported() -> None:
    main = """
    use ./shared (Line, topic)
    strategy main(docs: corpus) -> list[text] {
      lines = records(docs, by: r"(?P<user>.): (?P<body>.*)") -> Line
      _mine = filter(lines, where: item.user == "me")
      answer map(docs, with: topic)
    }
    """
    found = compiled({"work/main.rlm": main, "work/shared.rlm": SHARED})
    assert found.diagnostics == []
    assert found.program is not None
    assert "work/shared.rlm:topic" in found.program.strategies


def test_a_circle_is_drawn() -> None:
    files = {
        "work/main.rlm": "use ./b\nstrategy main() -> text { answer join([]) }",
        "work/b.rlm": "use ./c",
        "work/c.rlm": "use ./main",
    }
    [circle] = compiled(files).diagnostics
    assert circle.code == "RF221"
    assert circle.message == "main.rlm uses b.rlm, which uses c.rlm, which uses main.rlm"
    assert [note.span.source.name for note in circle.notes] == ["work/main.rlm", "work/b.rlm"]


def test_a_file_that_two_others_use_is_no_circle() -> None:
    files = {
        "work/main.rlm": "use ./b (b)\nuse ./c (c)\nstrategy main() -> text { answer b() + c() }",
        "work/b.rlm": "use ./shared\nstrategy b() -> text { answer topic('b') }",
        "work/c.rlm": "use ./shared\nstrategy c() -> text { answer topic('c') }",
        "work/shared.rlm": SHARED,
    }
    assert findings({name: text.replace("'", '"') for name, text in files.items()}) == []


def test_what_is_wrong_in_an_imported_file_is_reported_there() -> None:
    files = {
        "work/main.rlm": "use ./shared\nstrategy main(d: document) -> text { answer f(d) }",
        "work/shared.rlm": "strategy f(d: document) -> text { answer d.txt }",
    }
    assert findings(files) == [("RF204", "work/shared.rlm")]


@pytest.mark.parametrize(
    ("use", "code", "hint"),
    [
        ("use ./shared (tpic)", "RF222", "did you mean `topic`?"),
        ("use ./shared (_own)", "RF222", "it has `Line`, `topic`"),
        ("use ./shared (Line, topic) as x", "RF224", "use ./shared (…) as x"),
        ("use ./sharde", "RF220", "did you mean `./shared`?"),
        ("use std/nowhere", "RF220", "`rlmflow show std` lists what it has"),
        ("use nowhere", "RF220", "./name"),
    ],
)
def test_what_can_not_be_taken_is_said_with_what_can(use: str, code: str, hint: str) -> None:
    files = {"work/main.rlm": f"{use}\nstrategy main() -> text {{ answer '' }}".replace("'", '"')}
    [found] = compiled({**files, "work/shared.rlm": SHARED}).diagnostics
    assert found.code == code
    assert found.hint is not None
    assert hint in found.hint


def test_names_that_meet_are_told_apart_by_an_alias() -> None:
    own = 'type Line { a: text }\nstrategy main() -> text { answer "" }'
    files = {"work/shared.rlm": SHARED}
    assert findings({"work/main.rlm": f"use ./shared\n{own}", **files}) == [
        ("RF210", "work/main.rlm")
    ]
    assert findings({"work/main.rlm": f"use ./shared (Line) as Entry\n{own}", **files}) == []


def test_a_strategy_that_is_not_among_the_imported_names_is_pointed_at() -> None:
    main = "use ./shared (Line)\nstrategy main(d: document) -> text { answer topic(d) }"
    [found] = compiled({"work/main.rlm": main, "work/shared.rlm": SHARED}).diagnostics
    assert (found.code, found.hint) == (
        "RF202",
        "it is in `./shared`; add it to the names of that `use`",
    )
