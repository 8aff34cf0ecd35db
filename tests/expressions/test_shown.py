"""Which input `show:` shows."""

from __future__ import annotations

import pytest
from expressions.test_functions import parsed

from rlmflow.expressions import compile_shown
from rlmflow.values import Document, Item, Part

TEXT = Document("a.txt", "me: hello there")
USER, BODY = TEXT.whole.at(0, 2), TEXT.whole.at(4, 15)
LINE = Item(
    {"user": "me", "body": "hello there", "kind": "greeting"},
    "lines",
    spans=(TEXT.whole,),
    fields={"user": USER, "body": BODY},
)


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("item.body", (BODY,)),
        ("item", (USER, BODY)),
        ("text(item)", (USER, BODY)),
        ("item.kind", ()),
        ('item.user + ": " + item.body', (USER, BODY)),
        ("[item.body, item.body]", (BODY,)),
        ('join([item.user, item.body], " ")', (USER, BODY)),
        ("join([item.user], item.body)", (USER,)),
        ('format("{} said {}", item.user, item.body)', (USER, BODY)),
        ("format(template, item.user)", ()),
        ("upper(item.body)", ()),
        ("first([item.body])", ()),
        ('match item.kind { "greeting" => item.body, else => item.user }', (BODY,)),
        ("other.body", ()),
        ('"me"', ()),
    ],
)
def test_only_what_keeps_text_shows_input(expression: str, shown: object) -> None:
    environment = {"template": "{}", "other": {"body": "x"}}
    assert compile_shown(parsed(expression), environment)(LINE) == shown


def test_of_a_part_its_core_is_shown_and_of_nested_items_theirs() -> None:
    part = Item(Part(BODY, TEXT.whole), "parts", spans=(BODY,))
    pair = Item({"left": LINE, "right": part}, "pairs")
    assert compile_shown(parsed("item.text"), {})(part) == (BODY,)
    assert compile_shown(parsed("item.name"), {})(part) == ()
    assert compile_shown(parsed("item.left.user + item.right.text"), {})(pair) == (USER, BODY)
    assert compile_shown(parsed("item"), {})(pair) == (USER, BODY)
    group = Item({"key": "me", "items": [LINE, LINE]}, "groups")
    assert compile_shown(parsed("item.items.body"), {})(group) == (BODY,)
    assert compile_shown(parsed("item.items.kind"), {})(group) == ()
