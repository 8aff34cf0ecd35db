"""What of the input was not read, in words: where it stands, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from rlmflow.runtime.coverage import Coverage, Reason
from rlmflow.runtime.outcome import Outcome
from rlmflow.values import Unread, extent

_PLACES = 5


def unread(outcome: Outcome) -> list[str]:
    """A row for each reason, with the first places; then the files and pages that are no text."""
    rows = list(_rows(outcome.coverage)) if _was_to_read(outcome) else []
    return [*rows, *(_no_text(one) for one in outcome.unread)]


def unread_in_all(outcome: Outcome) -> int:
    """How many stretches and files were not read.

    A run that asks no model, and promises nothing of reading, leaves nothing unread.
    """
    return len(outcome.unread) + (outcome.coverage.gaps if _was_to_read(outcome) else 0)


def asked(outcome: Outcome) -> bool:
    """Whether a model was to be asked anything, be it that no call came about."""
    tried = outcome.failures or outcome.skipped or outcome.root is not None
    return bool(outcome.spent.calls or outcome.recalled or tried)


def _was_to_read(outcome: Outcome) -> bool:
    return asked(outcome) or any(verdict.total for verdict in outcome.verdicts)


def _rows(coverage: Coverage) -> Iterator[str]:
    counts: dict[str, tuple[int, int]] = {}
    places: dict[str, list[str]] = {}
    for reason, (count, ink) in coverage.lost.items():
        stretches, characters = counts.get(_why(reason), (0, 0))
        counts[_why(reason)] = stretches + count, characters + ink
    for gap in coverage.unread:
        places.setdefault(_why(gap.reason), []).append(extent(gap.span))
    for why, (count, ink) in counts.items():
        first = places.get(why, [])[:_PLACES]
        more = f" and {count - len(first):,} more" if count > len(first) else ""
        yield f"{', '.join(first)}{more}: {why} ({lost(ink, coverage.total)} of the input)"
    if coverage.unplaced:
        yield f"of these, {coverage.unplaced:,} characters were pasted, it is open which"


def _why(reason: Reason) -> str:
    """A reason; what each failed item failed with stands elsewhere."""
    return f"failed at `{reason.step}`" if reason.kind == "failed" else reason.words


def percent(part: int, whole: int) -> str:
    """A share with one decimal, rounded down: 100.0% is all of it and nothing less."""
    share = Decimal(100 * part) / whole if whole else Decimal(100)
    return f"{share.quantize(Decimal('0.1'), ROUND_FLOOR)}%"


def lost(part: int, whole: int) -> str:
    """A share that is missing, rounded up: 0.0% is nothing at all, 100.0% is all."""
    share = Decimal(100 * part) / whole if whole else Decimal(0)
    rounded = share.quantize(Decimal("0.1"), ROUND_CEILING)
    return f"{min(rounded, Decimal('99.9')) if part < whole else rounded}%"


def _no_text(unread: Unread) -> str:
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
