"""Counts of tokens: exact where the tokenizer is known, never too low elsewhere."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.models._protocol import Message
from rlmflow.models.local.gguf import read_head
from rlmflow.models.local.tokenizer import counter
from rlmflow.models.token_bounds import byte_bound, counting, o200k_count
from rlmflow.text.tokens import count_tokens


@pytest.mark.parametrize(
    ("model", "exact"),
    [
        ("gpt-4o", True),
        ("openai/gpt-5-mini", True),
        ("azure/gpt-4.1-nano", True),
        ("o3", True),
        ("o3-mini-2025-01-31", True),
        ("gpt-4", False),
        ("gpt-4-turbo", False),
        ("gpt-50", False),
        ("o30", False),
        ("anthropic/claude-sonnet-4-5", False),
        ("qwen", False),
    ],
)
def test_the_tokenizer_goes_by_the_models_name(model: str, exact: bool) -> None:
    assert counting(model) is (o200k_count if exact else byte_bound)


@given(st.text())
def test_the_bound_is_above_a_real_tokenizer(text: str) -> None:
    assert byte_bound((Message("user", text),)) >= count_tokens(text)


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def _pair(key: str, value: str | list[str]) -> bytes:
    if isinstance(value, str):
        return _text(key) + struct.pack("<I", 8) + _text(value)
    head = _text(key) + struct.pack("<IIQ", 9, 8, len(value))
    return head + b"".join(map(_text, value))


def _byte_letters() -> Iterator[str]:
    """The letters by which byte-level vocabularies write the 256 bytes."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = iter(range(256, 512))
    return (chr(byte) if byte in shown else chr(next(hidden)) for byte in range(256))


def write_gguf(path: Path, family: str) -> Path:
    """A GGUF file with no weights: a vocabulary of bytes, and the merges of `the` and `12`."""
    tokens = [*_byte_letters(), "th", "the", "12"]
    pairs = [
        _pair("tokenizer.ggml.model", "gpt2"),
        _pair("tokenizer.ggml.pre", family),
        _pair("tokenizer.ggml.tokens", tokens),
        _pair("tokenizer.ggml.merges", ["t h", "th e", "1 2"]),
        _text("general.alignment") + struct.pack("<II", 4, 32),
    ]
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(pairs))
    return path


@pytest.mark.parametrize("family", ["qwen2", "smollm"])
@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("the", 1), ("the the", 3), ("12", 2), ("é\0", 3), ("\ud800", 9)]
)
def test_a_local_model_counts_by_its_own_vocabulary(
    tmp_path: Path, family: str, text: str, tokens: int
) -> None:
    count = counter(write_gguf(tmp_path / "tiny.gguf", family))
    assert count is not None
    assert count(text) == tokens


def test_a_family_that_is_not_known_is_not_guessed(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "tiny.gguf", "another")
    assert read_head(path)["general.alignment"] == 32
    assert counter(path) is None


@pytest.mark.parametrize("keep", [1, 4, 30, 200])
def test_a_file_that_is_cut_off_is_said(tmp_path: Path, keep: int) -> None:
    path = write_gguf(tmp_path / "tiny.gguf", "qwen2")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match="GGUF"):
        read_head(path)
    assert counter(path) is None
