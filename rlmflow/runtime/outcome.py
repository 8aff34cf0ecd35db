"""What a run ended with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rlmflow.runtime.coverage import Coverage
from rlmflow.runtime.events import ItemFailed, ItemRejected, Noted
from rlmflow.runtime.grounding import Found, cited, quoted
from rlmflow.runtime.intervals import Interval
from rlmflow.runtime.limits import Cost
from rlmflow.runtime.names import Made
from rlmflow.runtime.root.usage import Usage
from rlmflow.runtime.schedule.provider import Use
from rlmflow.schema import adapter
from rlmflow.types import DocumentType, ListType, OptionalType, RecordType, Type
from rlmflow.values import Document, Item, Part, Unread, place


@dataclass(frozen=True)
class Answer:
    """The answer as plain values (records are dicts) of the declared type.

    `places`: for a list, where each of its items comes from (`file:line`, or None);
    for anything else, the place of the one value. That is where its quote stands, if it
    has one. `quotes`: how many quotes in it were found in the input. `cited`: the value, in
    which each record with a quote says in `source` where that stands, at any depth.
    """

    value: Any
    type: Type
    places: tuple[str | None, ...]
    quotes: int = 0
    cited: Any = None

    @property
    def typed(self) -> Any:
        """The answer with records as pydantic models. Types are checked once more."""
        return adapter(self.type).validate_python(self.value)


@dataclass(frozen=True)
class ClauseVerdict:
    """Whether a clause of `ensures` held, in the run or in calls of a strategy that it made.

    `clause` as written; `strategy` whose it is, empty for that of the run. `read` of
    `total` characters, for one that counts them. `missing` says what broke it; `excused`
    whether all of that is listed as failed, as unreadable, or as beyond a limit.
    """

    clause: str
    holds: bool
    missing: tuple[str, ...] = ()
    strategy: str = ""
    read: int = 0
    total: int = 0
    excused: bool = False

    @property
    def words(self) -> str:
        """The clause and what is missing: `covers(docs): 12.4% unread: keys.md:3-9, …`."""
        named = f"{self.clause} of `{self.strategy}`" if self.strategy else self.clause
        return f"{named}: {'; '.join(self.missing)}" if self.missing else named

    def as_record(self) -> dict[str, object]:
        """The same as JSON."""
        return {
            "clause": self.clause,
            "strategy": self.strategy,
            "holds": self.holds,
            "read": {"characters": self.read, "of": self.total} if self.total else None,
            "missing": list(self.missing),
            "excused": self.excused,
        }


@dataclass(frozen=True)
class RootReport:
    """How roots worked in a run. `isolation`: what shut their code in."""

    mode: str
    isolation: str
    usage: Usage

    def as_record(self) -> dict[str, object]:
        """The same as JSON; the metrics have the names of RLMEnv."""
        return {
            "mode": self.mode,
            "isolation": self.isolation,
            "metrics": dict(self.usage.as_record()),
            "usd": {"root": str(self.usage.root.usd), "sub": str(self.usage.sub.usd)},
            "one_plain_call_seconds": round(self.usage.plain_call_seconds, 3),
        }


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `answer` is None where there is none at all.

    `incomplete`: something that the strategy wanted has no result, and `failures` says
    what. `refused`: a clause of the contract is broken.
    `skipped` items were allowed to fail; `rejected` is what models said that was
    not accepted; `unread` is input that could not be turned into text. `read_by` has for
    each document what the steps had shown of it, where a run folder is written; pasted
    texts stand under no step's name. `root` is None where no root worked.
    `providers`: how each took the calls. `recalled`: how many replies were there already,
    from the journal or from an equal call.
    """

    status: Literal["complete", "incomplete", "refused"]
    answer: Answer | None
    failures: tuple[ItemFailed, ...]
    skipped: tuple[ItemFailed, ...]
    rejected: tuple[ItemRejected, ...]
    notes: tuple[Noted, ...]
    coverage: Coverage
    unread: tuple[Unread, ...]
    spent: Cost
    seconds: float
    folder: Path | None
    verdicts: tuple[ClauseVerdict, ...] = ()
    read_by: Mapping[Document, Mapping[str, Sequence[Interval]]] = field(default_factory=dict)
    root: RootReport | None = None
    providers: tuple[Use, ...] = ()
    recalled: int = 0

    @property
    def calls(self) -> int:
        """Attempts that were made; those that an endpoint turned away unread do not count."""
        return self.spent.calls

    def unread_records(self) -> list[dict[str, object]]:
        """All that was not read, as JSON: stretches of documents, then what is no text."""
        files: list[dict[str, object]] = [
            {"name": one.name, "pages": list(one.pages), "reason": one.reason}
            for one in self.unread
        ]
        return [*(gap.as_record() for gap in self.coverage.unread), *files]


async def as_answer(made: Made, type_: Type, documents: Sequence[Document] = ()) -> Answer:
    """The plain value of what a strategy answered, with only the declared fields.

    `documents`: the input, in which quotes are looked for.
    """
    items = [made] if isinstance(made, Item) else await made.all()
    item_type = type_
    if isinstance(type_, ListType) and not isinstance(made, Item):
        item_type = type_.item
    values = [projected(item.value, item_type) for item in items]
    found = list(quoted(items, item_type, documents))
    places = (
        place(quotes[0][1]) if quotes else item.source
        for item, quotes in zip(items, found, strict=True)
    )
    shown = [
        cited(value, item_type, _places(quotes)) if quotes else value
        for value, quotes in zip(values, found, strict=True)
    ]
    value, cited_value = (values[0], shown[0]) if isinstance(made, Item) else (values, shown)
    return Answer(value, type_, tuple(places), sum(map(len, found)), cited_value)


def _places(found: Found) -> dict[str, str]:
    """The first place of each quote."""
    return {quote: place(span) for quote, span in reversed(found)}


def projected(value: object, type_: Type) -> object:
    """A value as its declared type shows it: a document as text, a record's own fields."""
    match value, type_:
        case None, _:
            return None
        case _, OptionalType():
            return projected(value, type_.inner)
        case Item(), _:
            return projected(value.value, type_)
        case Part(), DocumentType():
            return value.text
        case Mapping(), RecordType():
            return {f.name: projected(value.get(f.name), f.type) for f in type_.fields}
        case list(), ListType():
            return [projected(one, type_.item) for one in value]
        case _:
            return value
