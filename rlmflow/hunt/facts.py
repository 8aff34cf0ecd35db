"""Whether a step did to its items what its operator declares, by what became of the markers.

Every marker of a step's input is a character of its own, so a marker that is gone is
text that was lost, and one that is there twice is text that was doubled. Each rule
here holds one declared fact to a run; an operator is tested by having declared it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from rlmflow.hunt.markers import markers_in
from rlmflow.hunt.watch import Watched, held_items, text_of
from rlmflow.operators._facts import ALL, NONE
from rlmflow.values import Item


def broken_facts(step: Watched) -> list[str]:
    """The facts that a step broke, each in a sentence; none where it kept to them."""
    return [found for rule in _RULES for found in rule(step)]


def _given(step: Watched) -> list[str]:
    return [marker for items in step.inputs for marker in markers_in(text_of(items))]


def _made(step: Watched) -> Counter[str]:
    return Counter(markers_in(text_of(step.result, step.call.added_field)))


def _reads(step: Watched) -> Iterator[str]:
    facts = step.call.facts
    if facts.reads is NONE and step.seen:
        yield f"`{step.name}` shows a model text, and declares that it shows none"
    if facts.reads is ALL and not step.call.has("show"):
        missing = [marker for marker in _given(step) if marker not in step.seen]
        if missing:
            yield f"`{step.name}` shows no model {_some(missing)}, and declares that it reads all"


def _keeps(step: Watched) -> Iterator[str]:
    facts = step.call.facts
    if facts.keeps is not ALL:
        return
    rested = _ancestors(step.result)
    for items in step.inputs:
        for item in items:
            if id(item) not in rested and text_of((item,)).split():
                yield f"`{step.name}` drops `{item.id}`, and declares that it keeps all"
                return
    if facts.text == "same":
        made = _made(step)
        gone = [marker for marker in _given(step) if marker not in made]
        if gone:
            yield f"`{step.name}` drops {_some(gone)}, and declares that it keeps all"


def _once(step: Watched) -> Iterator[str]:
    facts = step.call.facts
    if not facts.once:
        return
    if facts.text == "same":
        given = Counter(_given(step))
        doubled = [marker for marker, times in _made(step).items() if times > given[marker]]
        if doubled:
            yield f"`{step.name}` has {_some(doubled)} twice, and declares that it doubles none"
        return
    uses = Counter(number for item in step.result for number in _ancestors((item,)))
    # What a step was given twice it may use twice.
    given_ids = Counter(id(item) for items in step.inputs for item in items)
    for items in step.inputs:
        for item in items:
            if uses[id(item)] > given_ids[id(item)]:
                yield f"`{step.name}` uses `{item.id}` twice, and declares that it doubles none"
                return


def _text_is_the_same(step: Watched) -> Iterator[str]:
    if step.call.facts.text != "same":
        return
    given = set(_given(step))
    strange = [marker for marker in _made(step) if marker not in given]
    if strange:
        yield f"`{step.name}` has {_some(strange)}, which is in none of its items"


def _nothing_is_left_over(step: Watched) -> Iterator[str]:
    """What is declared whole: result and complements together are all that there was."""
    if not step.call.facts.whole or len(step.inputs) != 1:
        return
    apart = [
        step.complements[name]
        for name, complement in step.call.operator.complements.items()
        if complement.apart and name in step.complements
    ]
    together = _made(step) + Counter(m for items in apart for m in markers_in(text_of(items)))
    given = Counter(_given(step))
    gone = [marker for marker in given if marker not in together]
    if gone:
        yield f"`{step.name}` has {_some(gone)} neither in its result nor in what it leaves out"
    if step.call.facts.once:
        doubled = [marker for marker, times in together.items() if times > given[marker]]
        if doubled:
            yield f"`{step.name}` has {_some(doubled)} in its result and in what it leaves out"


def _are_new(step: Watched) -> Iterator[str]:
    """What is declared new: no item of the result is the very one that came in."""
    if step.call.facts.items != "new":
        return
    given = {id(item): item for items in step.inputs for item in items}
    same = [given[id(item)] for item in step.result if id(item) in given]
    if same:
        yield f"`{step.name}` hands on `{same[0].id}` itself, and declares that its items are new"


def _stand_where_declared(step: Watched) -> Iterator[str]:
    """Items that are held in fields of the result stand in those that are declared."""
    lands = [step.call.operator.landing(step.call, n) for n in range(len(step.inputs))]
    for number, items in enumerate(step.inputs):
        if () in lands[number]:
            continue
        standing = {id(one) for path in lands[number] for one in _held_at(step.result, path)}
        if step.call.facts.keeps is ALL and any(id(item) not in standing for item in items):
            named = " and ".join(".".join(path) for path in lands[number])
            yield f"`{step.name}` has items of its input {number + 1} that are not in `{named}`"


def _held_at(items: tuple[Item, ...], path: tuple[str, ...]) -> Iterator[Item]:
    for item in items:
        value: object = item.value
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        yield from held_items(value)


_RULES: tuple[Callable[[Watched], Iterator[str]], ...] = (
    _reads,
    _keeps,
    _once,
    _text_is_the_same,
    _nothing_is_left_over,
    _are_new,
    _stand_where_declared,
)


def _ancestors(items: tuple[Item, ...]) -> set[int]:
    """The identities of items and of all that they were made of."""
    found: set[int] = set()
    waiting = list(items)
    while waiting:
        item = waiting.pop()
        if id(item) not in found:
            found.add(id(item))
            waiting.extend(item.parents)
            waiting.extend(held_items(item.value))
    return found


def _some(markers: list[str]) -> str:
    more = f" and {len(markers) - 1} more" if len(markers) > 1 else ""
    return f"the text {markers[0]}{more}"
