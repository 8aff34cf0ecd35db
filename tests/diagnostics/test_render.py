"""What people and programs are shown of a finding."""

from __future__ import annotations

import json
from dataclasses import replace
from textwrap import dedent
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.diagnostics.codes import DUPLICATE_NAME, NO_MODEL, UNKNOWN_NAME
from rlmflow.diagnostics.model import Diagnostic, Note
from rlmflow.diagnostics.render import as_data, render
from rlmflow.source import Source, Span


def span(text: str, piece: str, name: str = "a.rlm") -> Span:
    source = Source(name, text)
    start = text.index(piece)
    return Span(source, start, start + len(piece))


def unknown(text: str, piece: str) -> str:
    return render([UNKNOWN_NAME.at(span(text, piece), "no such name")])


def expected(text: str) -> str:
    return dedent(text).lstrip("\n")


def test_place_source_caret_note_and_hint() -> None:
    source = Source("a.rlm", "one\n  parts = 1\n  parts = 2\n")
    first, second = Span(source, 6, 11), Span(source, 18, 23)
    note = Note("it was first defined here", first)
    finding = DUPLICATE_NAME.at(
        second, "`parts` is defined twice", hint="rename one", notes=(note,)
    )
    assert render([finding]) == expected(
        """
        error RF210 [duplicate-name]: `parts` is defined twice
          ┌─ a.rlm:3:3
        3 │   parts = 2
          │   ^^^^^
          note: it was first defined here
          ┌─ a.rlm:2:3
        2 │   parts = 1
          │   -----
          hint: rename one
        """
    )


def test_a_finding_without_a_place() -> None:
    finding = NO_MODEL.at(None, "no model is bound", hint="pass --sub")
    assert render([finding]) == expected(
        """
        error RF501 [no-model]: no model is bound
          hint: pass --sub
        """
    )


def test_findings_stand_apart() -> None:
    finding = NO_MODEL.at(None, "no model", severity="warning")
    assert render([finding, finding]) == expected(
        """
        warning RF501 [no-model]: no model

        warning RF501 [no-model]: no model
        """
    )


@pytest.mark.parametrize(
    ("line", "piece", "shown", "marks"),
    [
        ("\tx = yy", "yy", "    x = yy", "        ^^"),
        ("名前 = 日本", "日本", "名前 = 日本", "       ^^^^"),
        ("e\u0301 = e\u0301y", "e\u0301y", "e\u0301 = e\u0301y", "    ^^"),
        ("a \x1b[31m\x00 b", "b", "a ␛[31m␀ b", "         ^"),
        ("a\u202e\u2028 b", "b", "a\ufffd\ufffd b", "    ^"),
        ("a = b\r", "b", "a = b", "    ^"),
    ],
    ids=["tab", "wide", "combining", "control", "bidi", "crlf"],
)
def test_the_caret_stands_under_its_span(line: str, piece: str, shown: str, marks: str) -> None:
    picture = unknown(f"{line}\n", piece).splitlines()[2:]
    assert picture == [f"1 │ {shown}", f"  │ {marks}"]


def test_the_gutter_is_as_wide_as_the_number() -> None:
    text = "\n" * 99 + "x\n"
    assert unknown(text, "x") == expected(
        """
        error RF201 [unknown-name]: no such name
            ┌─ a.rlm:100:1
        100 │ x
            │ ^
        """
    )


def test_an_empty_span_at_the_end_of_the_file() -> None:
    source = Source("a.rlm", "x\n")
    assert render([UNKNOWN_NAME.at(Span(source, 2, 2), "unfinished")]) == expected(
        """
        error RF201 [unknown-name]: unfinished
          ┌─ a.rlm:2:1
        2 │
          │ ^
        """
    )


def test_a_span_over_lines() -> None:
    text = "x = a(\n  b,\n\n  c\n)\n"
    assert unknown(text, "a(\n  b,\n\n  c\n)") == expected(
        """
        error RF201 [unknown-name]: no such name
          ┌─ a.rlm:1:5
        1 │ x = a(
          │     ^^
        2 │   b,
          │   ^^
        3 │
          │ ^
        4 │   c
          │   ^
        5 │ )
          │ ^
        """
    )


def test_a_long_span_is_drawn_from_both_ends() -> None:
    text = "".join(f"line {n}\n" for n in range(1, 1001))
    assert unknown(text, text.rstrip("\n")) == expected(
        """
        error RF201 [unknown-name]: no such name
             ┌─ a.rlm:1:1
           1 │ line 1
             │ ^^^^^^
           2 │ line 2
             │ ^^^^^^
           3 │ line 3
             │ ^^^^^^
             │ …
         999 │ line 999
             │ ^^^^^^^^
        1000 │ line 1000
             │ ^^^^^^^^^
        """
    )


def test_of_a_very_long_line_a_window_is_shown() -> None:
    text = "x" * 5_000_000 + "HERE" + "y" * 5_000_000
    shown, marks = unknown(text, "HERE").splitlines()[2:]
    assert len(shown) < 130
    assert shown.index("HERE") == marks.index("^^^^")
    assert shown.startswith("1 │ …x")
    assert shown.endswith("y…")


def test_colour_changes_nothing_but_escapes() -> None:
    finding = UNKNOWN_NAME.at(span("a = b", "b"), "no such name", hint="x")
    colored = render([finding], color=True)
    assert colored.startswith("\x1b[1;31merror\x1b[0m RF201")
    for style in ("1;31", "34", "1;36", "0"):
        colored = colored.replace(f"\x1b[{style}m", "")
    assert colored == render([finding])


def test_a_path_is_drawn_above_the_hint() -> None:
    finding = replace(UNKNOWN_NAME.at(None, "no", hint="do"), path=("docs", "near", "answer"))
    assert render([finding]).splitlines()[-2:] == ["  path: docs → near → answer", "  hint: do"]


def test_data() -> None:
    source = Source("a.rlm", "one\nab = 1\n")
    finding = replace(
        UNKNOWN_NAME.at(
            Span(source, 4, 6), "no", hint="do", notes=(Note("see", Span(source, 0, 4)),)
        ),
        path=("docs", "near"),
    )
    assert json.loads(json.dumps(as_data(finding))) == {
        "code": "RF201",
        "name": "unknown-name",
        "severity": "error",
        "message": "no",
        "file": "a.rlm",
        "span": {"start": 4, "end": 6, "line": 2, "column": 1, "end_line": 2, "end_column": 3},
        "hint": "do",
        "notes": [
            {
                "message": "see",
                "file": "a.rlm",
                "span": {
                    "start": 0,
                    "end": 4,
                    "line": 1,
                    "column": 1,
                    "end_line": 2,
                    "end_column": 1,
                },
            }
        ],
        "path": ["docs", "near"],
        "example": "",
    }


@given(st.text(), st.data())
def test_any_span_of_any_text_is_drawn_without_escapes(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    finding = Diagnostic("RF201", "unknown-name", text, Span(Source(text, text), start, end))
    drawn = render([finding])
    assert drawn.endswith("\n")
    moves_the_cursor = {c for c in drawn if category(c) in ("Cc", "Zl", "Zp")} - {"\n"}
    assert not moves_the_cursor | (set(drawn) & set("\u202e\u2067"))
    json.dumps(as_data(finding)).encode()
