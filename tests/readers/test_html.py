"""HTML: what a page shows, where it stands in the file, and what is no text of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.readers import read_corpus
from rlmflow.readers.html import read_html
from rlmflow.values import Document

PAGE = """<!doctype html>
<html><head><title>Harbour rules</title><style>p { color: red }</style>
<script>document.write("<p>no</p>")</script></head>
<body>
<h2>Berths &amp; <em>fees</em></h2>
<p>A berth costs
  12 euro <b>a night</b>.</p>
<ul><li>in summer<li>in winter</ul>
<table><tr><th>boat</th><td>12</td></tr><tr><td>ship<td>40</table>
<pre>
  as   it
stands</pre>
<!-- not shown --><img src="x.png" alt="a map of the harbour">
</body></html>
"""


def document(page: str | bytes) -> Document:
    read = read_html("page.html", page.encode() if isinstance(page, str) else page)
    assert read.document is not None
    return read.document


def test_a_page_is_laid_out_as_it_is_read() -> None:
    assert document(PAGE).text == (
        "Harbour rules\n\n## Berths & fees\n\nA berth costs 12 euro a night.\n\n"
        "- in summer\n- in winter\n\nboat\t12\nship\t40\n\n\n  as   it\nstands\n\n"
        "a map of the harbour"
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [("Harbour", 2), ("Berths", 5), ("A berth", 6), ("12 euro", 7), ("ship", 9), ("stands", 12)],
)
def test_a_place_is_the_line_of_the_file(words: str, line: int) -> None:
    read = document(PAGE)
    assert read.place(read.text.index(words)) == f"page.html:{line}"


@pytest.mark.parametrize(
    "page",
    [
        "<svg><style/></svg>shown",
        "<template/>shown",
        "<div/>shown",
        "<p>shown",
        "shown</p></div>",
        "<![CDATA[shown]]>",
        "<a href='>'>shown",
        "<!-- a --><!-- b -->shown<!-- never closed",
    ],
)
def test_broken_markup_hides_nothing(page: str) -> None:
    assert "shown" in document(page).text


TAGS = st.sampled_from(["p", "div", "b", "li", "td", "h1", "table", "pre", "title", "noscript"])
WORD, LINE_END = "word", "\n"
PIECES = st.one_of(
    st.sampled_from([WORD, WORD, " ", LINE_END]),
    TAGS.map(lambda tag: f"<{tag}>"),
    TAGS.map(lambda tag: f"</{tag}>"),
    st.sampled_from(["<script>hidden()</script>", "<br/>", "<p\nclass='x'>", "<!-- w0w -->"]),
)


@given(st.lists(PIECES, max_size=40))
def test_every_word_is_kept_in_order_at_its_line(pieces: list[str]) -> None:
    page, lines = "", []
    for piece in pieces:
        if piece == WORD:
            lines.append(page.count("\n") + 1)
            piece = f"w{len(lines)}w"
        page += piece
    read = document(page) if "w1w" in page else Document("", "")
    found = list(re.finditer(r"w(\d+)w", read.text))
    assert [int(word[1]) for word in found] == list(range(1, len(lines) + 1))
    assert [int(read.place(word.start()).rpartition(":")[2]) for word in found] == lines


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<meta charset=latin1><p>caf\u00e9 \u2013".encode("cp1252"), "caf\u00e9 \u2013"),
        ('<meta charset="shift_jis"><p>\u65e5\u672c'.encode("shift_jis"), "\u65e5\u672c"),
        ('<?xml encoding="koi8-r"?><p>\u043c\u0438\u0440'.encode("koi8-r"), "\u043c\u0438\u0440"),
        ("<meta charset=utf-16><p>caf\u00e9".encode(), "caf\u00e9"),
        ("<meta charset=nonsense><p>caf\u00e9".encode(), "caf\u00e9"),
        ("<p>caf\u00e9".encode("utf-16"), "caf\u00e9"),
        (b"<meta charset=zlib><p>cafe", "cafe"),
    ],
)
def test_the_encoding_that_a_page_declares_is_believed_where_it_fits(
    data: bytes, text: str
) -> None:
    assert document(data).text == text


def test_a_page_that_scripts_would_fill_is_unread() -> None:
    read = read_html("app.html", b"<div id=root></div><script src=app.js></script>")
    assert read.document is None
    assert [one.reason for one in read.unread] == [
        "no text: its scripts would fill it in a browser"
    ]


def test_what_is_hardly_html_is_read_as_it_stands() -> None:
    assert document("<!--" * 5000).text == "<!--" * 5000


def test_a_quote_from_a_page_is_placed_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.HTM").write_text(PAGE)
    (only,) = read_corpus([tmp_path]).documents
    assert only.place(only.text.index("in winter")).endswith("a.HTM:8")
