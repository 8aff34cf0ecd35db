"""Words that mean something else here, or nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from rlmflow.source import Span
from rlmflow.syntax.automaton import kind_of
from rlmflow.syntax.explain import Trouble
from rlmflow.syntax.slips._fix import Fix, Insertion, instead
from rlmflow.syntax.slips._foreign import FOREIGN_ITEMS, FOREIGN_STATEMENTS
from rlmflow.syntax.tokens import END, RESERVED


def reserved_word(trouble: Trouble) -> Fix | None:
    """`type = map(x)`: a word of the language for a name of the author's."""
    tokens, index = trouble.tokens, trouble.index
    if trouble.kind not in RESERVED or tokens.begins_item(index) or tokens.begins_step(index):
        return None
    named = trouble.automaton.after("NAME")
    if named is None or not trouble.automaton.accepts(trouble.after.type, named):
        return None
    word = trouble.token.value
    message = f"`{word}` is a word of the language and can't be a name here"
    insert = instead(trouble, "NAME", word)
    return Fix(message, f"choose another name, such as `{word}_`", insert, 1)


def reserved_value(trouble: Trouble) -> Fix | None:
    """`f(type)`, where a knob's name might have come."""
    if trouble.frame.kind != "call" or trouble.kind_below not in RESERVED:
        return None
    word = trouble.below
    message = f"`{word.value}` is a word of the language and can't be a name here"
    span = Span(trouble.tokens.source, word.start_pos, word.end_pos)
    insert = (("NAME", word.value, word.start_pos, word.end_pos),)
    hint = f"choose another name, such as `{word.value}_`"
    fix = Fix(message, hint, insert, drop=1, span=span)
    return fix if trouble.kind in {"COMMA", "RPAR", "DOT"} else None


def formatted_text(trouble: Trouble) -> Fix | None:
    """`f"…"`."""
    before = trouble.before
    if trouble.kind != "STRING" or before.type != "NAME":
        return None
    if before.end_pos != trouble.token.start_pos or before.value.lower() not in _PREFIXES:
        return None
    message = f"a text takes no `{before.value}` before it"
    hint = 'a prompt takes `{{ name }}`; elsewhere `format("{} …", name)` makes a text'
    written = trouble.token
    insert = ((("STRING"), written.value, written.start_pos, written.end_pos),)
    return Fix(message, hint, insert, skip=1, drop=1, span=trouble.span_from(before))


_PREFIXES = {"f", "b", "u", "rf", "fr", "rb", "br", "t"}


def prompt_without_call(trouble: Trouble) -> Fix | None:
    """`merge \"\"\"…\"\"\"`."""
    if trouble.kind != "STRING" or trouble.before.type != "NAME":
        return None
    if trouble.frame.kind != "body" or trouble.kind_below not in {"", "NAME"}:
        return None
    name = trouble.before.value
    if name in FOREIGN_STATEMENTS:
        return None
    hint = f'write `{name}(…) """…"""`'
    return Fix("a prompt belongs to a call", hint, skip=1)


def bare_call_at_end(trouble: Trouble) -> Fix | None:
    """A call that ends a body, where `answer` was meant."""
    tokens = trouble.tokens
    if not _is_bare_call(trouble):
        return None
    last = tokens.partner.get(trouble.index)
    if last is None or not _ends_body(trouble, last):
        return None
    name = trouble.below
    insert: tuple[Insertion, ...] = (
        ("ANSWER", "answer", name.start_pos, name.start_pos),
        ("NAME", name.value, name.start_pos, name.end_pos),
    )
    span = Span(tokens.source, name.start_pos, name.end_pos)
    message = "a body holds steps and an `answer`, not a bare call"
    return Fix(message, f"write `answer {name.value}(…)`", insert, drop=1, span=span)


def _is_bare_call(trouble: Trouble) -> bool:
    if trouble.frame.kind != "body" or trouble.kind_below != "NAME" or trouble.kind != "LPAR":
        return False
    return trouble.below.value not in FOREIGN_STATEMENTS


def _ends_body(trouble: Trouble, last: int) -> bool:
    tokens, index = trouble.tokens, last + 1
    if tokens.kind(index) == "ARROW":
        while tokens.kind(index) in {"ARROW", "NAME", "LSQB", "RSQB", "COMMA", "QMARK"}:
            index += 1
    if tokens.kind(index) == "STRING":
        index += 1
    return tokens.kind(index) in {"RBRACE", END}


class Foreign(NamedTuple):
    """A statement or item as other languages write it: what to say, and of which token."""

    message: str
    hint: str
    word: Any


def foreign(trouble: Trouble) -> Foreign | None:
    """What to say where another language shows through; it can't be mended."""
    if trouble.frame.kind == "file" and trouble.kind == "NAME":
        return _foreign_item(trouble)
    if trouble.frame.kind == "body" and trouble.kind_below == "NAME":
        return _foreign_statement(trouble)
    if trouble.kind == "COMPARATOR" and kind_of(trouble.under(1)) in {"COMPARATOR", "IN"}:
        hint = "join two comparisons with `and`"
        return Foreign("comparisons do not chain", hint, trouble.token)
    return None


def _foreign_item(trouble: Trouble) -> Foreign | None:
    word = trouble.token
    hint = FOREIGN_ITEMS.get(word.value)
    if hint is not None:
        return Foreign(f"there is no `{word.value}`", hint, word)
    if trouble.after.type == "EQUAL":
        hint = "write `strategy name(…) -> Type { … }`"
        return Foreign("a step stands inside a strategy", hint, word)
    return None


def _foreign_statement(trouble: Trouble) -> Foreign:
    below = trouble.below
    name = below.value
    if name in FOREIGN_STATEMENTS:
        return Foreign(f"there is no `{name}`", FOREIGN_STATEMENTS[name], below)
    if trouble.tokens.kind(trouble.index - 2) == "ANSWER":
        hint = f"write `answer {name}` as a statement of its own"
        return Foreign("`answer` is no value", hint, trouble.tokens.all[trouble.index - 2])
    if _is_bare_call(trouble):
        hint = f"write `name = {name}(…)`"
        return Foreign("a call must be a step or the answer", hint, below)
    return Foreign(f"expected `=` after `{name}`", "a step is written `name = …`", trouble.token)
