"""PDF, by its text layer."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from rlmflow._lazy import heavy
from rlmflow.readers._reader import Reader, Reading, unread
from rlmflow.values import Document, Marks, Unread

_BETWEEN_PAGES = "\n\n"
# Operators that leave a mark on the page: pictures, text, lines, filled areas.
_PAINTING = frozenset(b"Do BI Tj TJ ' \" sh f F f* S s B B* b b*".split())
_NO_TEXT = "no text layer: a scan or a picture"


def read_pdf(name: str, data: bytes) -> Reading:
    """The text of the pages, a blank line between two; where each begins is kept.

    A page that shows something but has no text layer is unread, as is one that
    can't be parsed. A blank page is a page without text. Only an encrypted file that
    opens with no password is read.
    """
    pypdf = heavy("pypdf")
    with _quiet():
        try:
            pages = _pages(pypdf, data)
        except _Locked:
            return unread(name, "it is encrypted")
        except Exception as error:  # what a broken file raises is not for the library to foresee
            return unread(name, f"it is a broken PDF: {_first_line(error)}")
        return _reading(name, [_page_text(page) for page in pages])


class _Locked(Exception):
    """A PDF that needs a password."""


def _pages(pypdf: Any, data: bytes) -> list[Any]:
    file = pypdf.PdfReader(BytesIO(data))
    if file.is_encrypted:
        try:
            opened = file.decrypt("")
        except Exception:  # a kind of encryption that it can't even try
            opened = 0
        if not opened:
            raise _Locked
    return list(file.pages)


def _page_text(page: Any) -> tuple[str, str | None]:
    """The text of a page, and why there is none, if it should have some."""
    try:
        text = str(page.extract_text())
        if not text.strip() and _shows_something(page):
            return "", _NO_TEXT
    except Exception as error:  # as above, of one page
        return "", f"a broken page: {_first_line(error)}"
    # Half a surrogate pair, which some fonts give for a picture, is no character.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), None


def _shows_something(page: Any) -> bool:
    contents = page.get_contents()
    return contents is not None and not _PAINTING.isdisjoint(contents.get_data().split())


def _reading(name: str, pages: list[tuple[str, str | None]]) -> Reading:
    starts = []
    at = 0
    reasons: dict[str, list[int]] = {}
    for number, (text, reason) in enumerate(pages, start=1):
        starts.append(at)
        at += len(text) + len(_BETWEEN_PAGES)
        if reason:
            reasons.setdefault(reason, []).append(number)
    missing = tuple(Unread(name, reason, tuple(at)) for reason, at in reasons.items())
    if sum(len(one.pages) for one in missing) == len(pages) and missing:
        return Reading(None, missing)
    whole = _BETWEEN_PAGES.join(text for text, _ in pages)
    marks = Marks("page", tuple(starts), tuple(range(1, len(pages) + 1)))
    return Reading(Document(name, whole, marks, encoding=None), missing)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the library has to say about odd files off the terminal."""
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


PDF = Reader(read_pdf, suffixes=(".pdf",), signature=b"%PDF-")
