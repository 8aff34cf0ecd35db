"""What a model sees of an item: `show:`, else the item itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from rlmflow.expressions import Environment, compile_expression, compile_shown
from rlmflow.functions import as_text
from rlmflow.operators._step import Shown
from rlmflow.syntax import ast
from rlmflow.values import Item, Part

# Fields that steps add for the author, not for the model.
_HIDDEN = ("members",)


def shown_by(expression: ast.Expression, environment: Environment) -> Callable[[Item], Shown]:
    """What `show: expression` shows."""
    evaluate = compile_expression(expression, environment)
    spans_of = compile_shown(expression, environment)

    def show(item: Item) -> Shown:
        value = evaluate(item, None)
        whole = _whole(item) if value is item.value else None
        return whole or Shown(item, as_text(value), spans_of(item))

    return show


def show_itself(item: Item) -> Shown:
    """A part with its margin, a record cut from input as it stands there, else its fields."""
    return _whole(item) or Shown(item, _written(item.value), item.spans)


def _whole(item: Item) -> Shown | None:
    value = item.value
    if isinstance(value, Part):
        return Shown(item, value.shown.text, (value.shown,))
    if isinstance(value, Mapping) and item.fields and item.spans:
        added = {name: value[name] for name in value if name not in item.fields}
        lines = [*(span.text for span in item.spans), *([_written(added)] if added else [])]
        return Shown(item, "\n".join(lines), item.spans)
    return None


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        shown = {name: held for name, held in value.items() if name not in _HIDDEN}
        return "\n".join(f"{name}: {_inline(held)}" for name, held in shown.items())
    return as_text(value)


def _inline(value: object) -> str:
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, default=as_text)
    return as_text(value)
