"""One mark written for another."""

from __future__ import annotations

from rlmflow.diagnostics import codes
from rlmflow.syntax.explain import Trouble
from rlmflow.syntax.slips._fix import Fix, instead, names_something


def equal_for_colon(trouble: Trouble) -> Fix | None:
    """`f(size = 3)`, `type T { name = text }`, `given docs = "…"`."""
    if trouble.kind != "EQUAL" or not names_something(trouble):
        return None
    name = trouble.below.value
    if trouble.frame.kind not in {"call", "record", "test", "parameters"}:
        return None
    thing = {"call": "an argument", "record": "a field", "test": "a value"}.get(
        trouble.frame.kind, "a parameter"
    )
    message = f"{thing} is named with `:`, not `=`"
    insert = instead(trouble, "COLON", ":")
    return Fix(message, f"write `{name}: …`", insert, 1, damages=False)


def equal_for_equals(trouble: Trouble) -> Fix | None:
    """`where: item.user = user`."""
    if trouble.kind != "EQUAL":
        return None
    insert = instead(trouble, "COMPARATOR", "==")
    return Fix("two values are compared with `==`", "write `==`", insert, 1, damages=False)


def mark_for_equal(trouble: Trouble) -> Fix | None:
    """`parts: chunk(docs)` and `parts == chunk(docs)` for a step."""
    if trouble.frame.kind != "body" or not names_something(trouble):
        return None
    if trouble.kind != "COLON" and trouble.token.value not in {"==", ":="}:
        return None
    message = f"a step is written with `=`, not `{trouble.token.value}`"
    hint = f"write `{trouble.below.value} = …`"
    return Fix(message, hint, instead(trouble, "EQUAL", "="), 1, damages=False)


def braces_around_fields(trouble: Trouble) -> Fix | None:
    """`Report { kinds: found }`, and `{ kinds: found }` for a value."""
    tokens, index = trouble.tokens, trouble.index
    last = tokens.partner.get(index)
    if trouble.kind != "LBRACE" or last is None or tokens.kind(index + 2) != "COLON":
        return None
    field = tokens.all[index + 1].value.strip('"')
    skip = last - index + 1
    if trouble.before.type == "NAME":
        hint = f"write `{trouble.before.value}({field}: …)`"
        return Fix("the fields of a record stand in round brackets", hint, skip=skip)
    if trouble.frame.kind in {"file", "record", "parameters", "types"}:
        return None
    value = instead(trouble, "NAME", "record")
    hint = f"define its type, and write `Type({field}: …)`"
    return Fix("a record is made by the name of its type", hint, value, skip)


def mark_after_answer(trouble: Trouble) -> Fix | None:
    if trouble.kind not in {"EQUAL", "COLON"} or trouble.kind_below not in {"ANSWER", "HINT"}:
        return None
    word = trouble.below.value
    message = f"`{word}` takes no `{trouble.token.value}`"
    return Fix(message, f"write `{word} …`", skip=1, damages=False)


def double_bar(trouble: Trouble) -> Fix | None:
    """`a || b`."""
    if trouble.kind != "VBAR" or trouble.after.type != "VBAR":
        return None
    insert = instead(trouble, "OR", "or")
    code = codes.UNEXPECTED_CHARACTER
    return Fix("`||` means nothing here", "write `or`", insert, 2, code=code)


def arrow_in_match(trouble: Trouble) -> Fix | None:
    if trouble.frame.kind != "match" or trouble.kind not in {"COLON", "ARROW", "EQUAL"}:
        return None
    message = f"an arm of `match` is written with `=>`, not `{trouble.token.value}`"
    insert = instead(trouble, "FAT_ARROW", "=>")
    return Fix(message, 'write `"a" => …`', insert, 1, damages=False)


def arrow_after_prompt(trouble: Trouble) -> Fix | None:
    """`f(x) \"\"\"…\"\"\" -> T`."""
    if trouble.kind != "ARROW" or trouble.kind_below != "STRING":
        return None
    fix = Fix(
        "`->` and its type stand before the prompt",
        'write `name(…) -> Type """…"""`',
        instead(trouble, "ARROW", "->"),
        skip=1,
        drop=1,
    )
    return fix if fix.fits(trouble.automaton) else None


def colon_for_arrow(trouble: Trouble) -> Fix | None:
    """`strategy f(docs: corpus): text {`, or `=>`."""
    if trouble.frame.kind != "file" or trouble.kind not in {"COLON", "FAT_ARROW", "MINUS"}:
        return None
    message = f"the type of the result stands after `->`, not `{trouble.token.value}`"
    insert = instead(trouble, "ARROW", "->")
    return Fix(message, "write `strategy name(…) -> Type`", insert, 1, damages=False)
