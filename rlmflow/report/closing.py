"""What is said after a run: how much was read, at what cost, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal

from rlmflow.diagnostics.picture import visible
from rlmflow.runtime.events import ItemFailed, ItemRejected
from rlmflow.runtime.limits import Cost
from rlmflow.runtime.outcome import Outcome
from rlmflow.values import Unread

MOST_LISTED = 10


def closing(outcome: Outcome, *, size: int, promises: bool) -> str:
    """The closing line, then what is missing, each list capped at a few lines.

    `size`: the input in bytes. `promises`: whether the strategy has an `ensures`.
    """
    lines = [closing_line(outcome, size=size, promises=promises)]
    lines += _listed("failed", [_trouble(f) for f in outcome.failures])
    lines += _listed("skipped, as the strategy allows", [_trouble(f) for f in outcome.skipped])
    lines += _listed("not accepted", [_trouble(r) for r in outcome.rejected])
    lines += _listed("unread", [_unread(u) for u in outcome.unread])
    lines += _listed("notes", [f"{note.step}: {note.message}" for note in outcome.notes])
    lines += _time_beside_a_call(outcome)
    if outcome.folder:
        lines.append(f"the whole run is in {outcome.folder}")
    return "".join(f"{line}\n" for line in lines)


def closing_line(outcome: Outcome, *, size: int, promises: bool) -> str:
    """`read 100.0% of 41.2 MB · 312 calls · 0 unread · contract: not checked yet`."""
    coverage = outcome.coverage
    parts = [
        f"read {percent(coverage.read, coverage.total)} of {megabytes(size)}",
        *_used(outcome),
        f"{len(outcome.unread)} unread",
    ]
    if outcome.failures:
        parts.append(f"{len(outcome.failures):,} failed")
    if outcome.spent.usd:
        parts.append(f"{dollars(outcome.spent.usd)}")
    if promises:
        parts.append("contract: not checked yet")
    if outcome.status != "complete":
        parts.insert(0, outcome.status)
    return " · ".join(parts)


def _used(outcome: Outcome) -> Iterator[str]:
    """Calls; where roots worked, theirs and those that they led to apart."""
    if outcome.root is None:
        yield counted(outcome.spent.calls, "call")
        return
    usage = outcome.root.usage
    yield f"root {counted(usage.turns, 'turn')}, {counted(usage.root.tokens, 'token')}"
    yield f"sub {counted(usage.sub.calls, 'call')}, {counted(usage.sub.tokens, 'token')}"


def _time_beside_a_call(outcome: Outcome) -> Iterator[str]:
    if outcome.root is not None and outcome.root.usage.root_calls:
        one = lasting(outcome.root.usage.plain_call_seconds)
        yield f"took {lasting(outcome.seconds)}; one plain call of the root takes about {one}"


def cost_line(cost: Cost, *, priced: bool) -> str:
    """`312 calls · 41,200 tokens in · 3,100 tokens out · 0.12 USD`."""
    price = dollars(cost.usd) if priced else "price unknown"
    tokens = f"{counted(cost.tokens_in, 'token')} in · {counted(cost.tokens_out, 'token')} out"
    return f"{counted(cost.calls, 'call')} · {tokens} · {price}"


def lasting(seconds: float) -> str:
    """A length of time as people say it: `40 seconds`, `12 minutes`, `3 hours`."""
    for size, name in ((3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return counted(round(seconds / size), name)
    return counted(max(1, round(seconds)), "second")


def percent(part: int, whole: int) -> str:
    """A share with one decimal, rounded down: 100.0% is all of it and nothing less."""
    share = Decimal(100 * part) / whole if whole else Decimal(100)
    return f"{share.quantize(Decimal('0.1'), ROUND_FLOOR)}%"


def megabytes(size: int) -> str:
    """Bytes as people read them."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}"
    return f"{size} bytes"


def dollars(usd: Decimal) -> str:
    """US dollars, with enough digits to tell a small sum from nothing."""
    return f"{usd:.2f} USD" if usd >= 1 or not usd else f"{usd:.2g} USD"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _listed(title: str, rows: Sequence[str]) -> Iterator[str]:
    if not rows:
        return
    yield f"{title}: {len(rows):,}"
    yield from (f"  {visible(row)}" for row in rows[:MOST_LISTED])
    if len(rows) > MOST_LISTED:
        yield f"  … and {len(rows) - MOST_LISTED:,} more"


def _trouble(trouble: ItemFailed | ItemRejected) -> str:
    return f"{trouble.place or trouble.item}: {trouble.reason} (step `{trouble.step}`)"


def _unread(unread: Unread) -> str:
    pages = f" {_pages(unread.pages)}" if unread.pages else ""
    return f"{unread.name}{pages}: {unread.reason}"


def _pages(pages: Iterable[int]) -> str:
    """`page 4`, or `pages 3-9, 12`."""
    numbers = sorted(set(pages))
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    word = "page" if len(numbers) == 1 else "pages"
    return f"{word} " + ", ".join("-".join(map(str, run)) for run in runs)
