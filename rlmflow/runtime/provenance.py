"""What items were made of, and whose texts still stand in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from rlmflow.functions import as_text
from rlmflow.source import Source, Span
from rlmflow.values import Item, Part


def ancestors(items: Iterable[Item]) -> set[int]:
    """The identities of items, and of all that they were made of."""
    found: set[int] = set()
    waiting = list(items)
    while waiting:
        item = waiting.pop()
        if id(item) not in found:
            found.add(id(item))
            waiting += item.parents
    return found


def uses(items: Sequence[Item], most: int = 2) -> dict[int, int]:
    """How often each item that items were made of is there, by identity; `most` stands for more.

    An item is there once for each way that leads from it to one of the items. Pieces that
    it was cut into, of which none shares a character with another, are one way together.
    """
    counts: dict[int, int] = {}
    # Most items have one item that was made of them: a list for each would cost too much.
    made: dict[int, Item | list[Item]] = {}
    given = Counter(map(id, items))
    for item in _from_the_last(items):
        ways = given.get(id(item), 0) + _ways(made.pop(id(item), []), counts)
        counts[id(item)] = min(most, ways)
        for parent in item.parents:
            others = made.get(id(parent))
            if isinstance(others, list):
                others.append(item)
            else:
                made[id(parent)] = item if others is None else [others, item]
    return counts


def _ways(made: Item | list[Item], counts: Mapping[int, int]) -> int:
    """How often an item is there by way of what was made of it."""
    if isinstance(made, Item):
        return counts[id(made)]
    pieces = [item for item in made if item.spans and is_cut(item)]
    if _share_a_character(pieces):
        return sum(counts[id(item)] for item in made)
    cut = max((counts[id(piece)] for piece in pieces), default=0)
    cut_out = set(map(id, pieces))
    return cut + sum(counts[id(item)] for item in made if id(item) not in cut_out)


def is_cut(item: Item) -> bool:
    """Whether an item's text is the input that it came from, white space apart."""
    if isinstance(item.value, str):
        cut_out = "".join(span.text for span in item.spans)
        return item.value == cut_out or _inked(item.value) == _inked(cut_out)
    return isinstance(item.value, Part) or bool(item.fields)


def _inked(text: str) -> str:
    return "".join(text.split())


def _share_a_character(pieces: Sequence[Item]) -> bool:
    ends: dict[Source, int] = {}
    for source, start, end in sorted((s for p in pieces for s in p.spans), key=itemgetter(1)):
        if start < ends.get(source, start):
            return True
        ends[source] = end
    return False


def _from_the_last(items: Iterable[Item]) -> list[Item]:
    """Items and all that they were made of, each before what it was made of."""
    done: list[Item] = []
    begun: set[int] = set()
    ended: set[int] = set()
    waiting = list(items)
    while waiting:
        item = waiting[-1]
        number = id(item)
        if number not in begun:
            begun.add(number)
            waiting += item.parents
            continue
        waiting.pop()
        if number not in ended:
            ended.add(number)
            done.append(item)
    return done[::-1]


def carried(item: Item, names: Sequence[str] | None) -> Iterator[tuple[Item, Sequence[str] | None]]:
    """The items whose text stands in an item, or in some of its fields, as it was.

    Of records the fields that do, None for all. They are items that the value holds, and
    such of its parents as have an equal value, or a text that is joined to others here.
    """
    value = item.value
    if isinstance(value, list):
        yield from ((one, None) for one in _held(value))
        return
    if not isinstance(value, Mapping):
        yield from ((one, None) for one, _ in standing_in(value, item.parents))
        return
    shown = {name: value[name] for name in (value if names is None else names) if name in value}
    for held in shown.values():
        yield from ((one, None) for one in _held(held))
    for parent in item.parents:
        if isinstance(parent.value, Mapping):
            same = [n for n, held in parent.value.items() if n in shown and _same(held, shown[n])]
            if same:
                yield parent, None if len(same) == len(parent.value) else same
        elif any(_same(parent.value, held) for held in shown.values()):
            yield parent, None


def had_from(item: Item, name: str | None) -> Iterator[tuple[Item, str | None]]:
    """The parents that have the very text of an item, or of a field of it; each with its field."""
    value = item.value
    text = value.get(name) if name is not None and isinstance(value, Mapping) else value
    for parent in item.parents:
        if isinstance(parent.value, Mapping):
            if name is not None and _same(parent.value.get(name), text):
                yield parent, name
        elif _same(parent.value, text):
            yield parent, None


def standing_in(value: object, parents: Iterable[Item]) -> Iterator[tuple[Item, int]]:
    """The parents whose text is a value, or stands in it: from where on.

    They are looked for in order, each behind the one before it.
    """
    at = 0
    for parent in parents:
        if _same(parent.value, value):
            yield parent, 0
        elif isinstance(value, str):
            text = as_text(parent.value)
            found = value.find(text, at) if text.strip() else -1
            if found >= 0:
                at = found + len(text)
                yield parent, found


def spans_in(value: object, parents: Iterable[Item]) -> tuple[Span, ...]:
    """The input that stands in a value made of these items."""
    if not isinstance(value, str):
        return ()
    return tuple(span for parent, _ in standing_in(value, parents) for span in _own(parent))


def _own(item: Item) -> tuple[Span, ...]:
    if isinstance(item.value, Part):
        return (item.value.core,)
    return tuple(item.fields.values()) or item.spans


def _same(one: object, other: object) -> bool:
    return one is other or (isinstance(one, str) and one == other)


def _held(value: object) -> Iterator[Item]:
    if isinstance(value, Item):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _held(inner)
