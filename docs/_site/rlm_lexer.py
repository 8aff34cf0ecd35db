"""Colours for strategies."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

KEYWORDS = (
    "strategy type test use answer hint ensures within match else and or not in "
    "given reply expect python as of"
)


class RlmLexer(RegexLexer):
    """Tokens of the language, as far as colours need them."""

    name = "rlm"
    aliases: ClassVar = ["rlm"]
    filenames: ClassVar = ["*.rlm"]
    tokens: ClassVar = {
        "root": [
            (r"\s+", Text),
            (r"#[^\n]*", Comment.Single),
            (r'r?"""(?:[^"\\]|\\[\s\S]|"(?!""))*"""', String),
            (r'r?"(?:[^"\\\n]|\\.)*"', String),
            (r"(?:\./|\.\./)[\w./-]+|\bstd/\w+", Name.Namespace),
            (words(tuple(KEYWORDS.split()), prefix=r"\b", suffix=r"\b(?!\s*[:=(])"), Keyword),
            (r"\b(true|false|none)\b", Keyword.Constant),
            (r"\d[\d_]*(?:\.\d[\d_]*)*[kM]?(?:[ \t]*[A-Za-z]+\b|%)?", Number),
            (r"[A-Z]\w*", Name.Class),
            (r"[^\W\d]\w*(?=\()", Name.Function),
            (r"[^\W\d]\w*(?=\s*:)", Name.Attribute),
            (r"[^\W\d]\w*", Name),
            (r"->|=>|==|!=|<=|>=|[-+*/<>=|?]", Operator),
            (r"[(){}\[\],.:]", Punctuation),
            (r".", Text),
        ]
    }
