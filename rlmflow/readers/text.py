"""Text of any kind: prose, Markdown, code, CSV, JSONL. Its structure is left to the strategy."""

from __future__ import annotations

from rlmflow.readers._decode import NotText, decode
from rlmflow.readers._reader import Reader, Reading, unread
from rlmflow.values import Document


def read_text(name: str, data: bytes) -> Reading:
    """The document whose text the bytes are, to the letter."""
    try:
        text, encoding = decode(data)
    except NotText as reason:
        return unread(name, str(reason))
    return Reading(Document(name, text, encoding=encoding))


TEXT = Reader(read_text)
