"""DOCX: the text of a Word document, by paragraph."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from rlmflow._lazy import heavy
from rlmflow.readers._layout import Layout
from rlmflow.readers._reader import Reader, Reading, unread

_OLE = b"\xd0\xcf\x11\xe0"
_MOST_BYTES = 1 << 30
_HEADING = re.compile(r"(?:heading ?([1-6])|title)", re.IGNORECASE)
# What the library puts where a picture or the mark of a note stands.
_STAND_INS = re.compile(r"----(?:media/[^\s-]+|(?:foot|end)note(\d+))----\t?")
_PARTS = ("header", "body", "footnotes", "endnotes", "footer")


def read_docx(name: str, data: bytes) -> Reading:
    """The text of a document, a blank line between paragraphs, tables by row.

    In this order: page headers, the body, footnotes, endnotes, page footers, comments.
    Headings are marked where their style has Word's own name. Text that a tracked
    change deleted is left out. A place is a paragraph of all these; a table's row is one.
    """
    if data.startswith(_OLE):
        return unread(name, "it is encrypted, or in the format of old Word")
    try:
        unpacked = sum(entry.file_size for entry in ZipFile(BytesIO(data)).infolist())
    except BadZipFile:
        return unread(name, "it is no DOCX: not even a ZIP archive")
    if unpacked > _MOST_BYTES:
        return unread(name, f"it unpacks to {unpacked / 1e9:,.1f} GB, more than a document has")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with heavy("docx2python").docx2python(
                BytesIO(data), duplicate_merged_cells=False
            ) as content:
                return Reading(_laid_out(content).document(name))
    except Exception as error:  # what a broken file raises is not for the library to foresee
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        return unread(name, f"it is a broken DOCX: {said}")


def _laid_out(content: Any) -> Layout:
    layout = Layout("paragraph")
    for number, text in enumerate((*_paragraphs(content), *_comments(content)), start=1):
        layout.add(text, number)
        layout.end_line(2)
    return layout


def _paragraphs(content: Any) -> Iterator[str]:
    for part in _PARTS:
        for table in getattr(content, f"{part}_pars"):
            if [len(row) for row in table] == [1]:
                yield from filter(str.strip, (_text(par) for par in table[0][0]))
            else:
                yield from filter(str.strip, (_row(row) for row in table))


def _row(cells: Sequence[Sequence[Any]]) -> str:
    texts = (" ".join(_text(par) for par in cell) for cell in cells)
    return "\t".join(" ".join(text.split()) for text in texts)


def _text(paragraph: Any) -> str:
    text = _STAND_INS.sub(lambda found: f"[{found[1]}]" if found[1] else "", _plain(paragraph))
    heading = _HEADING.fullmatch(paragraph.style or "")
    if heading and text.strip():
        return "#" * int(heading[1] or 1) + f" {text}"
    return text


def _plain(paragraph: Any) -> str:
    return "".join(paragraph.run_strings)


def _comments(content: Any) -> Iterator[str]:
    for about, author, _, text in content.comments:
        yield f"Comment by {author} on “{about.strip()}”: {text.strip()}"


DOCX = Reader(read_docx, suffixes=(".docx", ".docm", ".dotx"))
