"""What to say of a token that can't come next, in words of the language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.syntax.automaton import Automaton, Frame, kind_of
from rlmflow.syntax.tokens import END, ITEM_WORDS, RESERVED, Piece, Tokens

MARKS = {
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "LBRACE": "{",
    "RBRACE": "}",
    "COMMA": ",",
    "COLON": ":",
    "DOT": ".",
    "EQUAL": "=",
    "VBAR": "|",
    "QMARK": "?",
    "ARROW": "->",
    "FAT_ARROW": "=>",
}

_WANTED = (
    ("clause", "a clause such as `covers(docs)`"),
    ("limit", "a limit such as `40 calls`"),
    ("binding", "a name and a value, such as `docs: …`"),
    ("parameter", "a parameter such as `docs: corpus`"),
    ("subject", "a parameter, a step or a field"),
    ("arm", 'an arm such as `"a" => …`'),
    ("expression", "a value"),
    ("sum", "a value"),
    ("product", "a value"),
    ("signed", "a value"),
    ("negation", "a value"),
    ("type", "a type"),
    ("parameters", "`(` and the parameters"),
    ("string", "a text in double quotes"),
    ("word", "a name"),
)
"""What a state waits for, by the symbol that may stand there: the first that fits."""

_THINGS = {
    "call": "argument",
    "list": "item",
    "types": "type",
    "parameters": "parameter",
    "clause": "subject",
    "match": "arm",
    "record": "field",
    "imported": "name",
    "parentheses": "value",
    "test": "line",
    "body": "step",
    "file": "item",
}

_HOLDS = {
    "file": "a file holds `use`, `type`, `strategy` and `test`",
    "body": "a body holds steps (`name = …`), `hint` and one `answer`",
    "test": "a test holds `given name: …`, `reply step: …` or `reply reader`, and `expect …`",
    "record": 'a field is written `name: type "what it is"`',
}


@dataclass(frozen=True)
class Trouble:
    """A token that can't come next, and what the parser was in the middle of."""

    tokens: Tokens
    index: int
    automaton: Automaton
    frames: list[Frame]

    @property
    def token(self) -> Piece:
        return self.tokens.all[self.index]

    @property
    def kind(self) -> str:
        return self.token.type

    @property
    def frame(self) -> Frame:
        """The innermost open bracket, or the file."""
        return self.frames[0]

    @property
    def below(self) -> Any:
        """What the parser read last: a token or a node."""
        return self.automaton.top

    @property
    def kind_below(self) -> str:
        """The kind of `below` if it is a token still."""
        return kind_of(self.below)

    @property
    def interrupted(self) -> bool:
        """Whether what was read last is the name of the next step, taken for something else.

        So it is at the `=` of the second line of `n = 3 +` and `m = f(n)`, and behind a
        `use` that was taken for a field of the record before, which is not closed.
        """
        if self.kind_below in ITEM_WORDS and self.tokens.begins_item(self.index - 1):
            return self.frame.kind == "record"
        begun = self.kind == "EQUAL" and self.kind_below == "NAME"
        if not begun or not self.tokens.begins_step(self.index - 1):
            return False
        opener = self.frame.opener
        unclosed = opener is not None and not self.tokens.closed(opener.start_pos)
        inside = unclosed or self.frame.kind == "body"
        return inside and self.tokens.first_on_line(self.index - 1)

    def under(self, depth: int) -> Any:
        """What lies `depth` places under what the parser read last."""
        values = self.automaton.values
        return values[-1 - depth] if len(values) > depth else None

    @property
    def before(self) -> Piece:
        """The token in the text before this one."""
        return self.tokens.all[max(self.index - 1, 0)]

    @property
    def after(self) -> Piece:
        return self.tokens.all[min(self.index + 1, len(self.tokens.all) - 1)]

    @property
    def span(self) -> Span:
        """The token's place; at the end of the file that of the last token."""
        token = self.before if self.kind == END else self.token
        end = token.end_pos
        line_end = token.value.find("\n")
        if line_end > 0:
            end = token.start_pos + line_end
        return Span(self.tokens.source, token.start_pos, end)

    def span_from(self, first: Any) -> Span:
        """From a token of the text to this one."""
        return Span(self.tokens.source, first.start_pos, self.token.end_pos)


def explain(trouble: Trouble) -> tuple[str, str | None]:
    """The message and the hint for a token that no slip explains."""
    wanted = _wanted_after_token(trouble)
    if wanted is not None:
        return f"expected {wanted}{_found(trouble)}", None
    kind = trouble.frame.kind
    if kind == "file" and not _inside_item(trouble):
        return f"{_named(trouble)} can't begin an item of a file", _HOLDS["file"]
    marks = _marks(trouble)
    if kind == "parentheses" and trouble.kind == "COMMA":
        return "expected `)` after this value", "a list is written `[a, b]`"
    if kind in _HOLDS and not marks:
        return f"{_named(trouble)} is not expected here", _HOLDS[kind]
    if not marks:
        return f"{_named(trouble)} is not expected here", None
    return f"expected {marks}{_place(trouble)}{_found(trouble)}", None


def _wanted_after_token(trouble: Trouble) -> str | None:
    """`a value after `size:``, where the parser stands behind a token that needs more."""
    if trouble.frame.kind == "match" and trouble.kind_below in {"LBRACE", "COMMA"}:
        return "a text, a number, `true`, `false`, `none` or `else`"
    if not trouble.kind_below or trouble.kind_below in {"NAME", "RPAR", "RBRACE", "LBRACE"}:
        return None
    if trouble.kind_below in {"QMARK", "RSQB", "STRING"}:
        return None
    size = len(trouble.automaton.values)
    for symbol, words in _WANTED:
        if trouble.automaton.goto(size, symbol) is not None:
            return f"{words} after `{trouble.below.value}`"
    if trouble.automaton.accepts("PATH"):
        return "a path such as `./local` or `std/needle` after `use`"
    if trouble.automaton.accepts("NAME"):
        return f"a name after `{trouble.below.value}`"
    return None


def _inside_item(trouble: Trouble) -> bool:
    """Whether an item of the file has begun that is not complete."""
    below = trouble.below
    return below is not None and not isinstance(below, ast.Node) and not hasattr(below, "children")


def _marks(trouble: Trouble) -> str:
    """The punctuation that may come next, if there is not too much of it."""
    marks = [kind for kind in trouble.automaton.expected() if kind in MARKS]
    if trouble.frame.kind == "call":
        marks = [kind for kind in marks if kind in {"COMMA", "RPAR"}]
    others = [kind for kind in trouble.automaton.expected() if kind in _LEADING]
    if others or not 0 < len(marks) <= 3:
        return ""
    written = sorted((f"`{MARKS[kind]}`" for kind in marks), key=_OPENERS_LAST.__contains__)
    return written[0] if len(written) == 1 else f"{', '.join(written[:-1])} or {written[-1]}"


_LEADING = frozenset({"ANSWER", "HINT", "STRATEGY", "GIVEN", "EXPECT"})
_OPENERS_LAST = frozenset({"`(`", "`[`", "`{`"})


def _place(trouble: Trouble) -> str:
    below, thing = trouble.below, _THINGS[trouble.frame.kind]
    if trouble.kind_below == "LPAR" and trouble.frame.kind == "call":
        return ""
    if trouble.kind_below:
        return f" after `{below.value}`"
    if isinstance(below, ast.NamedType):
        return " after this type"
    return "" if trouble.frame.kind == "file" else f" after this {thing}"


def _named(trouble: Trouble) -> str:
    if trouble.kind == END:
        return "the end of the file"
    if trouble.kind == "STRING":
        return "this text"
    written = trouble.token.value.split("\n")[0]
    return f"`{written}`"


def _found(trouble: Trouble) -> str:
    """What stood there instead, where that helps."""
    if trouble.kind == END:
        return ", but the file ends here"
    if trouble.kind in RESERVED:
        return f", not the word `{trouble.token.value}`"
    return ""
