"""A small concrete meaning of the operators, written without a look at what they declare.

An item is an id with the characters that it holds, each character a number. A run keeps
which characters a model was shown as items, and what the answer was made of. Where an
operator or a model may choose, it chooses by lot, to the worst it may do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import TypeAlias

from proof.written import (
    BOOL,
    Call,
    Expr,
    FieldOf,
    Func,
    Kind,
    ListOf,
    Match,
    Op,
    Plus,
    Promise,
    RecordOf,
    Ref,
    Rest,
    Show,
    Strategy,
    Words,
)

Chars: TypeAlias = frozenset[int]
NONE: Chars = frozenset()
# How much of an item, or of a character of it, something was made of.
Origin: TypeAlias = "Counter[tuple[int, int]]"


class Incomplete(Exception):
    """A run that ends without an answer: nothing is claimed of it."""


@dataclass(eq=False)
class It:
    """An item. `own`: its text, beside that of its fields (texts, items, or lists of items)."""

    id: int
    own: Chars
    fields: dict[str, object] = field(default_factory=dict)
    origin: Origin = field(default_factory=Counter)

    @property
    def chars(self) -> Chars:
        return self.own.union(*(held_chars(value) for value in self.fields.values()))


Value: TypeAlias = "It | list[It]"


def held_chars(value: object) -> Chars:
    if isinstance(value, frozenset):
        return value
    items = value if isinstance(value, list) else [value]
    return NONE.union(*(item.chars for item in items))


def at_path(item: It, path: Sequence[str]) -> Chars:
    value: object = item
    for name in path:
        holders = value if isinstance(value, list) else [value]
        if all(name == "text" and "text" not in one.fields for one in holders):
            return NONE.union(*(one.own for one in holders))
        values = [one.fields[name] for one in holders]
        if all(isinstance(each, frozenset) for each in values):
            return NONE.union(*values)
        value = [one for each in values for one in (each if isinstance(each, list) else [each])]
    return held_chars(value)


def written_out(item: It, path: Sequence[str]) -> Chars:
    """What a text says in which a value is written out: of a record, its fields alone."""
    value: object = item
    for name in path:
        if isinstance(value, It) and name not in value.fields:
            return value.own
        value = value.fields[name] if isinstance(value, It) else value
    if isinstance(value, frozenset):
        return value
    items = value if isinstance(value, list) else [value]
    return NONE.union(*(_without_gaps(one) for one in items))


def _without_gaps(item: It) -> Chars:
    if not item.fields:
        return item.own
    out = NONE
    for value in item.fields.values():
        if isinstance(value, frozenset):
            out |= value
        else:
            nested = value if isinstance(value, list) else [value]
            out = out.union(*map(_without_gaps, nested))
    return out


def _field(world: World, whole: It, name: str) -> It:
    held = whole.fields[name]
    assert isinstance(held, frozenset)
    return world.piece(whole, held, Fraction(1))


def as_list(value: Value) -> list[It]:
    return value if isinstance(value, list) else [value]


class World:
    """What all calls of one run share: the lots, fresh characters, what models were shown."""

    def __init__(self, seed: int, strategies: Mapping[str, Strategy]) -> None:
        self.lots = Random(seed)
        self.strategies = strategies
        self.likely = self.lots.choice([0.0, 0.3, 0.5, 0.8, 1.0])
        self.shown: set[int] = set()
        self.broken: list[str] = []
        self._count = 0

    def fresh(self, count: int | None = None) -> Chars:
        size = self.lots.randint(1, 2) if count is None else count
        return frozenset(self.number() for _ in range(size))

    def number(self) -> int:
        self._count += 1
        return self._count

    def item(
        self,
        own: Chars,
        fields: Mapping[str, object] | None = None,
        parents: Iterable[It] = (),
        times: Callable[[], int] = lambda: 1,
    ) -> It:
        """A new item, made of `parents`, each so many `times`."""
        made = It(self.number(), own, dict(fields or {}))
        for parent in parents:
            for _ in range(times()):
                made.origin.update(parent.origin)
        made.origin.update({(made.id, char): 1 for char in made.chars})
        return made

    def yes(self) -> bool:
        return self.lots.random() < self.likely

    def some(self, items: Sequence[It]) -> list[It]:
        return [item for item in items if self.yes()]

    def piece(self, whole: It, chars: Chars, share: Fraction) -> It:
        """A stretch of an item's text; what that rests on is in it by its share."""
        made = It(self.number(), chars)
        for (source, char), count in whole.origin.items():
            if char in whole.chars:
                if char in chars:
                    made.origin[source, char] += count
            else:
                made.origin[source, char] += count * share
        made.origin.update({(made.id, char): 1 for char in chars})
        return made

    def show(self, item: It, show: Show | None, run: Run) -> Chars:
        """Show an item to a model; what the model could quote."""
        said, more = self._shown(item, show, run)
        self.shown |= said
        run.shown |= said
        return said | more

    def _shown(self, item: It, show: Show | None, run: Run) -> tuple[Chars, Chars]:
        if show is None or show.form == "item" or (show.form == "path" and not show.paths[0]):
            return item.chars, NONE
        each = [written_out(item, path) for path in show.paths]
        match show.form:
            case "path" | "text":
                return each[0], NONE
            case "list" | "format":
                return NONE.union(*each), NONE
            case "lower":
                return NONE, self.fresh()
            case "first":
                return each[0] if self.yes() else NONE, NONE
            case "match":
                return self.lots.choice([each[0], each[-1]]), NONE
            case _:
                assert show.other is not None
                foreign = run.value(show.other)
                return each[0], NONE.union(*(one.chars for one in as_list(foreign)))


class Run:
    """One call of one strategy."""

    def __init__(
        self, world: World, strategy: Strategy, given: Mapping[str, Value], depth: int = 0
    ) -> None:
        self.world, self.strategy, self.depth = world, strategy, depth
        self.made: dict[str, Value] = dict(given)
        self.rests: dict[tuple[str, str], list[It]] = {}
        self.shown: set[int] = set()
        self.matched: dict[Expr, str] = {}

    def answer(self) -> Value:
        """Run what the answer needs, then hold every promise to it."""
        return self.value(self.strategy.answer)

    def step(self, name: str) -> Value:
        if name not in self.made:
            self.made[name] = self.value(self.strategy.steps[name], name)
        return self.made[name]

    def value(self, expression: Expr, step: str = "") -> Value:
        world = self.world
        match expression:
            case Ref(name):
                return self.step(name)
            case Rest(name, output):
                self.step(name)
                return self.rests[name, output]
            case FieldOf(value, name):
                of = self.value(value)
                if isinstance(of, It) and isinstance(held := of.fields[name], list):
                    return held
                if isinstance(of, list):
                    return [_field(world, one, name) for one in of]
                return _field(world, of, name)
            case Plus(left, right):
                one, other = self.value(left), self.value(right)
                if isinstance(one, list) and isinstance(other, list):
                    return one + other
                both = [*as_list(one), *as_list(other)]
                return world.item(NONE.union(*(i.own for i in both)), {}, both)
            case ListOf(items):
                return [one for item in items for one in self._element(item)]
            case RecordOf(_, fields):
                given = {name: self.value(value) for name, value in fields}
                every = [one for value in given.values() for one in as_list(value)]
                held = {
                    name: value if isinstance(value, list) else _without_gaps(value)
                    for name, value in given.items()
                }
                return world.item(NONE, held, every)
            case Func(name, arguments):
                return self._function(name, [self.value(a) for a in arguments])
            case Words():
                return world.item(world.fresh())
            case Match():
                return self.value(self._arm(expression), step)
            case Call(strategy, arguments):
                return self._call(strategy, [self.value(a) for a in arguments])
            case Op():
                return self._operation(expression, step)

    def _element(self, item: Expr) -> list[It]:
        value = self.value(item)
        if not isinstance(value, list):
            return [value]
        out = NONE.union(*map(_without_gaps, value))
        return [self.world.item(out, {}, value)]

    def _function(self, name: str, given: Sequence[Value]) -> Value:
        world = self.world
        first = as_list(given[0])
        match name:
            case "text":
                return world.item(NONE.union(*map(_without_gaps, first)), {}, first)
            case "join":
                return world.item(NONE.union(*(i.own for i in first)), {}, first)
            case "format":
                every = [item for value in given[1:] for item in as_list(value)]
                return world.item(NONE.union(*map(_without_gaps, every)), {}, every)
            case "lower":
                return world.item(world.fresh(), {}, first)
            case "first":
                if not first:
                    return world.item(world.fresh())
                return first[0]
            case "len":
                return world.item(world.fresh(1), {}, first, lambda: world.lots.randint(0, 2))
        raise AssertionError(name)

    def _arm(self, match: Match) -> Expr:
        self.value(match.value)
        if match.value not in self.matched:
            self.matched[match.value] = self.world.lots.choice(['"a"', '"b"', "true", "false"])
        chosen = self.matched[match.value]
        patterns = dict(match.arms)
        if "true" in patterns or "false" in patterns:
            chosen = {'"a"': "true", '"b"': "false"}.get(chosen, chosen)
        return patterns.get(chosen, match.arms[-1][1])

    def _call(self, name: str, given: Sequence[Value]) -> Value:
        strategy = self.world.strategies[name]
        if self.depth >= 3:
            raise Incomplete
        return called(self, strategy, dict(zip(strategy.parameters, given, strict=True)))

    def _operation(self, op: Op, step: str) -> Value:
        inputs = [self.value(each) for each in op.inputs]
        if op.also is not None:
            self.value(op.also)
        if op.show is not None and op.show.other is not None:
            self.value(op.show.other)
        meaning = OPERATORS[op.name]
        result, rests = meaning(self, op, inputs)
        for output, items in rests.items():
            self.rests[step, output] = items
        return result


def called(outer: Run, strategy: Strategy, given: Mapping[str, Value]) -> Value:
    """Call a strategy; what it shows is shown in its caller too."""
    run = Run(outer.world, strategy, given, outer.depth + 1)
    answer = run.answer()
    outer.shown |= run.shown
    # What is promised of a list's items is promised of a list that holds none twice.
    doubled = any(
        len(set(map(id, as_list(value)))) < len(as_list(value)) for value in given.values()
    )
    promises = [p for p in strategy.promises if not (doubled and p.kind == "once")]
    outer.world.broken += broken_promises(run, answer, promises)
    return answer


Rests: TypeAlias = Mapping[str, list[It]]
Meaning: TypeAlias = Callable[[Run, Op, Sequence[Value]], tuple[Value, Rests]]
OPERATORS: dict[str, Meaning] = {}


def meaning(*names: str) -> Callable[[Meaning], Meaning]:
    def add(rule: Meaning) -> Meaning:
        OPERATORS.update(dict.fromkeys(names, rule))
        return rule

    return add


# Structure


def _cut(run: Run, item: It, most: int) -> list[Chars]:
    chars = sorted(item.chars)
    run.world.lots.shuffle(chars)
    cuts = run.world.lots.randint(1, most)
    return [frozenset(chars[n::cuts]) for n in range(cuts) if chars[n::cuts]]


@meaning("chunk")
def _chunk(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    out = []
    for item in as_list(inputs[0]):
        pieces = _cut(run, item, 3)
        out += [run.world.piece(item, each, Fraction(1, len(pieces))) for each in pieces]
    return out, {}


@meaning("records")
def _records(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    by = dict(op.knobs)["by"]
    if by == "line":
        return _chunk(run, op, inputs)
    found: list[It] = []
    rest: list[It] = []
    for item in as_list(inputs[0]):
        pieces = _cut(run, item, 3)
        for number, chars in enumerate(pieces):
            piece = run.world.piece(item, chars, Fraction(1, len(pieces)))
            if by == "csv" and number == 0:
                continue
            if run.world.yes():
                names = ("user", "body", "")
                held = {n: {c for c in chars if c % 3 == at} for at, n in enumerate(names) if n}
                piece.fields = {name: frozenset(each) for name, each in held.items()}
                found.append(piece)
            else:
                rest.append(piece)
    return found, {"unmatched": rest}


@meaning("sort", "concat")
def _put_together(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    every = [item for value in inputs for item in as_list(value)]
    run.world.lots.shuffle(every)
    return every, {}


@meaning("distinct")
def _distinct(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    """Without `by:` equal items have one text: what is read of one is read of all."""
    world = run.world
    out = []
    for group in _groups(run, as_list(inputs[0])):
        if dict(op.knobs).get("by"):
            first = group[0]
            made = world.item(first.own, first.fields, group)
        else:
            fields: dict[str, object] = dict(group[0].fields)
            for name, value in fields.items():
                if isinstance(value, frozenset):
                    fields[name] = value.union(*(at_path(one, [name]) for one in group))
            made = world.item(NONE.union(*(one.own for one in group)), fields, group)
        out.append(made)
    return out, {}


def _groups(run: Run, items: Sequence[It]) -> list[list[It]]:
    groups: list[list[It]] = []
    for item in items:
        if groups and run.world.yes():
            run.world.lots.choice(groups).append(item)
        else:
            groups.append([item])
    return groups


@meaning("group")
def _group(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    groups = _groups(run, as_list(inputs[0]))
    made = [{"key": run.world.fresh(1), "items": group} for group in groups]
    return [run.world.item(NONE, each, each["items"]) for each in made], {}  # type: ignore[arg-type]


@meaning("count", "sum")
def _count(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    return run.world.item(run.world.fresh(), {}, as_list(inputs[0])), {}


@meaning("zip")
def _zip(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    left, right = map(as_list, inputs)
    if len(left) != len(right):
        raise Incomplete
    return [_pair(run, a, b) for a, b in zip(left, right, strict=True)], {}


def _pair(run: Run, left: It, right: It) -> It:
    return run.world.item(NONE, {"left": left, "right": right}, [left, right])


@meaning("pairs")
def _pairs(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    made: list[It] = []
    paired: set[int] = set()
    first, second = as_list(inputs[0]), as_list(inputs[-1])
    for at, left in enumerate(first):
        for right in second if len(inputs) > 1 else first[at + 1 :]:
            if not dict(op.knobs).get("where") or run.world.yes():
                made.append(_pair(run, left, right))
                paired |= {id(left), id(right)}
    if len(inputs) == 1:
        return made, {"dropped": [one for one in first if id(one) not in paired]}
    alone = [[one for one in side if id(one) not in paired] for side in (first, second)]
    return made, {"dropped.left": alone[0], "dropped.right": alone[1]}


@meaning("search", "grep", "sample", "top")
def _select(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    items = as_list(inputs[0])
    kept = run.world.some(items)
    return kept, {"dropped": [item for item in items if item not in kept]}


# Models


def _answered(run: Run, op: Op, items: Sequence[It]) -> list[It]:
    """The items that a model gives an answer on; others fail, and may be skipped."""
    return run.world.some(items) if op.skips else list(items)


def _new(run: Run, kind: Kind | None, quotable: Chars, parents: Sequence[It], **how: object) -> It:
    """What a model writes. Its quote is of anything that it was shown."""
    world = run.world
    if kind is None or kind.base != "record":
        return world.item(world.fresh(), {}, parents, **how)  # type: ignore[arg-type]
    fields: dict[str, object] = {name: world.fresh(1) for name, _ in kind.fields}
    if "quote" in fields:
        if not quotable:
            # A quote that was found nowhere is no answer.
            raise Incomplete
        fields["quote"] = frozenset([world.lots.choice(sorted(quotable))])
    return world.item(NONE, fields, parents, **how)  # type: ignore[arg-type]


@meaning("filter")
def _filter(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    items = as_list(inputs[0])
    if op.asks:
        items = _answered(run, op, items)
        for item in items:
            run.world.show(item, op.show, run)
    kept = run.world.some(items)
    return kept, {"dropped": [item for item in items if item not in kept]}


@meaning("map")
def _map(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    items = as_list(inputs[0])
    if op.runs:
        made = [run._call(op.runs, [item]) for item in items]
        if op.adds:
            return [_noted(run, op.adds, *each) for each in zip(items, made, strict=True)], {}
        return [_one(run, each) for each in made], {}
    answered = _answered(run, op, items)
    quotable = NONE.union(*(run.world.show(item, op.show, run) for item in answered))
    if op.adds:
        fresh = [run.world.item(run.world.fresh(1)) for _ in answered]
        return [_noted(run, op.adds, *each) for each in zip(answered, fresh, strict=True)], {}
    return [_new(run, op.returns, quotable, [item]) for item in answered], {}


def _one(run: Run, value: Value) -> It:
    if isinstance(value, It):
        return run.world.item(value.own, value.fields, [value])
    return run.world.item(NONE.union(*(one.chars for one in value)), {}, value)


def _noted(run: Run, name: str, item: It, note: Value) -> It:
    fields: dict[str, object] = dict(item.fields) or {"text": item.own}
    own = item.own if item.fields else NONE
    added = run.world.item(own, {**fields, name: held_chars(note)}, [item])
    for one in as_list(note):
        added.origin.update({k: v for k, v in one.origin.items() if k not in item.origin})
    return added


@meaning("extract")
def _extract(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    items = as_list(inputs[0])
    if op.runs:
        found = [one for item in items for one in as_list(run._call(op.runs, [item]))]
        return [run.world.item(one.own, one.fields, [one]) for one in found], {}
    out = []
    for item in _answered(run, op, items):
        quotable = run.world.show(item, op.show, run)
        count = run.world.lots.randint(0, 2)
        out += [_new(run, op.returns, quotable, [item]) for _ in range(count)]
    return out, {}


@meaning("merge")
def _merge(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    out = []
    for group in _groups(run, as_list(inputs[0])):
        if len(group) > 1 or run.world.yes():
            for one in group:
                run.world.show(one, op.show, run)
        quotes = [one.fields["quote"] for one in group if "quote" in one.fields]
        fields: dict[str, object] = {name: run.world.fresh(1) for name in group[0].fields}
        if quotes:
            fields["quote"] = run.world.lots.choice(quotes)
        out.append(run.world.item(NONE if fields else run.world.fresh(), fields, group))
    return out, {}


@meaning("refine")
def _refine(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    out = []
    for item in as_list(inputs[0]):
        fields: dict[str, object] = {name: run.world.fresh(1) for name in item.fields}
        if run.world.yes():
            out.append(item)
            continue
        mended = dict(op.knobs).get("field")
        if mended is not None:
            # The draft alone is an item of the call; what it belongs to stands beside it.
            fields = {**item.fields, mended: run.world.fresh(1)}
        else:
            run.world.show(item, op.show, run)
        if "quote" in fields:
            fields["quote"] = item.fields["quote"]
        out.append(run.world.item(NONE if fields else run.world.fresh(), fields, [item]))
    return out, {"failing": run.world.some(out)}


@meaning("ask", "reduce", "fold")
def _one_of_all(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    items = [item for value in inputs for item in as_list(value)]
    if op.name == "reduce" and not items:
        raise Incomplete
    items = _answered(run, op, items)
    quotable = NONE.union(*(run.world.show(item, op.show, run) for item in items))
    if op.name != "ask":
        quotable |= run.world.fresh(2)
    kind = None if op.returns in (None, BOOL) else op.returns
    return _new(run, kind, quotable, items, times=lambda: run.world.lots.randint(0, 2)), {}


@meaning("explore")
def _explore(run: Run, op: Op, inputs: Sequence[Value]) -> tuple[Value, Rests]:
    items = [item for value in inputs for item in as_list(value)]
    for item in run.world.some(items):
        run.world.show(item, None, run)
    quotable = run.world.fresh(3).union(*(item.chars for item in items))
    count = run.world.lots.randint(0, 2) if op.returns is not None and op.returns.many else 1
    kind = op.returns.item if op.returns is not None else None
    made = [
        _new(run, kind, quotable, items, times=lambda: run.world.lots.randint(0, 2))
        for _ in range(count)
    ]
    return (made if op.returns is not None and op.returns.many else made[0]), {}


# Promises


def broken_promises(run: Run, answer: Value, promises: Iterable[Promise]) -> list[str]:
    """The promises that do not hold of a run; of a step that did not run nothing is known."""
    place = f"{run.strategy.name}: "
    return [place + p.written for p in promises if is_broken(run, answer, p)]


def subject(run: Run, promise: Promise) -> list[It] | None:
    if promise.output:
        return run.rests.get((promise.name, promise.output))
    made = run.made.get(promise.name)
    return as_list(made) if made is not None else None


def origin_of(answer: Value) -> Origin:
    total: Origin = Counter()
    for one in as_list(answer):
        total.update(one.origin)
    return total


def is_put_to_the_test(run: Run, answer: Value, promise: Promise) -> bool:
    """Whether a run could have broken a promise: there is something that it is about."""
    holders = subject(run, promise) or []
    if promise.kind == "grounded":
        return bool(as_list(answer))
    if promise.kind == "once":
        reached = {source for (source, _), share in origin_of(answer).items() if share}
        return any(holder.id in reached for holder in holders)
    return bool(holders)


def _held(item: It, path: Sequence[str]) -> list[It]:
    """The items at a path: of a pair its sides, of a field that is a text the holder."""
    held = [item]
    for name in path:
        inner = [one.fields.get(name) for one in held]
        if all(isinstance(each, It | list) for each in inner):
            held = [one for each in inner for one in (each if isinstance(each, list) else [each])]
    return held


def is_broken(run: Run, answer: Value, promise: Promise) -> bool:
    holders = subject(run, promise)
    if holders is None:
        return True
    items = [one for holder in holders for one in _held(holder, promise.path)]
    total = origin_of(answer)
    chars = [at_path(holder, promise.path) for holder in holders]
    match promise.kind:
        case "covers":
            return not NONE.union(*chars) <= run.shown
        case "keeps":
            reached = {source for (source, _), share in total.items() if share}
            return any(item.id not in reached for item in items if item.chars)
        case "once":
            ids = {item.id for item in items}
            return any(share > 1 for (source, _), share in total.items() if source in ids)
        case _:
            quotes = [one.fields.get("quote") for one in as_list(answer)]
            return any(not isinstance(q, frozenset) or not q <= NONE.union(*chars) for q in quotes)
