"""What a model sees of an item: `show:`, else the item itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from rlmflow.expressions import Environment, compile_shown, located, said_of
from rlmflow.functions import as_text
from rlmflow.operators._members import MEMBERS
from rlmflow.operators._step import Shown
from rlmflow.syntax import ast
from rlmflow.values import Item, Part

# Fields that steps add for the author, not for the model.
HIDDEN = (MEMBERS,)
HIDDEN_BESIDE_ITEMS = ("key",)


def shown_by(expression: ast.Expression, environment: Environment) -> Callable[[Item], Shown]:
    """What `show: expression` shows.

    The item, and items that it holds, are shown as they are as they stand.
    """
    evaluate = located(expression, environment)
    spans_of = compile_shown(expression, environment)
    parts = [located(part, environment) for part in said_of(expression)]

    def show(item: Item) -> Shown:
        value = evaluate(item, None)
        if value is item:
            return show_itself(item)
        if not _is_held(value, item):
            said = tuple(text for part in parts for text in _texts(part(item, None)))
            return Shown(item, as_text(value), spans_of(item), said)
        pieces = [show_core(one) for one in _items(value)]
        spans = (span for piece in pieces for span in piece.spans)
        text = _joined([piece.text for piece in pieces])
        return Shown(item, text, tuple(dict.fromkeys(spans)))

    return show


def _texts(value: object) -> Iterator[str]:
    """The texts in a value, without what stands between them where it is shown."""
    if isinstance(value, Item):
        yield from show_core(value).texts
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield as_text(value)


def _is_held(value: object, item: Item) -> bool:
    """Whether a value is an item that another holds, or a list of some."""
    values = value if isinstance(value, list) else [value]
    held = set(_held(item)) if any(isinstance(one, Item) for one in values) else set()
    return bool(values) and all(isinstance(one, Item) and one in held for one in values)


def _held(item: Item) -> Iterator[Item]:
    """The items in a record, and those in them."""
    if isinstance(item.value, Mapping):
        for one in (one for value in item.value.values() for one in _items(value)):
            yield one
            yield from _held(one)


def show_itself(item: Item) -> Shown:
    """A part with its margin, a record cut from input as it stands there, else its fields.

    A record or a list that holds items (a pair, a group) shows these, as `show_core` has them.
    """
    found = _whole(item) or _composed(item) or _listed(item)
    return found or Shown(item, _written(item.value), item.spans, _values(item.value))


def show_core(item: Item) -> Shown:
    """An item by itself, a part without its margin."""
    if isinstance(item.value, Part):
        return Shown(item, item.value.text, (item.value.core,))
    return show_itself(item)


def _whole(item: Item) -> Shown | None:
    value = item.value
    if isinstance(value, Part):
        return Shown(item, value.shown.text, (value.shown,))
    if isinstance(value, Mapping) and item.fields and item.spans:
        added = {name: value[name] for name in value if name not in item.fields}
        cut = [span.text for span in item.spans]
        lines = [*cut, *([written] if (written := _written(added)) else [])]
        return Shown(item, "\n".join(lines), item.spans, (*cut, *(_values(added) or ())))
    return None


def _composed(item: Item) -> Shown | None:
    """The items that a record holds, and what later steps added to it.

    Several fields of items are told apart by their names; the one of a group needs none,
    nor does the key, which its items share.
    """
    value = item.value
    if not isinstance(value, Mapping):
        return None
    held = {name: [show_core(one) for one in _items(value[name])] for name in value}
    fields = {name: pieces for name, pieces in held.items() if pieces}
    if not fields:
        return None
    added = {n: value[n] for n in value if n not in fields and n not in HIDDEN_BESIDE_ITEMS}
    texts = {name: _joined([piece.text for piece in pieces]) for name, pieces in fields.items()}
    lines = [_labelled(*one) for one in texts.items()] if len(texts) > 1 else [*texts.values()]
    spans = (span for pieces in fields.values() for piece in pieces for span in piece.spans)
    text = "\n".join(filter(None, [*lines, _written(added)]))
    inner = (piece for pieces in fields.values() for piece in pieces)
    quotable = (*(text for piece in inner for text in piece.texts), *(_values(added) or ()))
    return Shown(item, text, tuple(dict.fromkeys(spans)), quotable)


def _listed(item: Item) -> Shown | None:
    """The items in a list, and in the lists in it."""
    members = list(_members(item.value)) if isinstance(item.value, list) else []
    if not any(isinstance(one, Item) for one in members):
        return None
    pieces = [
        show_core(one) if isinstance(one, Item) else Shown(item, as_text(one), ())
        for one in members
    ]
    spans = (span for piece in pieces for span in piece.spans)
    text = _joined([piece.text for piece in pieces])
    quotable = tuple(text for piece in pieces for text in piece.texts)
    return Shown(item, text, tuple(dict.fromkeys(spans)), quotable)


def _members(value: object) -> Iterator[object]:
    if isinstance(value, list):
        for inner in value:
            yield from _members(inner)
    else:
        yield value


def _items(value: object) -> list[Item]:
    held = value if isinstance(value, list) else [value]
    return [one for one in held if isinstance(one, Item)]


def _joined(texts: Sequence[str]) -> str:
    """Texts below one another; with an empty line between them where one has several lines."""
    return ("\n\n" if any("\n" in text for text in texts) else "\n").join(texts)


def _labelled(name: str, text: str) -> str:
    return f"{name}:\n{text}" if "\n" in text else f"{name}: {text}"


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        shown = {name: held for name, held in value.items() if name not in HIDDEN}
        return "\n".join(f"{name}: {_inline(held)}" for name, held in shown.items())
    return as_text(value)


def _values(value: object) -> tuple[str, ...] | None:
    """The texts of a record's fields, without their names; None for what has none."""
    if not isinstance(value, Mapping):
        return None
    return tuple(_inline(held) for name, held in value.items() if name not in HIDDEN)


def _inline(value: object) -> str:
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, default=as_text)
    return as_text(value)
