"""Trials as a table, as data, and as a drawing of accuracy against length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rlmflow._lazy import heavy
from rlmflow.bench.runner import Trial
from rlmflow.bench.scores import interval

_WIDTH, _HEIGHT = 76, 16
_MARKS = "●○▲△■□x+*"


@dataclass(frozen=True)
class Row:
    """The trials of one approach at one size. Tokens, calls, seconds and money are means."""

    approach: str
    size: int
    trials: Sequence[Trial]

    @property
    def accuracy(self) -> float:
        return sum(one.score for one in self.trials) / len(self.trials)

    @property
    def interval(self) -> tuple[float, float]:
        return interval([one.score for one in self.trials])

    @property
    def complete(self) -> int:
        return sum(one.status == "complete" for one in self.trials)

    def mean(self, figure: str) -> float:
        return float(sum(getattr(one, figure) for one in self.trials)) / len(self.trials)

    @property
    def usd(self) -> Decimal:
        return sum((one.usd for one in self.trials), Decimal(0))

    def as_record(self) -> dict[str, object]:
        low, high = self.interval
        figures = ("characters", "calls", "root_tokens", "sub_tokens", "seconds")
        return {
            "approach": self.approach,
            "size": self.size,
            "trials": len(self.trials),
            "complete": self.complete,
            "accuracy": round(self.accuracy, 4),
            "interval": [round(low, 4), round(high, 4)],
            **{name: round(self.mean(name), 3) for name in figures},
            "usd": str(self.usd),
        }


def rows_of(trials: Sequence[Trial]) -> list[Row]:
    """A row for each size and approach, in the order in which they came."""
    grouped: dict[tuple[int, str], list[Trial]] = {}
    for one in trials:
        grouped.setdefault((one.size, one.approach), []).append(one)
    return [Row(approach, size, some) for (size, approach), some in grouped.items()]


HEADS = ("approach", "records", "accuracy", "95%", "complete", "root tokens", "sub tokens",
         "calls", "wall s", "USD")  # fmt: skip


def table(rows: Sequence[Row], *, wall: bool = True) -> str:
    """The rows as lines of columns; every figure from tokens to seconds is one run's mean.

    wall: whether seconds are shown, which differ from run to run.
    """
    cells = [HEADS, *(_cells(row) for row in rows)]
    shown = [
        c for number, c in enumerate(zip(*cells, strict=True)) if wall or HEADS[number] != "wall s"
    ]
    wide = [max(map(len, column)) for column in shown]
    lines = (
        "  ".join(
            text.ljust(width) if number == 0 else text.rjust(width)
            for number, (text, width) in enumerate(zip(line, wide, strict=True))
        ).rstrip()
        for line in zip(*shown, strict=True)
    )
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    low, high = row.interval
    return (
        row.approach,
        f"{row.size:,}",
        f"{row.accuracy:.3f}",
        f"{low:.2f}–{high:.2f}",  # noqa: RUF001  a range
        f"{row.complete} of {len(row.trials)}",
        f"{row.mean('root_tokens'):,.0f}",
        f"{row.mean('sub_tokens'):,.0f}",
        f"{row.mean('calls'):,.1f}",
        f"{row.mean('seconds'):.2f}",
        f"{row.usd:.4f}",
    )


def by_form(trials: Sequence[Trial]) -> Iterator[tuple[str, Mapping[str, float]]]:
    """The mean score of each approach by form of question."""
    forms: dict[str, dict[str, list[float]]] = {}
    for one in trials:
        forms.setdefault(one.form, {}).setdefault(one.approach, []).append(one.score)
    for form, some in forms.items():
        yield form, {name: sum(scores) / len(scores) for name, scores in some.items()}


def drawing(rows: Sequence[Row], title: str) -> str:
    """Accuracy against records, a mark an approach. Empty where there is but one size.

    Raises `MissingPackage` where what draws is not installed.
    """
    sizes = sorted({row.size for row in rows})
    if len(sizes) < 2:
        return ""
    plot = heavy("plotext", extra="bench")
    plot.clear_figure()
    plot.theme("clear")
    plot.plotsize(_WIDTH, _HEIGHT)
    plot.title(title)
    plot.ylim(0, 1)
    plot.yticks([0, 0.25, 0.5, 0.75, 1])
    plot.xscale("log")
    plot.xticks(sizes, [f"{size:,}" for size in sizes])
    plot.xlabel("records")
    names = list(dict.fromkeys(row.approach for row in rows))
    for mark, name in zip(_MARKS, names, strict=False):
        own = [row for row in rows if row.approach == name]
        plot.plot([row.size for row in own], [row.accuracy for row in own], marker=mark)
    lines = plot.uncolorize(plot.build()).splitlines()
    legend = (f"  {mark} {name}" for mark, name in zip(_MARKS, names, strict=False))
    return "\n".join(line.rstrip() for line in [*lines, *legend]) + "\n"
