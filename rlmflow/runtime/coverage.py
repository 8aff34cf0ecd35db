"""How much of the input was read, and why the rest was not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rlmflow.runtime.intervals import Interval, joined, shared, without
from rlmflow.runtime.ledger import Ledger, Reading
from rlmflow.source import Source, Span
from rlmflow.text.ink import ink
from rlmflow.text.one_line import one_line
from rlmflow.values import Document, extent

Kind: TypeAlias = Literal["failed", "over budget", "left out", "trial", "never shown"]

MOST_GAPS = 1000
_LONGEST_DETAIL = 120
_BLOCK = 1 << 12


@dataclass(frozen=True)
class Reason:
    """Why something was not read.

    `detail`: for what failed, the reason it failed with; for what a step left out, the
    name of the complement. `step` is None where no step is to blame.
    """

    kind: Kind
    step: str | None = None
    detail: str = ""

    @property
    def words(self) -> str:
        """Why, as a remark beside a place: `failed at `found`: the endpoint answered 500`."""
        detail = one_line(self.detail, _LONGEST_DETAIL)
        match self.kind:
            case "failed":
                return f"failed at `{self.step}`: {detail}"
            case "over budget":
                return f"not asked by `{self.step}`: {detail}"
            case "left out":
                step, inside, _ = (self.step or "").partition("/")
                # A call that stands in another has no name that its author could ask by.
                where = f"a call in `{step}`" if inside else f"`{step}`: it is in `{step}.{detail}`"
                return f"left out by {where}"
            case "trial":
                return "beyond the items of the trial"
            case "never shown":
                return "never shown to a model"


@dataclass(frozen=True)
class Gap:
    """A stretch of a document that was not read; `ink` of its characters are no white space."""

    span: Span
    ink: int
    reason: Reason

    def as_record(self) -> dict[str, object]:
        """The same as JSON; `characters` are those that are no white space."""
        return {
            "name": self.span.source.name,
            "place": extent(self.span),
            "start": self.span.start,
            "end": self.span.end,
            "characters": self.ink,
            "reason": self.reason.kind,
            "step": self.reason.step,
            "detail": self.reason.detail,
        }


@dataclass(frozen=True)
class Coverage:
    """`read` of `total` characters that are not white space, and what is unread.

    `unread` has the first gaps, `lost` for each reason how many there are, and their
    characters. `unplaced` of the read characters stand in gaps: equal lines, of which it
    is open which were shown.
    """

    read: int
    total: int
    unread: tuple[Gap, ...] = ()
    lost: Mapping[Reason, tuple[int, int]] = field(default_factory=dict)
    unplaced: int = 0

    @property
    def share(self) -> float:
        return self.read / self.total if self.total else 1.0

    @property
    def gaps(self) -> int:
        return sum(count for count, _ in self.lost.values())


class Reasons:
    """Why stretches of the input were not read, by the ledger alone.

    Each stretch has the first reason that holds of it: it failed, a limit was reached, a
    step left it out; else it was never shown. `trial`: whether a step took a few items only.
    """

    def __init__(self, ledger: Ledger, *, trial: bool = False) -> None:
        self._rest = Reason("trial") if trial else _of_the_rest(ledger)
        self._known = [*_failures(ledger), *_left_out(ledger)]

    def of(self, source: Source, missing: Sequence[Interval]) -> list[tuple[Interval, Reason]]:
        """The missing stretches of a source, in order, each in pieces that have one reason."""
        found: list[tuple[Interval, Reason]] = []
        for reason, where in self._known:
            told = shared(missing, where.get(source, ()))
            if told:
                found += [(piece, reason) for piece in told]
                missing = without(missing, told)
        found += [(piece, self._rest) for piece in missing]
        return sorted(found, key=lambda one: one[0])


def _failures(ledger: Ledger) -> Iterator[tuple[Reason, Reading]]:
    pairs: dict[Reason, dict[Source, list[Interval]]] = {}
    for failed in ledger.failed:
        reason = Reason("over budget" if failed.over else "failed", failed.step, failed.reason)
        where = pairs.setdefault(reason, {})
        for source, start, end in failed.item.origins():
            where.setdefault(source, []).append((start, end))
    for reason, where in pairs.items():
        yield reason, {source: joined(found) for source, found in where.items()}


def _of_the_rest(ledger: Ledger) -> Reason:
    """Why what no step had to do with was not read: one failed that would have, or none would."""
    for step, reason in ledger.stopped:
        return Reason("failed", step, reason)
    return Reason("never shown")


def _left_out(ledger: Ledger) -> Iterator[tuple[Reason, Reading]]:
    for step, how, where in ledger.left():
        yield Reason("left out", step, how), where


def coverage(ledger: Ledger, documents: Iterable[Document], *, trial: bool = False) -> Coverage:
    """What was read of these documents, and of each unread stretch why."""
    everything: Reading = {document: [(0, document.length)] for document in documents}
    return covered(ledger, everything, ledger.read(), Reasons(ledger, trial=trial))


def covered(ledger: Ledger, asked: Reading, read: Reading, reasons: Reasons) -> Coverage:
    """What of `asked` is in `read`."""
    total = 0
    gaps: list[Gap] = []
    lost: dict[Reason, tuple[int, int]] = {}
    for source, stretches in asked.items():
        missing = [*_inked(source.text, without(stretches, read.get(source, ())))]
        total += sum(ink(source.text, start, end) for start, end in stretches)
        for (start, end), reason in _in_one(source.text, reasons.of(source, missing)):
            size = ink(source.text, start, end)
            if not size:
                continue
            count, sizes = lost.get(reason, (0, 0))
            lost[reason] = count + 1, sizes + size
            if len(gaps) < MOST_GAPS:
                gaps.append(Gap(_trimmed(source, start, end), size, reason))
    unplaced = ledger.unplaced(read, asked) if lost else 0
    known = total - sum(size for _, size in lost.values())
    return Coverage(known + unplaced, total, tuple(gaps), lost, unplaced)


def _inked(text: str, stretches: Iterable[Interval]) -> Iterator[Interval]:
    """Those that hold more than white space; neighbours with nothing between them are one."""
    last: Interval | None = None
    for start, end in stretches:
        if _is_blank(text, start, end):
            continue
        if last is not None and _is_blank(text, last[1], start):
            last = last[0], end
            continue
        if last is not None:
            yield last
        last = start, end
    if last is not None:
        yield last


def _in_one(
    text: str, pieces: Iterable[tuple[Interval, Reason]]
) -> Iterator[tuple[Interval, Reason]]:
    """The pieces, those of one reason with nothing but white space between them as one."""
    last: tuple[Interval, Reason] | None = None
    for (start, end), reason in pieces:
        if _is_blank(text, start, end):
            continue
        if last is not None and last[1] == reason and _is_blank(text, last[0][1], start):
            last = (last[0][0], end), reason
            continue
        if last is not None:
            yield last
        last = (start, end), reason
    if last is not None:
        yield last


def _is_blank(text: str, start: int, end: int) -> bool:
    """Whether a stretch is white space; no copy is made of a long one."""
    if end - start <= _BLOCK:
        return start >= end or text[start:end].isspace()
    blocks = range(start, end, _BLOCK)
    return all(text[at : min(at + _BLOCK, end)].isspace() for at in blocks)


def _trimmed(source: Source, start: int, end: int) -> Span:
    """A stretch without the white space at its ends."""
    text = source.text
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(source, start, end)


def by_document(
    ledger: Ledger, documents: Iterable[Document]
) -> Mapping[Document, Mapping[str, Sequence[Interval]]]:
    """What each step had shown of each document; what stands between by white space is one."""
    every: dict[Document, dict[str, Sequence[Interval]]] = {d: {} for d in documents}
    for step, source, stretches in ledger.by_step():
        if isinstance(source, Document) and source in every:
            every[source][step] = [*_inked(source.text, stretches)]
    return every
