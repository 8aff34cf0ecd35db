"""PDF: text by page, and pages that have none."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from rlmflow.readers import read_corpus
from rlmflow.values import Unread

SHOWS_TEXT = "BT /F1 12 Tf 20 100 Td ({}) Tj ET"
SHOWS_PICTURE = "q 100 0 0 100 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q"


def make_pdf(*contents: str) -> bytes:
    """A PDF with a page for each content stream, written by hand."""
    count = len(contents)
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(count))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, content in enumerate(contents):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * at} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    data = b"%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    tail = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    tail += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + tail.encode()


def encrypted(data: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(data)))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("always here")
    return tmp_path


def test_pages_are_told_apart(folder: Path) -> None:
    data = make_pdf(SHOWS_TEXT.format("Page one"), "q Q", SHOWS_TEXT.format("Page three"))
    (folder / "three.PDF").write_bytes(data)
    (document,) = read_corpus(["three.PDF"]).documents
    assert document.text == "Page one\n\n\n\nPage three"
    assert document.encoding is None
    assert [document.place(document.text.index(word)) for word in ("one", "three")] == [
        "three.PDF page 1",
        "three.PDF page 3",
    ]


def test_a_pdf_is_known_by_its_first_bytes(folder: Path) -> None:
    (folder / "report").write_bytes(make_pdf(SHOWS_TEXT.format("No suffix")))
    assert read_corpus(["report"]).documents[0].text == "No suffix"
    stdin = BytesIO(make_pdf(SHOWS_TEXT.format("Piped")))
    assert read_corpus(["-"], stdin).documents[0].text == "Piped"


def test_a_scanned_page_is_unread(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = make_pdf(SHOWS_TEXT.format("Text"), SHOWS_PICTURE, SHOWS_PICTURE)
    (folder / "part.pdf").write_bytes(data)
    (folder / "scan.pdf").write_bytes(make_pdf(SHOWS_PICTURE))
    corpus = read_corpus(["."])
    reason = "no text layer: a scan or a picture"
    assert [document.name for document in corpus.documents] == ["a.txt", "part.pdf"]
    assert corpus.unread == (
        Unread("part.pdf", reason, (2, 3)),
        Unread("scan.pdf", reason, (1,)),
    )
    assert capfd.readouterr() == ("", "")


def test_an_encrypted_pdf_is_unread_unless_it_opens_for_everyone(folder: Path) -> None:
    data = make_pdf(SHOWS_TEXT.format("Secret"))
    (folder / "locked.pdf").write_bytes(encrypted(data, "password"))
    (folder / "open.pdf").write_bytes(encrypted(data, ""))
    corpus = read_corpus(["."])
    assert [(document.name, document.text) for document in corpus.documents] == [
        ("a.txt", "always here"),
        ("open.pdf", "Secret"),
    ]
    assert corpus.unread == (Unread("locked.pdf", "it is encrypted"),)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4\nnothing more",
        b"not a PDF at all",
        b"",
        make_pdf(SHOWS_TEXT.format("cut"))[:300],
    ],
)
def test_a_broken_pdf_is_unread(
    folder: Path, capfd: pytest.CaptureFixture[str], data: bytes
) -> None:
    (folder / "broken.pdf").write_bytes(data)
    (missed,) = read_corpus(["."]).unread
    assert missed.name == "broken.pdf"
    assert missed.reason.startswith("it is a broken PDF: ")
    assert "\n" not in missed.reason
    assert capfd.readouterr() == ("", "")
