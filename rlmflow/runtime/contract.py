"""Holds a call of a strategy to what its `ensures` says, by what was shown and made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from functools import cached_property

from rlmflow.expressions import field_path
from rlmflow.functions import as_text
from rlmflow.graph.model import Clause, Graph, StrategyGraph
from rlmflow.operators._quotes import quotes_in
from rlmflow.runtime.coverage import Coverage, Gap, Reason, Reasons, covered
from rlmflow.runtime.grounding import places_of
from rlmflow.runtime.intervals import Interval
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.names import Made, Names, NoValue
from rlmflow.runtime.outcome import ClauseVerdict
from rlmflow.runtime.provenance import ancestors, uses
from rlmflow.runtime.subjects import Subject, Telling, subject
from rlmflow.source import Source
from rlmflow.syntax import ast
from rlmflow.text.quotes import find_quotes
from rlmflow.types import DocumentType, ListType, Type
from rlmflow.values import Item, Part, Stream, Unread, extent

_MOST_NAMED = 5
_EXCUSED = ("failed", "over budget", "trial")


@dataclass(frozen=True)
class Broken:
    """What a clause lacks, in words, and whether all of that is listed elsewhere."""

    missing: tuple[str, ...] = ()
    excused: bool = False
    read: int = 0
    total: int = 0

    @property
    def holds(self) -> bool:
        return not self.missing


class NotMade(Exception):
    """What a clause is about was not made in this run."""


@dataclass
class Contract:
    """The clauses of one call of a strategy, whose steps stand under `names`.

    `unreadable`: input that could not be turned into text, by parameter. `trial`: whether
    the steps took a few items only. `steps`: whether the strategy's steps run; without
    them only what is promised of its parameters is looked at.
    """

    strategy: StrategyGraph
    names: Names
    ledger: Ledger
    unreadable: Mapping[str, Sequence[Unread]] = field(default_factory=dict)
    trial: bool = False
    steps: bool = True

    async def verdicts(self, made: Made | None) -> tuple[ClauseVerdict, ...]:
        """Whether each clause holds of an answer; None stands for none at all."""
        answer = [made] if isinstance(made, Item) else await made.all() if made else None
        view = _View(self.ledger, self.trial)
        clauses = [clause for clause in self.strategy.ensures if self._is_judged(clause)]
        return tuple([await self._verdict(clause, answer, view) for clause in clauses])

    async def unmet(self, made: Made) -> list[str]:
        """The clauses that do not hold of an answer, with what is missing, in words.

        Steps that were not asked for are not waited for: what is promised of one fails.
        """
        return [verdict.words for verdict in await self.verdicts(made) if not verdict.holds]

    def _is_judged(self, clause: Clause) -> bool:
        parameters = {parameter.name for parameter in self.strategy.parameters}
        return self.steps or _root_of(clause.subject) in parameters

    async def _verdict(
        self, clause: Clause, answer: Sequence[Item] | None, view: _View
    ) -> ClauseVerdict:
        try:
            items, path = await self._items(clause.subject)
            given = await self._given() if clause.kind == "once" else Counter[int]()
            found = self._judged(clause, items, path, answer, view, given)
        except NotMade as reason:
            found = Broken((str(reason),))
        except NoValue as reason:
            found = Broken((str(reason),), excused=True)
        return ClauseVerdict(
            clause=clause.span.text,
            holds=found.holds,
            missing=found.missing,
            read=found.read,
            total=found.total,
            excused=found.excused,
        )

    def _judged(
        self,
        clause: Clause,
        items: Sequence[Item],
        path: Sequence[str],
        answer: Sequence[Item] | None,
        view: _View,
        given: Counter[int],
    ) -> Broken:
        if clause.kind == "covers":
            unreadable = self.unreadable.get(_root_of(clause.subject), ())
            return _covers(subject(items, path), clause.share, unreadable, view)
        if answer is None:
            return Broken(("there is no answer",), excused=True)
        if clause.kind == "grounded":
            return self._grounded(subject(items, path), answer)
        if clause.kind == "once":
            return _once(items, answer, given)
        return _keeps(items, answer, view)

    def _grounded(self, asked: Subject, answer: Sequence[Item]) -> Broken:
        returns = self.strategy.returns
        type_ = returns.item if isinstance(returns, ListType) else returns
        wrong = [item for item in answer if not _is_grounded(item, type_, asked)]
        if not wrong:
            return Broken()
        return Broken((_named("with a quote that does not stand there", wrong, answer),))

    async def _given(self) -> Counter[int]:
        """How often each item, by its identity, is in what the strategy was given."""
        given: Counter[int] = Counter()
        for parameter in self.strategy.parameters:
            made = await self.names.get(parameter.name)
            given.update(map(id, await made.all() if isinstance(made, Stream) else [made]))
        return given

    async def _items(self, expression: ast.Expression) -> tuple[list[Item], tuple[str, ...]]:
        """The items that a clause is about, and the path to the field of them that it means.

        Raises `NotMade`, and `NoValue` where a step failed.
        """
        name = _root_of(expression)
        if not self.names.has(name):
            raise NotMade(f"the step `{name}` was not run")
        fields = field_path(expression)
        path = fields[1].split(".") if fields else []
        for count in range(len(path), 0, -1):
            found = await self.names.complement(name, ".".join(path[:count]))
            if found is not None:
                return await found.all(), tuple(path[count:])
        made = await self.names.get(name)
        return await made.all() if isinstance(made, Stream) else [made], tuple(path)


class Judgements:
    """Whether the calls of strategies held their contracts; many calls of one count as one."""

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, str]] = Counter()
        self._broken: Counter[tuple[str, str]] = Counter()
        self._missing: dict[tuple[str, str], list[str]] = {}
        self._excused: dict[tuple[str, str], bool] = {}
        self._read: Counter[tuple[str, str]] = Counter()
        self._total: Counter[tuple[str, str]] = Counter()

    def add(self, strategy: str, verdicts: Iterable[ClauseVerdict]) -> None:
        """The verdicts on one call."""
        for verdict in verdicts:
            key = strategy, verdict.clause
            self._calls[key] += 1
            self._read[key] += verdict.read
            self._total[key] += verdict.total
            if verdict.holds:
                continue
            self._broken[key] += 1
            self._excused[key] = self._excused.get(key, True) and verdict.excused
            missing = self._missing.setdefault(key, [])
            missing += verdict.missing[: _MOST_NAMED - len(missing)]

    def verdicts(self) -> Iterator[ClauseVerdict]:
        """One for each clause; what is missing is that of the first calls that broke it."""
        for key, calls in self._calls.items():
            strategy, clause = key
            broken = self._broken[key]
            count = f"broken in {broken:,} of {calls:,} calls"
            yield ClauseVerdict(
                clause=clause,
                holds=not broken,
                missing=(count, *self._missing[key]) if broken else (),
                strategy=strategy,
                read=self._read[key],
                total=self._total[key],
                excused=self._excused.get(key, False),
            )


def _root_of(expression: ast.Expression) -> str:
    fields = field_path(expression)
    if fields is not None:
        return fields[0]
    if not isinstance(expression, ast.Reference):
        raise AssertionError(f"a clause is about no name: {expression!r}")
    return expression.name


class _View:
    """What the ledger tells of a run, worked out when it is first asked for."""

    def __init__(self, ledger: Ledger, trial: bool) -> None:
        self.ledger = ledger
        self.trial = trial

    @cached_property
    def _told(self) -> tuple[Telling, dict[Source, list[Interval]]]:
        read = self.ledger.read()
        return Telling(self.ledger, read), read

    @property
    def telling(self) -> Telling:
        return self._told[0]

    @cached_property
    def reasons(self) -> Reasons:
        return Reasons(self.ledger, trial=self.trial)

    @cached_property
    def failed(self) -> set[int]:
        """The identities of failed items, and of all that they were made of."""
        return ancestors(failed.item for failed in self.ledger.failed)

    def coverage(self, asked: Subject) -> Coverage:
        telling, read = self._told
        telling.add_written(asked.stretches, read)
        return covered(self.ledger, asked.stretches, read, self.reasons)

    def is_excused(self, items: Iterable[Item]) -> bool:
        """Whether the lack of items follows from what failed, or from the run being a trial."""
        if self.trial or self.ledger.stopped:
            return True
        return all(id(item) in self.failed for item in items)


def _covers(
    asked: Subject, share: Decimal | None, unreadable: Sequence[Unread], view: _View
) -> Broken:
    coverage = view.coverage(asked)
    told = [(text.item, *view.telling.of(text)) for text in asked.texts]
    untold = [item for item, shown, size in told if shown < size]
    total = coverage.total + sum(size for _, _, size in told)
    read = coverage.read + sum(shown for _, shown, _ in told)
    if not unreadable and _is_enough(read, total, share):
        return Broken(read=read, total=total)
    lost = sum(size for reason, (_, size) in coverage.lost.items() if reason.kind in _EXCUSED)
    lost += sum(size - shown for item, shown, size in told if view.is_excused([item]))
    # As much as the rest of the input has, file for file.
    guess = len(unreadable) * max(1, coverage.total // max(1, len(asked.stretches)))
    if _is_enough(read, total + guess, share) and share is not None:
        return Broken(read=read, total=total)
    missing = [*_unread(coverage)]
    if untold:
        missing.append(_named("not shown to a model", untold, asked.texts))
    missing += [f"{one.name} ({one.reason})" for one in unreadable[:_MOST_NAMED]]
    missing[0] = f"{_percent(total + guess - read, total + guess)} unread: {missing[0]}"
    return Broken(tuple(missing), _is_enough(read + lost, total, share), read, total)


def _is_enough(read: int, total: int, share: Decimal | None) -> bool:
    return 100 * read >= (Decimal(100) if share is None else share) * total


def _unread(coverage: Coverage) -> Iterator[str]:
    """The unread stretches, for each reason the first few."""
    gaps: dict[Reason, list[Gap]] = {}
    for gap in coverage.unread:
        gaps.setdefault(gap.reason, []).append(gap)
    for reason, (count, _) in list(coverage.lost.items())[:_MOST_NAMED]:
        named = [extent(gap.span) for gap in gaps.get(reason, ())[:_MOST_NAMED]]
        more = f" and {count - len(named):,} more" if count > len(named) else ""
        yield f"{', '.join(named)}{more} ({reason.words})"


def _keeps(items: Sequence[Item], answer: Sequence[Item], view: _View) -> Broken:
    there = ancestors(answer)
    missing = [item for item in items if id(item) not in there and not _is_blank(item)]
    if not missing:
        return Broken()
    return Broken((_named("not in the answer", missing, items),), view.is_excused(missing))


def _is_blank(item: Item) -> bool:
    """Whether an item is a text with nothing in it, which no record can be of."""
    return isinstance(item.value, Part | str) and not as_text(item).strip()


def _once(items: Sequence[Item], answer: Sequence[Item], given: Counter[int]) -> Broken:
    """`given`: how often the strategy was given an item; as often it may use it."""
    counts = uses(answer, max(given.values(), default=1) + 1)
    doubled = [item for item in items if counts.get(id(item), 0) > max(1, given[id(item)])]
    if not doubled:
        return Broken()
    return Broken((_named("in the answer twice", doubled, items),))


def needs_texts(strategies: Iterable[StrategyGraph]) -> bool:
    """Whether a clause may be about texts that are no input, which a ledger must note."""
    return any(
        not _is_input(strategy.graph, clause.subject)
        for strategy in strategies
        for clause in strategy.ensures
        if clause.kind == "covers"
    )


def _is_input(graph: Graph, expression: ast.Expression) -> bool:
    node = graph[_root_of(expression)]
    item = node.type.item if isinstance(node.type, ListType) else node.type
    return isinstance(item, DocumentType)


def _is_grounded(item: Item, type_: Type, asked: Subject) -> bool:
    quotes = list(quotes_in(item.value, type_))
    if not quotes:
        return False
    made_of = ancestors([item]) if asked.texts else ()
    own = [text.content for text in asked.texts if id(text.item) in made_of]
    places = places_of(quotes, item, asked.stretches)
    return all(
        place or any(find_quotes(quote, text) for text in own)
        for quote, place in zip(quotes, places, strict=True)
    )


def _named(what: str, items: Sequence[Item], of: Sequence[object]) -> str:
    """`not in the answer: 3 of 47 items (keys.md:3, keys.md:9, notes.md:1)`."""
    places = [item.source or item.id for item in items[:_MOST_NAMED]]
    more = ", …" if len(items) > len(places) else ""
    return f"{what}: {len(items):,} of {len(of):,} items ({', '.join(places)}{more})"


def _percent(part: int, whole: int) -> str:
    """A share with one decimal, but never 0.0% of something: `12.4%`, `0.004%`."""
    share = Decimal(100 * part) / max(1, whole)
    digits = Decimal("0.1") if share >= Decimal("0.1") else Decimal("1e-6")
    return f"{share.quantize(digits, ROUND_CEILING).normalize():f}%"
