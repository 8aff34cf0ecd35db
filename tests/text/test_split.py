"""Records and what is none of them: nothing that is not white space gets lost in between."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rlmflow.text import (
    Found,
    Unmatched,
    split_csv,
    split_headings,
    split_json,
    split_lines,
    split_paragraphs,
    split_pattern,
)

Splitter = Callable[[str, int, int], Iterator[Found | Unmatched]]

pieces = st.sampled_from(
    [
        *("word", " ", "\t", "\n", "\r\n", "\r", "\n\n", "\x00", "\u0301", "\U0001f469\u200d"),
        *("# A\n", "## B ##\n", "===\n", "---\n", "```\n", "~~~~\n", "    # code\n", "- item\n"),
        *('"', '""', ",", ";", '"a,b"', '"a\nb"', "1", "[", "]", "{", "}", '{"a": 1}', "[1, 2]"),
        *('{"b": "x\\ny", "c": null}', '"\\ud800"', "NaN", "true", ":", "\\", "\u2028", "\x85"),
    ]
)
nasty_text = st.lists(pieces | st.text(max_size=3), max_size=30).map("".join)


def by_word(text: str, start: int, end: int) -> Iterator[Found | Unmatched]:
    return split_pattern(text, start, end, re.compile(r"w(?P<rest>\S*)|(?P<number>\d+)"))


def outside(text: str, found: list[Found | Unmatched], start: int, end: int) -> str:
    """What is in none of the stretches, after seeing that they are in order and apart."""
    rest = ""
    for piece in found:
        assert start <= piece.start < piece.end <= end
        rest += text[start : piece.start]
        start = piece.end
    return rest + text[start:end]


@pytest.mark.parametrize("split", [split_lines, split_paragraphs, split_headings, by_word])
@settings(deadline=None)
@given(text=nasty_text, data=st.data())
def test_all_but_white_space_is_in_a_record_or_unmatched(
    split: Splitter, text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = list(split(text, start, end))
    assert outside(text, found, start, end).strip() == ""
    for piece in found:
        assert text[piece.start : piece.end].strip()
        assert not text[piece.start : piece.end].endswith("\n")


@settings(deadline=None)
@given(nasty_text)
def test_json_leaves_out_only_the_marks_of_an_outer_array(text: str) -> None:
    found = list(split_json(text, 0, len(text)))
    rest = outside(text, found, 0, len(text))
    marks = "[]," if text.lstrip().startswith("[") else ""
    assert "".join(c for c in rest if not c.isspace()).strip(marks) == ""


@settings(deadline=None)
@given(nasty_text)
def test_csv_leaves_out_only_its_header(text: str) -> None:
    found = list(split_csv(text, 0, len(text)))
    rest = outside(text, found, 0, len(text))
    assert text.lstrip().startswith(rest.strip())


@pytest.mark.parametrize(
    "split", [split_lines, split_paragraphs, split_headings, by_word, split_json, split_csv]
)
@settings(deadline=None)
@given(text=nasty_text)
def test_a_field_that_has_a_place_stands_there_as_it_is(split: Splitter, text: str) -> None:
    for record in split(text, 0, len(text)):
        if isinstance(record, Found):
            for name, (start, end) in record.fields.items():
                assert record.start <= start <= end <= record.end
                assert isinstance(record.value, dict)
                assert text[start:end] == str(record.value[name])


@pytest.mark.parametrize("split", [split_lines, split_paragraphs])
def test_no_record_is_made_of_white_space_alone(split: Splitter) -> None:
    """The four separators of ASCII are white space, as they are where coverage is counted."""
    text = "a\n\x1c\n\nb\n\n \x1f\x1e \n"
    assert [text[f.start : f.end] for f in split(text, 0, len(text))] == ["a", "b"]


def test_json_values_may_have_any_white_space_between_them() -> None:
    text = '{"a": 1}\x1e{"a": 2}\n\x1c\n{"a": 3}'
    found = list(split_json(text, 0, len(text)))
    assert [one.value for one in found if isinstance(one, Found)] == [{"a": n} for n in (1, 2, 3)]
    assert len(found) == 3


def test_lines_are_without_their_ends() -> None:
    text = "one\r\n  two \n\n \t\nthree"
    assert [text[r.start : r.end] for r in split_lines(text, 0, len(text))] == [
        "one",
        "  two ",
        "three",
    ]


def test_paragraphs_end_at_blank_lines() -> None:
    text = "a\r\nb\r\n\r\n  c\n \t\n\nd\n"
    assert [text[r.start : r.end] for r in split_paragraphs(text, 0, len(text))] == [
        "a\r\nb",
        "  c",
        "d",
    ]


def test_a_heading_begins_a_record_with_its_body() -> None:
    text = "intro\n\n# One #\r\nbody\r\n\r\nTwo\nlines\n---\n```\n# code\n```\n### Three\n"
    assert [record.value for record in split_headings(text, 0, len(text))] == [
        {"heading": "", "body": "intro", "level": 0},
        {"heading": "One", "body": "body", "level": 1},
        {"heading": "Two\nlines", "body": "```\n# code\n```", "level": 2},
        {"heading": "Three", "body": "", "level": 3},
    ]


MARKDOWN = [
    "# a\n## b\n\ntext\n",
    "a\n===\nb\n---\n",
    "#no\n####### no\n#\ttab\n",
    "```\n# code\n```\n# yes\n",
    "````\n```\n# code\n````\n# yes\n",
    "~~~ lang\n# code\n\n# still\n~~~~\n# yes\n",
    "    # indented code\n\n# yes\n",
    "- item\n---\n# yes\n",
    "> quote\n---\n# yes\n",
    "para\n# yes\npara\n---\n",
    "text\n\n---\n\n***\n# yes\n",
    "a `code\n``` not a fence\n# yes\n",
    "``` not`fence\n# yes\n",
    "   # three spaces\n",
    "# closed ##\n## not closed##\n# #\n",
    "two\nlines\n=====\n",
    "# crlf\r\n\r\nunder\r\n===\r\n",
    "```\n# never closed\n",
]


@pytest.mark.parametrize("text", MARKDOWN)
def test_headings_are_those_of_commonmark(text: str) -> None:
    tokens = MarkdownIt().parse(text)
    expected = [
        (token.map[0], int(token.tag[1]), tokens[at + 1].content)
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]
    found = [
        (text.count("\n", 0, record.start), record.value["level"], record.value["heading"])
        for record in split_headings(text, 0, len(text))
        if isinstance(record.value, dict) and record.value["level"]
    ]
    assert found == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.lists(json_values, max_size=5), st.booleans(), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_json_lines_come_back_as_they_were(
    values: list[object], readable: bool, line_end: str
) -> None:
    text = line_end.join(json.dumps(value, ensure_ascii=readable) for value in values)
    if len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    assert [
        record.value for record in split_json(text, 0, len(text)) if isinstance(record, Found)
    ] == values


@settings(deadline=None)
@given(st.lists(json_values, max_size=5), st.sampled_from([None, 0, 2]))
def test_the_elements_of_one_array_are_its_records(
    values: list[object], indent: int | None
) -> None:
    text = json.dumps(values, indent=indent)
    found = list(split_json(text, 0, len(text)))
    assert [record.value for record in found if isinstance(record, Found)] == values
    assert len(found) == len(values)
    assert [json.loads(text[record.start : record.end]) for record in found] == values


@pytest.mark.parametrize(
    ("text", "unmatched", "reason"),
    [
        ('{"a": 1\n{"a": 2}', '{"a": 1', "a comma or a closing brace is expected"),
        ("1 two\n3", "two", "expecting value"),
        ('"\\ud800"', '"\\ud800"', "half of a surrogate pair"),
        ("NaN", "NaN", "NaN is not allowed"),
        ("[1, oops,\n2]", "oops,", "expecting value"),
        ("[1] [2]", "[2]", "after the end of the array"),
        ('{"a": 1}x', '{"a": 1}x', "something else follows"),
        ('{"a": 1, "a"', '{"a": 1, "a"', "a colon is expected"),
        ("9" * 5000, "9" * 5000, "limit"),
        ("[" * 20000, "[" * 19999, "nested too deeply"),
    ],
)
def test_what_is_not_json_is_unmatched_and_says_why(text: str, unmatched: str, reason: str) -> None:
    (piece,) = (p for p in split_json(text, 0, len(text)) if isinstance(p, Unmatched))
    assert text[piece.start : piece.end] == unmatched
    assert reason in piece.reason


cells = st.text(st.characters(exclude_characters="\r"), max_size=6)


@settings(deadline=None)
@given(st.lists(st.tuples(cells, cells, cells), max_size=5), st.sampled_from(",;\t|"))
def test_csv_rows_come_back_as_they_were(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b", "c"), *rows])
    text = out.getvalue()
    found = list(split_csv(text, 0, len(text)))
    assert [record.value for record in found if isinstance(record, Found)] == [
        dict(zip("abc", row, strict=True)) for row in rows
    ]
    assert len(found) == len(rows)


def test_csv_quotes_counts_and_repeated_names() -> None:
    text = 'a,b,a,\n1,"x\r\ny",3,4\n\n"q""r",2,,\n1,2\n"bad"x,1,2,3\n5" pipe,"",z,w'
    found = list(split_csv(text, 0, len(text)))
    names = ("a", "b", "a_2", "column_4")
    assert [(text[r.start : r.end], getattr(r, "value", None)) for r in found] == [
        ('1,"x\r\ny",3,4', dict(zip(names, ("1", "x\r\ny", "3", "4"), strict=True))),
        ('"q""r",2,,', dict(zip(names, ('q"r', "2", "", ""), strict=True))),
        ("1,2", None),
        ('"bad"x,1,2,3', None),
        ('5" pipe,"",z,w', dict(zip(names, ('5" pipe', "", "z", "w"), strict=True))),
    ]
    assert "a" not in getattr(found[1], "fields", {})


def test_a_pattern_gives_fields_and_what_it_did_not_match() -> None:
    text = "Date: 1 || Body: x\r\nnoise\r\n\r\nDate: 2 || Body: y\n"
    pattern = re.compile(r"Date: (?P<date>\d+) \|\| Body: (?P<body>.*)(?P<missing>never)?")
    first, noise, second = split_pattern(text, 0, len(text), pattern)
    assert isinstance(first, Found)
    assert first.value == {"date": "1", "body": "x", "missing": None}
    assert text[slice(*first.fields["body"])] == "x"
    assert isinstance(noise, Unmatched)
    assert text[noise.start : noise.end] == "noise"
    assert isinstance(second, Found)
    assert second.value == {"date": "2", "body": "y", "missing": None}
