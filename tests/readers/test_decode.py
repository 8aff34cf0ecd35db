"""Bytes become text that turns back into the same bytes, or are said to be no text."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rlmflow.readers._decode import NotText, decode

FRENCH = "Ça c'est l'été, où le garçon naïf a déjà vu Noël."
RUSSIAN = "Привет, мир! Это простой текст на русском."
JAPANESE = "日本語のテキストです。これはテストです。"
POLISH = "Zażółć gęślą jaźń. Być może jest to dłuższy tekst, który ma więcej słów."


@given(st.text())
def test_utf8_comes_back_as_its_bytes(text: str) -> None:
    data = text.encode()
    try:
        decoded, encoding = decode(data)
    except NotText:
        return
    assert decoded.encode(encoding) == data
    if b"\0" not in data and not data.startswith((codecs.BOM_UTF8,)):
        assert decoded == text


@given(
    st.text(),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]),
)
def test_a_byte_order_mark_is_believed_and_kept_out_of_the_text(text: str, encoding: str) -> None:
    # A UTF-16 text that begins with NUL looks like UTF-32.
    assume(not text.startswith("\0"))
    data = "\ufeff".encode(encoding) + text.encode(encoding)
    decoded, found = decode(data)
    assert decoded == text
    assert found == f"{encoding}-sig"
    assert decoded.encode(found) == data


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_is_read_turns_back_into_its_bytes(data: bytes) -> None:
    try:
        text, encoding = decode(data)
    except NotText:
        return
    assert text.encode(encoding) == data


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("", "utf-8"),
        ("one\r\ntwo\rthree\n", "utf-8"),
        ("RIFF and GIF8 are how some files begin", "utf-8"),
        ("a\x00b and \x00 more", "utf-8"),
        ("emoji \U0001f469\u200d\U0001f467 and e\u0301", "utf-8"),
        ("plain words, two bytes to a letter", "utf-16-le"),
        ("plain words, two bytes to a letter", "utf-16-be"),
        (FRENCH, "cp1252"),
        ("Größe", "cp1252"),
        ("\u201cquoted\u201d \u2013 it\u2019s \u20ac5", "cp1252"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (POLISH, "cp1250"),
    ],
)
def test_the_encoding_is_found(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == (text, encoding)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"PK\x03\x04\x14\0\0\0\x08\0\xff", "a ZIP archive"),
        (b"\x00\x01\x02" * 100, "binary"),
        (bytes(range(256)) * 4, "binary"),
        (b"".join(bytes([n % 20, 0]) for n in range(400)), "binary"),
        ("Привет".encode("cp1251"), "not UTF-8 (byte 0), and its encoding can't be told"),
        (FRENCH.encode() + b"\xff", "UTF-8 that is damaged, first at byte 58"),
        (FRENCH.encode()[:-1] + b"\xc3", "UTF-8 that is damaged"),
        (b"\xc3\xa9 \xff one of each", "its encoding can't be told"),
        (codecs.BOM_UTF8 + b"\xff", "marked as UTF-8 and is not"),
        (codecs.BOM_UTF16_LE + b"a", "marked as UTF-16-LE and is not"),
    ],
)
def test_what_is_no_text_or_can_not_be_told_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(NotText) as refused:
        decode(data)
    assert reason in str(refused.value)
