"""Which input the model sees of an item, where `show:` says what it sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rlmflow.expressions.evaluate import (
    Environment,
    compiled_arms,
    fitting_arm,
    located,
    unwrapped,
)
from rlmflow.functions import FUNCTIONS
from rlmflow.source import Span
from rlmflow.syntax import ast
from rlmflow.values import Item, Part


def compile_shown(
    expression: ast.Expression, environment: Environment
) -> Callable[[Item], tuple[Span, ...]]:
    """A closure: from an item to the input spans that the value of `show: expression` shows.

    Only `item`, its fields, and what functions that keep text, `+` and lists make of
    them show input; anything else shows none.
    """
    match expression:
        case ast.Reference(name="item"):
            return _item_spans
        case ast.Field():
            return _field_spans(expression, environment)
        case ast.ListOf(items=items):
            return _all_spans(items, environment)
        case ast.BinaryOperation(sign="+", left=left, right=right):
            return _all_spans((left, right), environment)
        case ast.Call() if shows_arguments(expression):
            carried = expression.arguments[FUNCTIONS[expression.callee.text].carried]
            return _all_spans([a.value for a in carried], environment)
        case ast.Match():
            return _chosen_spans(expression, environment)
        case _:
            return lambda _: ()


def shows_arguments(call: ast.Call) -> bool:
    """Whether the text of a function's arguments stands in its result as it was."""
    function = FUNCTIONS.get(call.callee.text)
    if function is None:
        return False
    # A template whose places are unknown may show an argument twice, or not at all.
    literal_template = function.most is not None or isinstance(call.arguments[0].value, ast.Text)
    return function.keeps and function.same_text and literal_template


def said_of(expression: ast.Expression) -> list[ast.Expression]:
    """The parts of what `show: expression` shows that are about the item.

    The author's own texts that stand between them are none.
    """
    match expression:
        case ast.Text():
            return []
        case ast.ListOf(items=items):
            return [part for one in items for part in said_of(one)]
        case ast.BinaryOperation(sign="+", left=left, right=right):
            return [*said_of(left), *said_of(right)]
        case ast.Call() if shows_arguments(expression):
            carried = expression.arguments[FUNCTIONS[expression.callee.text].carried]
            return [part for one in carried for part in said_of(one.value)]
        case _:
            return [expression]


def _item_spans(item: Item) -> tuple[Span, ...]:
    if isinstance(item.value, dict):
        names: list[str] = list(item.value)
        spans = (span for name in names for span in _spans_of_field(item, name))
        return tuple(dict.fromkeys(spans))
    return item.spans


def _spans_of_field(item: Item, name: str) -> tuple[Span, ...]:
    if name in item.fields:
        return (item.fields[name],)
    if isinstance(item.value, Part):
        return item.spans if name == "text" else ()
    value = item.value.get(name) if isinstance(item.value, dict) else None
    held = value if isinstance(value, list) else [value]
    spans = (span for each in held if isinstance(each, Item) for span in _item_spans(each))
    return tuple(dict.fromkeys(spans))


def _field_spans(
    expression: ast.Field, environment: Environment
) -> Callable[[Item], tuple[Span, ...]]:
    if not _begins_at_item(expression):
        return lambda _: ()
    holder, name = located(expression.value, environment), expression.name.text

    def spans(item: Item) -> tuple[Span, ...]:
        found = holder(item, None)
        each = found if isinstance(found, list) else [found]
        shown = (s for held in each if isinstance(held, Item) for s in _spans_of_field(held, name))
        return tuple(dict.fromkeys(shown))

    return spans


def _begins_at_item(expression: ast.Expression) -> bool:
    """Whether a chain of fields begins at the item in scope."""
    while isinstance(expression, ast.Field):
        expression = expression.value
    return isinstance(expression, ast.Reference) and expression.name == "item"


def _all_spans(
    expressions: Sequence[ast.Expression], environment: Environment
) -> Callable[[Item], tuple[Span, ...]]:
    found = [compile_shown(one, environment) for one in expressions]
    return lambda item: tuple(dict.fromkeys(span for one in found for span in one(item)))


def _chosen_spans(
    expression: ast.Match, environment: Environment
) -> Callable[[Item], tuple[Span, ...]]:
    value = unwrapped(expression.value, environment)
    arms, otherwise = compiled_arms(expression, compile_shown, environment)

    def spans(item: Item) -> tuple[Span, ...]:
        arm = fitting_arm(value(item, None), arms, otherwise)
        return arm(item) if arm else ()

    return spans
