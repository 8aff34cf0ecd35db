"""What is said after a run: how much was read, at what cost, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlmflow.diagnostics.picture import visible
from rlmflow.report.figures import counted, dollars, lasting, megabytes
from rlmflow.report.unread import asked, percent, unread, unread_in_all
from rlmflow.runtime.events import ItemFailed, ItemRejected, Throttled
from rlmflow.runtime.outcome import ClauseVerdict, Outcome

MOST_LISTED = 10


def closing(outcome: Outcome, *, size: int, verbose: bool = False) -> str:
    """The closing line, then what is missing, each list capped at a few lines.

    `size`: the input in bytes. `verbose`: whether to say of each clause what it means that
    it holds.
    """
    lines = [closing_line(outcome, size=size)]
    lines += _listed("failed", [_trouble(f) for f in outcome.failures])
    lines += _listed("skipped, as the strategy allows", [_trouble(f) for f in outcome.skipped])
    lines += _listed("not accepted", [_trouble(r) for r in outcome.rejected])
    lines += _listed("unread", unread(outcome), unread_in_all(outcome))
    lines += _listed("promised and not held", _unmet(outcome))
    if verbose:
        lines += _listed("promised and held", [_meaning(v) for v in outcome.verdicts if v.holds])
    lines += _listed("notes", [f"{note.step}: {note.message}" for note in outcome.notes])
    lines += _throttled(outcome)
    lines += _time_beside_a_call(outcome)
    if outcome.folder:
        lines.append(f"the whole run is in {outcome.folder}")
    return "".join(f"{line}\n" for line in lines)


def closing_line(outcome: Outcome, *, size: int) -> str:
    """`read 100.0% of 41.2 MB · 312 calls · 0 unread · 47 quotes verified · contract held`."""
    coverage = outcome.coverage
    parts = [
        f"read {percent(coverage.read, coverage.total)} of {megabytes(size)}",
        *_used(outcome),
        *([f"{outcome.recalled:,} from the journal"] if outcome.recalled else []),
        f"{unread_in_all(outcome):,} unread",
    ]
    if not asked(outcome) and not unread_in_all(outcome):
        parts = ["no model was asked", megabytes(size)]
    if outcome.failures:
        parts.append(f"{len(outcome.failures):,} failed")
    if outcome.answer is not None and outcome.answer.quotes:
        parts.append(f"{counted(outcome.answer.quotes, 'quote')} verified")
    if outcome.spent.usd:
        parts.append(f"{dollars(outcome.spent.usd)}")
    if outcome.verdicts:
        held = all(verdict.holds for verdict in outcome.verdicts)
        parts.append("contract held" if held else "contract not held")
    if outcome.status != "complete":
        parts.insert(0, outcome.status)
    return " · ".join(parts)


def _unmet(outcome: Outcome) -> list[str]:
    """The clauses that what failed left open; those that broke are findings of their own."""
    return [v.words for v in outcome.verdicts if not v.holds and v.excused]


def _meaning(verdict: ClauseVerdict) -> str:
    """What it says that a clause held; `covers` is no word on what was understood."""
    if verdict.total:
        share = percent(verdict.read, verdict.total)
        return f"{verdict.words}: {share} was shown to a model, which is not to say understood"
    return f"{verdict.words}: it was looked up item by item in what the answer was made of"


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


def _throttled(outcome: Outcome) -> Iterator[str]:
    """Of each provider that took fewer calls than it was to: how often, and at what cost."""
    for use in outcome.providers:
        if use.turned_away:
            yield (
                f"{use.provider} turned away {counted(use.turned_away, 'call')}: waited "
                f"{lasting(use.paused)}, width down to {use.least_width} of {use.width}"
            )


def throttled(event: Throttled) -> str:
    """`openai: 429, width 64 → 32, waiting 12 seconds`."""
    said = [f"{event.provider}: {event.why}"]
    if event.width != event.before:
        said.append(f"width {event.before} → {event.width}")
    if event.wait:
        said.append(f"waiting {lasting(event.wait)}")
    return ", ".join(said)


def _listed(title: str, rows: Sequence[str], count: int | None = None) -> Iterator[str]:
    """A title with a number, that of the rows or another, and the first of the rows."""
    if not rows:
        return
    yield f"{title}: {len(rows) if count is None else count:,}"
    yield from (f"  {visible(row)}" for row in rows[:MOST_LISTED])
    if len(rows) > MOST_LISTED:
        yield f"  … and {len(rows) - MOST_LISTED:,} more"


def _trouble(trouble: ItemFailed | ItemRejected) -> str:
    return f"{trouble.place or trouble.item}: {trouble.reason} (step `{trouble.step}`)"
