"""Strategies over entries, each with the answer that the making of the entries implies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, product
from string import Template
from typing import Any

from hunt.made_entries import KINDS, Entry, Made

_TYPES = """
type Kind = "praise" | "complaint" | "refund" | "other"
type Line { text: text }
type Row { owner: text  serial: int  rest: text }
type Labelled { text: text  kind: Kind }
type Found { serial: int  owner: text  kind: Kind  quote: quote }
type Rows { left: Row  right: Row }
type Compared { left: Found  right: Found  smaller: bool }
"""
_ROWS = r'by: r"Owner: (?P<owner>\w+) \|\| Entry (?P<serial>\d+): (?P<rest>.*)") -> Row'


@dataclass(frozen=True)
class Task:
    """What is asked of entries.

    `body`: the strategy, with `$size`, `$margin`, `$at`, `$pack` and `$repeats` open in it;
    `gold`: its answer. `broken`: whether an entry may be on several lines; `cut`: whether
    the sizes of parts matter.
    """

    name: str
    signature: str
    body: str
    gold: Callable[[Made], Any]
    broken: bool = False
    cut: bool = False

    def text(self, **open_: object) -> str:
        """The strategy's text, its open places filled."""
        head = f"strategy task(docs: corpus) {self.signature}"
        return _TYPES + Template(f"{head} {{\n{self.body}}}\n").substitute(open_)


def _owned(made: Made) -> dict[str, int]:
    return {k: sum(e.kind == k and e.owner == "bo" for e in made.entries) for k in KINDS}


def _refunds(made: Made) -> list[int]:
    return [made.counts()["refund"], len(made.entries) - made.counts()["refund"]]


def found(entry: Entry) -> dict[str, object]:
    return {
        "serial": entry.serial,
        "owner": entry.owner,
        "kind": entry.kind,
        "quote": entry.text,
    }


def _row(entry: Entry) -> dict[str, object]:
    rest = entry.text.partition(f"Entry {entry.serial}: ")[2]
    return {"owner": entry.owner, "serial": entry.serial, "rest": rest}


def _rising(made: Made) -> list[dict[str, object]]:
    """Pairs of one owner, in order, whose first amount is the smaller one."""
    return [
        {"left": _row(a), "right": _row(b)}
        for a, b in combinations(made.entries, 2)
        if a.owner == b.owner and a.amount < b.amount
    ]


def _compared(made: Made) -> list[dict[str, object]]:
    """Each refund with each complaint of its owner."""
    refunds, complaints = (
        [e for e in made.entries if e.kind == kind] for kind in ("refund", "complaint")
    )
    return [
        {"left": found(a), "right": found(b), "smaller": a.amount < b.amount}
        for a, b in product(refunds, complaints)
        if a.owner == b.owner
    ]


def _alone(made: Made) -> list[dict[str, object]]:
    """The entries whose serial is that of no other."""
    times = Counter(entry.serial for entry in made.entries)
    return [_row(entry) for entry in made.entries if times[entry.serial] == 1]


COUNTING = (
    Task(
        "lines",
        "-> dict[text, int] ensures covers(lines), once(lines), keeps(lines)",
        """
  lines = records(docs, by: line) -> Line
  kinds = map(lines, as: kind, pack: $pack, $repeats) -> Kind "Of which kind is it?"
  answer count(kinds, by: item.kind)
""",
        Made.counts,
    ),
    Task(
        "lines of one owner",
        "-> dict[text, int] ensures covers(mine.rest), once(rows)",
        f"""
  rows  = records(docs, {_ROWS}
  mine  = filter(rows, where: item.owner == "bo")
  kinds = map(mine, as: kind, pack: $pack, $repeats, show: "Owner: bo || Entry " +
              text(item.serial) + ": " + item.rest) -> Kind "Of which kind is it?"
  answer count(kinds, by: item.kind)
""",
        _owned,
    ),
    Task(
        "lines of parts",
        "-> dict[text, int] ensures covers(docs)",
        """
  parts = chunk(docs, size: $size, margin: $margin, at: line)
  lines = records(parts, by: line)
  kinds = map(lines, pack: $pack, $repeats) -> Kind "Of which kind is it?"
  answer count(kinds)
""",
        Made.counts,
        cut=True,
    ),
    Task(
        "found in parts",
        "-> dict[text, int] ensures covers(docs)",
        """
  parts = chunk(docs, size: $size, margin: $margin, at: $at)
  found = extract(parts, $repeats) -> Found "List every entry."
  answer count(found, by: item.kind)
""",
        Made.counts,
        broken=True,
        cut=True,
    ),
    Task(
        "summed over parts",
        "-> int ensures covers(docs)",
        """
  parts = chunk(docs, size: $size, at: line)
  answer sum(map(parts, pack: $pack, $repeats) -> int "How many are of the kind complaint?")
""",
        lambda made: made.counts()["complaint"],
        cut=True,
    ),
    Task(
        "kept and dropped",
        "-> list[int] ensures covers(docs)",
        """
  lines = records(docs, by: line)
  kept  = filter(lines, pack: $pack, $repeats) "Is it of the kind refund?"
  answer [len(kept), len(kept.dropped)]
""",
        _refunds,
    ),
)

LISTING = (
    Task(
        "found in parts",
        "-> list[Found] ensures covers(docs), grounded(docs), keeps(found)",
        """
  found = extract(chunk(docs, size: $size, margin: $margin, at: $at), $repeats) -> Found
    "List every entry."
  answer found
""",
        lambda made: [found(entry) for entry in made.entries],
        broken=True,
        cut=True,
    ),
    Task(
        "lines with their kind",
        "-> list[Labelled] ensures covers(docs), keeps(docs), once(docs)",
        """
  lines = records(docs, by: line)
  answer map(lines, as: kind, pack: $pack, $repeats) -> Kind "Of which kind is it?"
""",
        lambda made: [{"text": e.text, "kind": e.kind} for e in made.entries],
    ),
    Task(
        "sorted",
        "-> list[Found] ensures covers(docs), grounded(docs)",
        """
  parts = chunk(docs, size: $size, margin: $margin, at: $at)
  found = extract(parts, $repeats) -> Found "List every entry."
  answer sort(found, by: item.serial, descending: true)
""",
        lambda made: sorted(map(found, made.entries), key=lambda each: -each["serial"]),
        broken=True,
        cut=True,
    ),
    Task(
        "merged",
        "-> list[Found] ensures covers(docs), grounded(docs), keeps(found)",
        """
  parts = chunk(docs, size: $size, margin: $margin, at: $at)
  found = extract(parts, $repeats) -> Found "List every entry."
  answer merge(found, by: item.serial)
""",
        lambda made: [found(entry) for entry in dict.fromkeys(made.entries)],
        broken=True,
        cut=True,
    ),
)

PAIRING = (
    Task(
        "pairs of one list",
        "-> list[Rows]",
        f"""
  rows = records(docs, {_ROWS}
  both = pairs(rows, where: left.owner == right.owner)
  answer filter(both, pack: $pack, $repeats) "Is the amount of the left one smaller?"
""",
        _rising,
    ),
    Task(
        "pairs of two lists",
        "-> list[Compared] ensures covers(docs)",
        """
  parts      = chunk(docs, size: $size, margin: $margin, at: $at)
  found      = extract(parts, $repeats) -> Found "List every entry."
  refunds    = filter(found, where: item.kind == "refund")
  complaints = filter(found, where: item.kind == "complaint")
  both       = pairs(refunds, complaints, where: left.owner == right.owner)
  answer map(both, as: smaller, show: [item.left.quote, item.right.quote], pack: $pack,
             $repeats) -> bool "Is the amount of the left one smaller?"
""",
        _compared,
        broken=True,
        cut=True,
    ),
    Task(
        "in no pair",
        "-> list[Row]",
        f"""
  rows = records(docs, {_ROWS}
  same = pairs(rows, where: left.serial == right.serial)
  answer same.dropped
""",
        _alone,
    ),
)

ALL = {"count": COUNTING, "list": LISTING, "pair": PAIRING}
