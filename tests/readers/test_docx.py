"""DOCX: paragraphs, tables, notes; what can't be opened is unread."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import pytest
from docx.oxml import OxmlElement

from rlmflow.readers.docx import read_docx
from rlmflow.values import Document


def lease() -> bytes:
    made = docx.Document()
    made.add_heading("Lease", 0)
    made.add_heading("Rent", 1)
    paragraph = made.add_paragraph("The tenant pays ")
    paragraph.add_run("900").bold = True
    paragraph.add_run(" euro.\tMonthly.")
    table = made.add_table(2, 2)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        table.cell(row, column).text = f"cell {row}{column}\nmore"
    made.add_paragraph("")
    made.add_paragraph("Signed < & > twice")
    made.sections[0].header.paragraphs[0].text = "Page header"
    made.sections[0].footer.paragraphs[0].text = "Page footer"
    made.add_comment(made.paragraphs[-1].runs, text="By whom?", author="Ada", initials="A")
    return saved(made)


def saved(made: Any) -> bytes:
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def document(data: bytes) -> Document:
    read = read_docx("lease.docx", data)
    assert read.document is not None, read.unread
    return read.document


def reason(data: bytes) -> str:
    read = read_docx("lease.docx", data)
    assert read.document is None
    return read.unread[0].reason


def test_all_the_text_of_a_document_is_read() -> None:
    assert document(lease()).text == (
        "Page header\n\n# Lease\n\n# Rent\n\nThe tenant pays 900 euro.\tMonthly.\n\n"
        "cell 00 more\tcell 01 more\n\ncell 10 more\tcell 11 more\n\nSigned < & > twice\n\n"
        "Page footer\n\nComment by Ada on “Signed < & > twice”: By whom?"
    )


def test_a_place_is_a_paragraph() -> None:
    read = document(lease())
    assert read.place(read.text.index("900")) == "lease.docx paragraph 4"
    assert read.place(read.text.index("cell 11")) == "lease.docx paragraph 6"


def test_what_a_tracked_change_deleted_is_no_text() -> None:
    made = docx.Document()
    paragraph = made.add_paragraph("It stays. ")
    run = paragraph.add_run("It is gone.")._r
    gone = OxmlElement("w:del")
    run.addprevious(gone)
    gone.append(run)
    for text in run.findall(".//{*}t"):
        text.tag = text.tag.replace("}t", "}delText")
    assert document(saved(made)).text == "It stays. "


def test_what_is_no_docx_is_unread() -> None:
    assert reason(b"\xd0\xcf\x11\xe0rest") == "it is encrypted, or in the format of old Word"
    assert reason(b"plain text") == "it is no DOCX: not even a ZIP archive"
    assert reason(zipped({"a.txt": b"x"})).startswith("it is a broken DOCX: ")
    assert reason(lease()[:-200]) == "it is no DOCX: not even a ZIP archive"


def test_a_document_that_would_fill_the_memory_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rlmflow.readers.docx._MOST_BYTES", 1_000_000)
    bomb = zipped({"word/document.xml": b" " * 2_000_000})
    assert len(bomb) < 10_000
    assert reason(bomb) == "it unpacks to 0.0 GB, more than a document has"


def zipped(files: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
