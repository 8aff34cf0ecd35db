"""A folder of five hundred files of every kind: all is read, or listed with its reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from readers.test_docx import lease, zipped
from readers.test_pdf import SHOWS_PICTURE, SHOWS_TEXT, encrypted, make_pdf

from rlmflow.readers import read_corpus

READABLE = {
    "note.txt": b"word one\nword two\n",
    "page.html": b"<h1>word one</h1><p>word two",
    "lease.docx": lease(),
    "report.pdf": make_pdf(SHOWS_TEXT.format("word one"), SHOWS_TEXT.format("word two")),
    "data.csv": "name;word\nJos\u00e9;one\n".encode("cp1252"),
    "rows.jsonl": b'{"word": "one"}\n',
    "code.py": b"word = 1\n",
}
UNREADABLE = {
    "scan.pdf": (make_pdf(SHOWS_PICTURE), "no text layer: a scan or a picture"),
    "locked.pdf": (encrypted(make_pdf(SHOWS_TEXT.format("x")), "secret"), "it is encrypted"),
    "old.docx": (b"\xd0\xcf\x11\xe0" * 9, "it is encrypted, or in the format of old Word"),
    "sheet.xlsx": (zipped({"a.xml": b"<a/>"}), "it is a ZIP archive, or a document packed as one"),
    "app.html": (b"<script>run()</script>", "no text: its scripts would fill it in a browser"),
    "photo.png": (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9, "it is a PNG image, not text"),
}


def test_five_hundred_files_are_read_or_listed(tmp_path: Path) -> None:
    kinds = [*READABLE.items(), *((name, data) for name, (data, _) in UNREADABLE.items())]
    for number in range(500):
        name, data = kinds[number % len(kinds)]
        folder = tmp_path / f"{number // 50:02}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number:03}-{name}").write_bytes(data)
    corpus = read_corpus([tmp_path])
    assert len(corpus.documents) + len(corpus.unread) == 500
    assert all(document.text for document in corpus.documents)
    expected = Counter[str]()
    for number in range(500):
        name = kinds[number % len(kinds)][0]
        if name in UNREADABLE:
            expected[UNREADABLE[name][1]] += 1
    reasons = Counter(one.reason.removesuffix(", not text") for one in corpus.unread)
    assert reasons == Counter(
        {reason.removesuffix(", not text"): count for reason, count in expected.items()}
    )
