"""Exact token counts for a local model, from the vocabulary in its own file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rlmflow._lazy import MissingPackage, heavy
from rlmflow.models.local.gguf import read_head

_CONTRACTIONS = r"'s|'t|'re|'ve|'m|'ll|'d"
# How each family cuts text before byte pairs are merged, one cut after another.
_CUTS = {
    "qwen2": (
        rf"(?i:{_CONTRACTIONS})|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ),
    "smollm": (
        r"\p{N}",
        rf"{_CONTRACTIONS}| ?\p{{L}}+| ?\p{{N}}+| ?[^\s\p{{L}}\p{{N}}]+|\s+(?!\S)|\s+",
    ),
}


def counter(path: Path) -> Callable[[str], int] | None:
    """What counts the tokens of a text, markup counted as text; None for an unknown family."""
    try:
        head = read_head(path)
        cuts = _CUTS.get(str(head.get("tokenizer.ggml.pre")))
        if cuts is None or head.get("tokenizer.ggml.model") != "gpt2":
            return None
        tokenizer = _build(head, cuts)
    except (MissingPackage, ValueError, OSError):
        return None
    return lambda text: len(tokenizer.encode(_encodable(text), add_special_tokens=False))


def _build(head: dict[str, Any], cuts: tuple[str, ...]) -> Any:
    library = heavy("tokenizers", extra="local")
    vocabulary = {token: number for number, token in enumerate(head["tokenizer.ggml.tokens"])}
    merges = [tuple(merge.split(" ")) for merge in head["tokenizer.ggml.merges"]]
    tokenizer = library.Tokenizer(library.models.BPE(vocabulary, merges))
    cutting = library.pre_tokenizers
    splits = [cutting.Split(library.Regex(cut), "isolated") for cut in cuts]
    to_bytes = cutting.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = cutting.Sequence([*splits, to_bytes])
    return tokenizer


def _encodable(text: str) -> str:
    """The text, with what is no character in UTF-8 as a replacement character."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
