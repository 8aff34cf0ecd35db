"""Bytes to text, and the codec that turns the text back into the same bytes.

UTF-8 is tried first and a byte order mark is believed. Anything else is a guess, and a
wrong guess would alter what a model reads without a word: so it is made only on good
evidence, and a file whose encoding can't be told is not read.
"""

from __future__ import annotations

import re

from rlmflow._lazy import heavy
from rlmflow.readers._marked_utf import marked_encoding

_SAMPLE = 1 << 16
_SIGNATURES = {
    b"\x89PNG\r\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"II*\x00": "a TIFF image",
    b"MM\x00*": "a TIFF image",
    b"RIFF": "a picture, sound or film",
    b"OggS": "a sound or film",
    b"ID3\x03": "a sound",
    b"PK\x03\x04": "a ZIP archive, or a document packed as one",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh9": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!\x1a": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\x7fELF": "a program",
    b"SQLite format 3\x00": "a SQLite database",
    b"\xd0\xcf\x11\xe0": "a document of old Microsoft Office",
}
_BINARY = "binary"
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1b\b"))
_FEW_CONTROLS = 8

# Of the single-byte encodings Windows-1252 is taken where the words look Western.
_WESTERN_HIGH = (
    "\u20ac\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u2026\u2122"
    "\u0152\u0153\u0160\u0161\u017d\u017e\u0178"
)
_NOT_WESTERN = re.compile(
    rf"[^\x00-\x7f\xa0-\xcf\xd1-\xdc\xdf-\xef\xf1-\xfc\xff{_WESTERN_HIGH}]"
    r"|[^\W\d_][\xa1-\xa9\xab-\xac\xae-\xb6\xb8-\xb9\xbb-\xbf\xd7\xf7][^\W\d_]"
)
_HIGH_LETTERS = bytes(range(0xC0, 0x100))
_UTF8_FIRST_BYTES = bytes(range(0xC2, 0xF5))
_UTF8_PAIR = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_ASCII_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

_SINGLE_BYTE = ("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r")
_MULTI_BYTE = ("cp932", "euc_jp", "gb18030", "big5", "cp949")
_LEAST_COHERENCE = 0.3
_LEAST_LEAD = 0.04
_MOST_CHAOS = 0.05
_LEAST_CHARACTERS = 8


class NotText(Exception):
    """Bytes that are no text, or whose encoding can't be told. The message says why."""


def decode(data: bytes) -> tuple[str, str]:
    """The text of `data` and its encoding: `text.encode(encoding)` is `data`.

    Line ends are kept as they are, and a byte order mark is not in the text. Raises `NotText`.
    """
    if marked := marked_encoding(data):
        return _strictly(data, marked), marked
    if wide := _wide_encoding(data):
        return _strictly(data, wide), wide
    controls = _count(data[:_SAMPLE], _CONTROLS)
    if controls > _FEW_CONTROLS and controls > len(data[:_SAMPLE]) / 10:
        raise NotText(f"it is {_kind(data)}, not text")
    try:
        return str(data, "utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if (kind := _kind(data)) != _BINARY:
            raise NotText(f"it is {kind}, not text") from None
        return _guess(data, error.start)


def _kind(data: bytes) -> str:
    """What bytes that are no text are, as far as their first few tell."""
    kinds = (kind for signature, kind in _SIGNATURES.items() if data.startswith(signature))
    return next(kinds, _BINARY)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        text = str(data, encoding)
    except UnicodeDecodeError:
        plain = encoding.removesuffix("-sig").upper()
        raise NotText(f"it is marked as {plain} and is not") from None
    return text


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 without a mark: text in which nearly every second byte is zero."""
    sample = data[:_SAMPLE]
    half = len(sample) // 2
    if half < 2 or len(data) % 2:
        return None
    first, second = sample[::2], sample[1::2]
    for order, (letters, zeros) in {"le": (first, second), "be": (second, first)}.items():
        if zeros.count(0) > half * 0.7 and _count(letters, _CONTROLS) < half * 0.05:
            return f"utf-16-{order}"
    return None


def _guess(data: bytes, bad_byte: int) -> tuple[str, str]:
    encoding = None
    if _is_damaged_utf8(data):
        raise NotText(f"it is UTF-8 that is damaged, first at byte {bad_byte:,}")
    if data.find(b"\0") < 0 and _count(data[:_SAMPLE], _CONTROLS) * 100 <= len(data):
        encoding = "cp1252" if _is_western(data) else _likely_encoding(data)
    if encoding:
        try:
            text = str(data, encoding)
            if text.encode(encoding) == data:
                return text, encoding
        except UnicodeError:
            pass
    raise NotText(f"it is not UTF-8 (byte {bad_byte:,}), and its encoding can't be told")


def _is_damaged_utf8(data: bytes) -> bool:
    """Are most of the characters beyond ASCII good UTF-8? By chance, few would be."""
    bad = str(data, "utf-8", "replace").count("\ufffd")
    good = _count(data, _UTF8_FIRST_BYTES) - bad
    return good > 3 * bad


def _is_western(data: bytes) -> bool:
    """Words of ASCII letters with some accented ones, and no sign within a word?"""
    if _count(data, _HIGH_LETTERS) > _count(data, _ASCII_LETTERS) or _UTF8_PAIR.search(data):
        return False
    try:
        return not _NOT_WESTERN.search(str(data, "cp1252"))
    except UnicodeDecodeError:
        return False


def _likely_encoding(data: bytes) -> str | None:
    """An encoding in which the text reads as a language, or can hardly fit by chance."""
    sample = data[:_SAMPLE]
    if len(data) > _SAMPLE:
        sample = sample[: sample.rfind(b"\n") + 1 or _SAMPLE]
    detector = heavy("charset_normalizer")
    matches = list(detector.from_bytes(sample, cp_isolation=[*_SINGLE_BYTE, *_MULTI_BYTE]))
    if not matches:
        return None
    best, rivals = matches[0], matches[1:]
    encoding = str(best.encoding)
    rival = max((match.coherence for match in rivals), default=0)
    if best.coherence >= _LEAST_COHERENCE:
        return encoding if best.coherence - rival >= _LEAST_LEAD else None
    characters = sum(not character.isascii() for character in str(best))
    fits = best.chaos <= _MOST_CHAOS and characters >= _LEAST_CHARACTERS
    return encoding if fits and encoding in _MULTI_BYTE else None


def _count(data: bytes, of: bytes) -> int:
    return len(data) - len(data.translate(None, of))
