"""Marks that are missing, and marks too many."""

from __future__ import annotations

from rlmflow.syntax.automaton import kind_of
from rlmflow.syntax.explain import Trouble
from rlmflow.syntax.slips._fix import Fix, between, instead, names_something
from rlmflow.syntax.slips._foreign import FOREIGN_STATEMENTS

_NEEDS_VALUE = {"NAME", "NUMBER", "QUANTITY", "STRING", "LPAR", "LSQB", "TRUE", "FALSE", "NONE"}


def missing_strategy(trouble: Trouble) -> Fix | None:
    """`test "a title" {`."""
    if kind_of(trouble.under(1)) != "TEST" or trouble.kind != "LBRACE":
        return None
    message = "expected `of` and the strategy that is tested"
    insert = between(trouble, "OF", "of") + between(trouble, "NAME", "")
    return Fix(message, 'write `test "…" of name {`', insert)


def missing_result_type(trouble: Trouble) -> Fix | None:
    """`strategy f(docs: corpus) {`."""
    if trouble.frame.kind != "file" or trouble.kind not in {"LBRACE", "ENSURES", "WITHIN"}:
        return None
    message = "expected `->` and the type that the strategy returns"
    hint = "write `strategy name(…) -> Type`"
    arrow, name = between(trouble, "ARROW", "->"), between(trouble, "NAME", "")
    insert = name if trouble.kind_below == "ARROW" else arrow + name
    return Fix(message, hint, insert)


def missing_parameters(trouble: Trouble) -> Fix | None:
    """`strategy f -> text {`."""
    if kind_of(trouble.under(1)) != "STRATEGY" or trouble.kind not in {"ARROW", "LBRACE"}:
        return None
    message = f"expected `(` and the parameters after `{trouble.below.value}`"
    insert = between(trouble, "LPAR", "(") + between(trouble, "RPAR", ")")
    return Fix(message, "write `strategy name(docs: corpus) -> Type`", insert)


def missing_bar(trouble: Trouble) -> Fix | None:
    """`type Kind = "a" "b"`, `type Kind = "a", "b"`."""
    if trouble.frame.kind != "file" or not trouble.automaton.accepts("VBAR"):
        return None
    message, hint = "the values of an enum are separated by `|`", 'write `"a" | "b"`'
    if trouble.kind == "COMMA" and trouble.after.type == "STRING":
        return Fix(message, hint, instead(trouble, "VBAR", "|"), 1, damages=False)
    if trouble.kind == "STRING":
        return Fix(message, hint, between(trouble, "VBAR", "|"), damages=False)
    return None


def missing_colon(trouble: Trouble) -> Fix | None:
    """`strategy f(docs corpus)`, `type T { name text }`."""
    if trouble.frame.kind not in {"parameters", "record", "test"} or not names_something(trouble):
        return None
    if trouble.kind not in _NEEDS_VALUE or trouble.tokens.first_on_line(trouble.index):
        return None
    what = "value" if trouble.frame.kind == "test" else "type"
    message = f"expected `:` between the name and its {what}"
    hint = f"write `{trouble.below.value}: {trouble.token.value}`"
    return Fix(message, hint, between(trouble, "COLON", ":"), damages=False)


def missing_equal(trouble: Trouble) -> Fix | None:
    """`parts chunk(docs)` for a step."""
    if trouble.frame.kind != "body" or trouble.kind_below != "NAME" or trouble.kind != "NAME":
        return None
    if trouble.below.value in FOREIGN_STATEMENTS or trouble.after.type != "LPAR":
        return None
    message = f"expected `=` after `{trouble.below.value}`"
    return Fix(message, "a step is written `name = …`", between(trouble, "EQUAL", "="))


def missing_comma(trouble: Trouble) -> Fix | None:
    """`f(a b)`, `[1 2]`, `(docs: corpus question: text)`."""
    frame, automaton = trouble.frame, trouble.automaton
    if frame.kind not in {"call", "list", "parameters", "types", "imported", "match"}:
        return None
    opener = frame.opener
    if opener is None or not trouble.tokens.closed(opener.start_pos):
        return None
    comma = automaton.after("COMMA")
    if comma is None or not automaton.accepts(trouble.kind, comma):
        return None
    if trouble.tokens.inside(trouble.index) != opener.start_pos:
        return None
    message, hint = _comma_words(frame.kind)
    return Fix(message, hint, between(trouble, "COMMA", ","))


def _comma_words(kind: str) -> tuple[str, str]:
    thing, mark = {
        "call": ("argument", ")"),
        "list": ("item", "]"),
        "parameters": ("parameter", ")"),
        "types": ("type", "]"),
        "imported": ("name", ")"),
        "match": ("arm", "}"),
    }[kind]
    return f"expected `,` or `{mark}` after this {thing}", f"separate {thing}s with `,`"


def needless_comma(trouble: Trouble) -> Fix | None:
    if trouble.kind != "COMMA":
        return None
    if trouble.frame.kind in {"body", "file", "test"} and not trouble.kind_below:
        thing = {"body": "steps", "file": "items", "test": "lines"}[trouble.frame.kind]
        if trouble.tokens.first_on_line(trouble.index + 1):
            return Fix(f"no `,` is needed between {thing}", "leave it out", skip=1, damages=False)
    if trouble.kind_below in {"COMMA", "LPAR", "LSQB"}:
        return Fix("expected a value before `,`", "leave out one `,`", skip=1)
    return None


def stray_bracket(trouble: Trouble) -> Fix | None:
    if trouble.kind not in {"RPAR", "RSQB", "RBRACE"} or trouble.index in trouble.tokens.partner:
        return None
    if any(f.opener and not trouble.tokens.closed(f.opener.start_pos) for f in trouble.frames):
        return None
    message = f"this `{trouble.token.value}` closes nothing"
    return Fix(message, "leave it out, or open it before", skip=1, damages=False)
