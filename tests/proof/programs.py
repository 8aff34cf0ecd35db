"""Random strategies: well typed, of a few steps, with every promise that could be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random

from proof.written import (
    BOOL,
    DICT,
    DOCUMENT,
    FOUND,
    INT,
    LINE,
    NOTE,
    REPORT,
    TEXT,
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
    parts,
)

_MOST_PROMISES = 14
CLAUSES = ("covers", "keeps", "once", "grounded")
HAS_A = 'contains(text(item), "a")'
SIZE = "len(text(item))"


@dataclass
class Maker:
    """Makes the steps of one strategy. `callees`: those that it may call."""

    lots: Random
    parameters: dict[str, Kind]
    callees: list[Strategy]
    steps: dict[str, Expr] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    rests: dict[tuple[str, str], Kind] = field(default_factory=dict)
    fields: int = 0

    def __post_init__(self) -> None:
        self.kinds.update(self.parameters)

    def pick(self, wanted: Callable[[Kind], bool]) -> tuple[Expr, Kind] | None:
        """Something that was made, the later the likelier, or what a step left out."""
        found: list[tuple[Expr, Kind]] = [
            (Ref(name), kind) for name, kind in self.kinds.items() if wanted(kind)
        ]
        found += [(Rest(*at), kind) for at, kind in self.rests.items() if wanted(kind)]
        if not found:
            return None
        weights = [1 + 2 * (not self._is_used(each)) + n / 3 for n, (each, _) in enumerate(found)]
        return self.lots.choices(found, weights)[0]

    def _is_used(self, expression: Expr) -> bool:
        return any(expression in _all_parts(step) for step in self.steps.values())

    def add(self, value: Expr, kind: Kind) -> Ref:
        name = f"_s{len(self.steps) + 1}"
        self.steps[name] = value
        self.kinds[name] = kind
        return Ref(name)

    def chance(self, share: float) -> bool:
        return self.lots.random() < share

    # Steps

    def step(self) -> None:
        make = self.lots.choice(_STEPS)
        make(self)

    def listed(self, wanted: Callable[[Kind], bool] = lambda _: True) -> tuple[Expr, Kind] | None:
        return self.pick(lambda kind: kind.many and wanted(kind))

    def asking(self, op: Op, item: Kind) -> Op:
        """An operator's call with some of the knobs that model steps share."""
        op = replace(op, asks=True)
        if self.chance(0.25):
            op = replace(op, show=self.show(item))
        if self.chance(0.1):
            other = self.pick(lambda kind: kind.base != "bool")
            op = replace(op, also=other[0]) if other else op
        return replace(op, skips=True) if self.chance(0.08) else op

    def show(self, item: Kind) -> Show:
        paths = [(), *text_paths(item)]
        chosen = tuple(self.lots.choice(paths) for _ in range(2))
        form = self.lots.choice(
            ["item", "path", "path", "text", "list", "lower", "first", "match", "mixed", "format"]
        )
        if form == "item":
            return Show("item")
        if form in ("match", "list", "first"):
            chosen = tuple(self.lots.choice(paths[1:] or paths) for _ in range(2))
        if form == "mixed":
            other = self.pick(lambda kind: kind.base != "bool")
            return Show(form, chosen, other[0]) if other else Show("item")
        return Show(form, chosen)


def _all_parts(expression: Expr) -> Iterator[Expr]:
    yield expression
    for part in parts(expression):
        yield from _all_parts(part)


def text_paths(kind: Kind) -> list[tuple[str, ...]]:
    """The fields of an item that are texts."""
    if kind.base == "document":
        return [("text",)]
    if kind.base == "group":
        return [("key",)]
    if kind.base == "pair":
        return [(side, *path) for side, inner in kind.fields for path in text_paths(inner)]
    if kind.base in ("record", "report"):
        return [(name,) for name, inner in kind.fields if inner == TEXT]
    return []


def split(maker: Maker) -> None:
    found = maker.listed(lambda kind: kind.base in ("document", "text"))
    if found is None:
        return
    form = maker.lots.choice(["chunk", "line", "pattern", "pattern", "csv"])
    if form == "chunk":
        maker.add(Op("chunk", (found[0],), (("size", "9 chars"),)), DOCUMENT.list)
        return
    if form == "line":
        maker.add(Op("records", (found[0],), (("by", "line"),)), DOCUMENT.list)
        return
    by = 'r"(?P<user>\\w+): (?P<body>.*)"' if form == "pattern" else "csv"
    made = maker.add(Op("records", (found[0],), (("by", by),), LINE), LINE.list)
    maker.rests[made.name, "unmatched"] = DOCUMENT.list


def select(maker: Maker) -> None:
    found = maker.listed()
    if found is None:
        return
    given, kind = found
    form = maker.lots.choice(["where", "prompt", "prompt", "search", "grep", "sample", "top"])
    knobs: dict[str, tuple[tuple[str, str], ...]] = {
        "where": (("where", HAS_A),),
        "search": (("", '"a"'), ("top", "2")),
        "grep": (("", 'r"a"'),),
        "sample": (("", "2"),),
        "top": (("", "2"), ("by", SIZE)),
    }
    name = "filter" if form in ("where", "prompt") else form
    op = Op(name, (given,), knobs.get(form, ()))
    made = maker.add(maker.asking(op, kind.item) if form == "prompt" else op, kind)
    maker.rests[made.name, "dropped"] = kind


def order(maker: Maker) -> None:
    found = maker.listed()
    if found is None:
        return
    given, kind = found
    form = maker.lots.choice(["sort", "distinct", "by", "group"])
    if form == "sort":
        maker.add(Op("sort", (given,), (("by", SIZE),)), kind)
    elif form == "group" and kind.base not in ("pair", "group"):
        inside = Kind("group", fields=(("key", INT), ("items", kind)), cut=kind.cut)
        maker.add(Op("group", (given,), (("by", SIZE),)), inside.list)
    elif form == "distinct" and kind.base in ("text", "record"):
        maker.add(Op("distinct", (given,)), kind)
    elif form == "by":
        maker.add(Op("distinct", (given,), (("by", SIZE),)), kind)


def together(maker: Maker) -> None:
    one = maker.listed()
    if one is None:
        return
    other = maker.listed(lambda kind: kind == one[1])
    if other is None or maker.chance(0.2):
        return
    if maker.chance(0.5):
        maker.add(Plus(one[0], other[0]), one[1])
    else:
        maker.add(Op("concat", (one[0], other[0])), one[1])


def rejoin(maker: Maker) -> None:
    """What was parted comes together again, as it is or after a step of its own."""
    if not maker.rests:
        return
    (name, output), kind = maker.lots.choice(list(maker.rests.items()))
    if maker.kinds[name] == kind:
        maker.add(Plus(Ref(name), Rest(name, output)), kind)


def pair_up(maker: Maker) -> None:
    one, other = maker.listed(_plain), maker.listed(_plain)
    if one is None or other is None:
        return
    where = (("where", 'contains(text(left), "a")'),) if maker.chance(0.5) else ()
    if maker.chance(0.4):
        made = maker.add(Op("pairs", (one[0],), where), _pair_of(one[1], one[1]))
        maker.rests[made.name, "dropped"] = one[1]
    elif maker.chance(0.5):
        made = maker.add(Op("pairs", (one[0], other[0]), where), _pair_of(one[1], other[1]))
        maker.rests[made.name, "dropped.left"] = one[1]
        maker.rests[made.name, "dropped.right"] = other[1]
    else:
        maker.add(Op("zip", (one[0], other[0])), _pair_of(one[1], other[1]))


def _plain(kind: Kind) -> bool:
    return kind.base in ("document", "text", "record")


def _pair_of(left: Kind, right: Kind) -> Kind:
    fields = (("left", left.item), ("right", right.item))
    return Kind("pair", many=True, fields=fields, cut=left.cut or right.cut)


def each(maker: Maker) -> None:
    found = maker.listed()
    if found is None:
        return
    given, kind = found
    form = maker.lots.choice(["map", "map", "as", "extract", "extract", "found", "with"])
    if form == "with":
        _with(maker, given, kind)
    elif form == "as" and _plain(kind):
        maker.fields += 1
        name = f"k{maker.fields}"
        op = Op("map", (given,), returns=TEXT, adds=name)
        maker.add(maker.asking(op, kind.item), kind.with_field(name))
    else:
        returns = FOUND if form == "found" else maker.lots.choice([TEXT, NOTE, FOUND])
        op = Op("map" if form == "map" else "extract", (given,), returns=returns)
        maker.add(maker.asking(op, kind.item), returns.list)


def _with(maker: Maker, given: Expr, kind: Kind) -> None:
    fitting = [c for c in maker.callees if list(c.parameters.values()) == [kind.item]]
    if not fitting:
        return
    callee = maker.lots.choice(fitting)
    if callee.returns.many:
        maker.add(Op("extract", (given,), runs=callee.name), callee.returns)
    elif maker.chance(0.4):
        maker.fields += 1
        name = f"k{maker.fields}"
        if callee.returns == TEXT:
            op = Op("map", (given,), runs=callee.name, adds=name)
            maker.add(op, kind.with_field(name))
    else:
        maker.add(Op("map", (given,), runs=callee.name), callee.returns.list)


def mend(maker: Maker) -> None:
    found = maker.listed(lambda kind: kind.base in ("text", "record") and not kind.cut)
    if found is None:
        return
    given, kind = found
    if any(name == "text" for name, _ in kind.fields):
        return
    if maker.chance(0.5):
        maker.add(maker.asking(Op("merge", (given,)), kind.item), kind)
        return
    knobs: tuple[tuple[str, str], ...] = (("until", HAS_A),)
    names = [name for name, inner in kind.fields if inner == TEXT and name != "quote"]
    if names and maker.chance(0.4):
        knobs += (("field", maker.lots.choice(names)),)
    op = Op("refine", (given,), knobs)
    made = maker.add(maker.asking(op, kind.item), kind)
    maker.rests[made.name, "failing"] = kind


def one_of_all(maker: Maker) -> None:
    found = maker.listed()
    if found is None:
        return
    given, kind = found
    form = maker.lots.choice(["ask", "ask", "reduce", "fold", "count", "sum", "explore"])
    returns = maker.lots.choice([TEXT, NOTE, FOUND])
    if form == "ask":
        more = maker.pick(lambda other: other.base != "bool") if maker.chance(0.3) else None
        inputs = (given, more[0]) if more else (given,)
        op = Op("ask", inputs, returns=returns)
        maker.add(maker.asking(op, kind.item) if not more else replace(op, asks=True), returns)
    elif form == "reduce":
        maker.add(maker.asking(Op("reduce", (given,), returns=returns), kind.item), returns)
    elif form == "fold":
        op = Op("fold", (given,), (("from", '"so far"'),), TEXT)
        maker.add(maker.asking(op, kind.item), TEXT)
    elif form == "explore":
        returned = returns.list if maker.chance(0.5) else returns
        maker.add(Op("explore", (given,), returns=returned, asks=True), returned)
    elif form == "count":
        maker.add(Op("count", (given,), (("by", SIZE),)), DICT)
    else:
        maker.add(Op("sum", (given,), (("by", SIZE),)), INT)


def pure(maker: Maker) -> None:
    forms = ["text", "join", "lower", "first", "list", "field", "column", "format", "nested"]
    form = maker.lots.choice(forms)
    one = ("text", "record", "report", "document")
    single = maker.pick(lambda kind: not kind.many and kind.base in one)
    texts = maker.listed(lambda kind: kind.base == "text")
    many = maker.listed(_plain)
    if form == "text" and many:
        maker.add(Func("text", (many[0],)), TEXT)
    elif form == "join" and texts:
        maker.add(Func("join", (texts[0], Words(", "))), TEXT)
    elif form == "lower" and texts:
        maker.add(Func("lower", (Func("join", (texts[0],)),)), TEXT)
    elif form == "first" and many:
        maker.add(Func("text", (Func("first", (many[0],)),)), TEXT)
    elif form == "list" and single:
        maker.add(ListOf((single[0],)), single[1].list)
    elif form == "nested" and texts:
        whole = Func("text", (texts[0],))
        maker.add(ListOf((whole, Words("and"))), TEXT.list)
    elif form == "format" and texts and many:
        maker.add(Func("format", (Words("{} and {}"), texts[0], many[0])), TEXT)
    elif form == "field" and single and single[1].base == "record":
        name = maker.lots.choice([n for n, kind in single[1].fields if kind == TEXT])
        maker.add(FieldOf(single[0], name), TEXT)
    elif form == "column" and (records := maker.listed(lambda kind: kind.base == "record")):
        name = maker.lots.choice([n for n, kind in records[1].fields if kind == TEXT])
        maker.add(FieldOf(records[0], name), TEXT.list)


def compose(maker: Maker) -> None:
    """A record of what there is, or a field of one."""
    report = maker.pick(lambda kind: kind == REPORT)
    if report is not None and maker.chance(0.4):
        name, kind = maker.lots.choice(REPORT.fields)
        maker.add(FieldOf(report[0], name), kind)
        return
    fields: list[tuple[str, Expr]] = []
    for name, wanted in REPORT.fields:
        found = maker.pick(lambda kind, wanted=wanted: kind == wanted)
        fields.append(
            (name, found[0] if found else Words("none") if name == "said" else ListOf(()))
        )
    maker.add(RecordOf("Report", tuple(fields)), REPORT)


def choose(maker: Maker) -> None:
    one = maker.pick(lambda kind: kind.base != "bool" and kind.writable)
    other = maker.pick(lambda kind: one is not None and kind == one[1])
    if one is None or other is None:
        return
    if "mode" in maker.parameters and maker.chance(0.7):
        third = maker.pick(lambda kind: kind == one[1]) or one
        arms = (('"a"', one[0]), ('"b"', third[0]), ("else", other[0]))
        arms = arms if maker.chance(0.5) else (arms[0], arms[2])
        maker.add(Match(Ref("mode"), arms), one[1])
        return
    said = next((Ref(n) for n, kind in maker.kinds.items() if kind == BOOL), None)
    if said is None:
        found = maker.listed()
        if found is None:
            return
        said = maker.add(Op("ask", (found[0],), returns=BOOL, asks=True), BOOL)
    maker.add(Match(said, (("true", one[0]), ("false", other[0]))), one[1])


def deep_choice(maker: Maker) -> None:
    """Arms that have calls of their own."""
    found = maker.listed()
    if found is None or "mode" not in maker.parameters:
        return
    given, kind = found
    reading = maker.asking(Op("map", (given,), returns=TEXT), kind.item)
    finding = maker.asking(Op("extract", (given,), returns=TEXT), kind.item)
    picking = Op("search", (given,), (("", '"a"'), ("top", "1")))
    partly = maker.asking(Op("map", (picking,), returns=TEXT), kind.item)
    chosen = maker.lots.sample([reading, finding, partly], 2)
    maker.add(Match(Ref("mode"), (('"a"', chosen[0]), ("else", chosen[1]))), TEXT.list)


def call(maker: Maker) -> None:
    if not maker.callees:
        return
    callee = maker.lots.choice(maker.callees)
    given: list[Expr] = []
    for kind in callee.parameters.values():
        found = maker.pick(lambda other, wanted=kind: other == wanted)
        if found is None:
            return
        given.append(found[0])
    maker.add(Call(callee.name, tuple(given)), callee.returns)


_STEPS: tuple[Callable[[Maker], None], ...] = (
    split, split, select, select, select, order, together, together, rejoin, rejoin, pair_up,
    each, each, each, each, mend, one_of_all, pure, pure, choose, deep_choice, call, call,
    compose,
)  # fmt: skip


def made_up(lots: Random) -> dict[str, Strategy]:
    """A few strategies by name, each of which may call those before it; the last is `main`."""
    strategies: dict[str, Strategy] = {}
    shapes: list[dict[str, Kind]] = [
        {"it": DOCUMENT},
        {"xs": DOCUMENT.list, "mode": TEXT},
        {"note": lots.choice([NOTE, FOUND, LINE])},
        {"xs": DOCUMENT.list},
    ]
    for number in range(lots.randint(0, 3)):
        name = f"inner{number + 1}"
        callees = list(strategies.values())
        strategies[name] = _strategy(lots, name, dict(lots.choice(shapes)), callees)
    if lots.random() < 0.3:
        strategies["deeper"] = _recursive(lots, list(strategies.values()))
    parameters = {"docs": DOCUMENT.list, "mode": TEXT}
    if lots.random() < 0.3:
        parameters["given"] = lots.choice([NOTE, FOUND, LINE, TEXT]).list
    strategies["main"] = _strategy(lots, "main", parameters, list(strategies.values()))
    return strategies


def _strategy(
    lots: Random, name: str, parameters: dict[str, Kind], callees: list[Strategy]
) -> Strategy:
    maker = Maker(lots, parameters, callees)
    if name != "main":
        _as_lists(maker)
    for _ in range(lots.randint(1, 9)):
        maker.step()
    answer, returns = _answer(maker)
    strategy = Strategy(name, parameters, returns, maker.steps, answer)
    strategy.promises = promises(maker)
    return strategy


def _as_lists(maker: Maker) -> None:
    for name, kind in list(maker.parameters.items()):
        if not kind.many and name != "mode":
            maker.add(ListOf((Ref(name),)), kind.list)


def _answer(maker: Maker) -> tuple[Expr, Kind]:
    found = maker.pick(lambda kind: kind.base != "bool" and kind.writable)
    if maker.chance(0.2):
        found = maker.pick(lambda kind: kind == REPORT) or found
    elif maker.chance(0.35):
        rich = maker.pick(lambda kind: kind.base != "bool" and kind.name == "Found")
        found = rich or found
    assert found is not None
    answer, kind = found
    if kind.many and maker.chance(0.3):
        more = maker.pick(lambda other: other == kind)
        answer = Plus(answer, more[0]) if more else answer
    # Of what steps added to a record its declared type says nothing.
    fields = tuple(each for each in kind.fields if not each[0].startswith("k"))
    return answer, replace(kind, fields=fields)


def _recursive(lots: Random, callees: list[Strategy]) -> Strategy:
    """A strategy that calls itself in one arm, on something that it made of its input."""
    parameters = {"xs": DOCUMENT.list, "last": BOOL}
    maker = Maker(lots, parameters, callees)
    for _ in range(lots.randint(0, 4)):
        maker.step()
    inner = maker.pick(lambda kind: kind == DOCUMENT.list)
    base = maker.listed()
    assert inner is not None
    assert base is not None
    reading = maker.asking(Op("map", (base[0],), returns=TEXT), base[1].item)
    again: Expr = Call("deeper", (inner[0], Ref("last")))
    if maker.chance(0.3):
        again = Plus(again, maker.asking(Op("map", (inner[0],), returns=TEXT), DOCUMENT))
    said = Op("ask", (Ref("xs"),), returns=BOOL, asks=True)
    matched = maker.add(said, BOOL) if maker.chance(0.5) else Ref("last")
    answer = Match(matched, (("true", reading), ("false", again)))
    strategy = Strategy("deeper", parameters, TEXT.list, maker.steps, answer, levels=3)
    strategy.promises = promises(maker)
    return strategy


def promises(maker: Maker) -> list[Promise]:
    """Clauses about parameters, steps, complements and their fields, of all that there are."""
    subjects: list[tuple[str, str, Kind]] = [
        (name, "", kind) for name, kind in maker.kinds.items() if _can_be_promised(kind)
    ]
    subjects += [(name, output, kind) for (name, output), kind in maker.rests.items()]
    made = []
    for name, output, kind in subjects:
        paths: list[tuple[str, ...]] = [()]
        if kind.base in ("record", "pair"):
            paths += [path for path in text_paths(kind) if maker.chance(0.4)]
        if kind.base == "pair":
            paths += [("left",), ("right",)]
        if kind.base == "report":
            paths += [(name,) for name, _ in kind.fields if maker.chance(0.4)]
        if kind.base == "group":
            paths.append(("items",))
        made += [Promise(clause, name, output, path) for path in paths for clause in CLAUSES]
    return maker.lots.sample(made, min(len(made), _MOST_PROMISES))


def _can_be_promised(kind: Kind) -> bool:
    return kind.many or kind.base in ("text", "record", "report", "document", "dict")
