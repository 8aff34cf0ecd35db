"""The answer of a run, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from textwrap import fill

from rlmflow.diagnostics.picture import visible
from rlmflow.runtime.events import ItemFailed, ItemRejected
from rlmflow.runtime.outcome import Answer, Outcome

_NARROWEST = 40


def as_text(answer: Answer) -> str:
    """One value raw, anything else as JSON; ends with a line end.

    Records of a list say in `source` where they come from, and so do records with a quote
    that stand in others; unless they have such a field.
    """
    value = _with_sources(plain_json(_cited(answer)), answer.places)
    if isinstance(value, str):
        return value if value.endswith("\n") else f"{value}\n"
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _cited(answer: Answer) -> object:
    return answer.value if answer.cited is None else answer.cited


def _with_sources(value: object, places: Sequence[str | None]) -> object:
    if not isinstance(value, list) or len(value) != len(places):
        return value
    return [
        {**one, "source": place} if isinstance(one, dict) and place and "source" not in one else one
        for one, place in zip(value, places, strict=True)
    ]


def as_listing(answer: Answer, width: int) -> str:
    """The answer for someone who reads it on a terminal of `width` columns.

    A list of records becomes a block for each record: where it comes from, then its
    fields. Anything else is as `as_text` has it.
    """
    value = plain_json(_cited(answer))
    if not (isinstance(value, list) and value and all(isinstance(v, dict) for v in value)):
        return as_text(answer)
    blocks = zip(value, answer.places, strict=True)
    return "\n".join(_block(record, place, width) for record, place in blocks)


def as_data(outcome: Outcome) -> dict[str, object]:
    """All that a program may want to know of a run, as JSON."""
    answer, spent, coverage = outcome.answer, outcome.spent, outcome.coverage
    return {
        "status": outcome.status,
        "answer": plain_json(answer.value) if answer else None,
        "places": list(answer.places) if answer else [],
        "failures": _troubles(outcome.failures),
        "skipped": _troubles(outcome.skipped),
        "rejected": _troubles(outcome.rejected),
        "notes": [{"step": note.step, "message": note.message} for note in outcome.notes],
        "verdicts": [verdict.as_record() for verdict in outcome.verdicts],
        "unread": outcome.unread_records(),
        "unread_in_all": coverage.gaps + len(outcome.unread),
        "read": {"characters": coverage.read, "of": coverage.total},
        "quotes": answer.quotes if answer else 0,
        "usage": {
            "calls": outcome.spent.calls,
            "tokens_in": spent.tokens_in,
            "tokens_out": spent.tokens_out,
            "usd": float(spent.usd),
            "seconds": round(outcome.seconds, 3),
        },
        "root": outcome.root.as_record() if outcome.root else None,
        "folder": str(outcome.folder) if outcome.folder else None,
    }


def plain_json(value: object) -> object:
    """A value as JSON has it: dates as ISO text, the keys of an object as texts."""
    match value:
        case Mapping():
            return {_key(key): plain_json(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain_json(inner) for inner in value]
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case _:
            return value


def _key(key: object) -> str:
    plain = plain_json(key)
    return plain if isinstance(plain, str) else json.dumps(plain)


def _troubles(troubles: Iterable[ItemFailed | ItemRejected]) -> list[dict[str, object]]:
    return [
        {"step": t.step, "item": t.item, "place": t.place, "reason": t.reason} for t in troubles
    ]


def _block(record: Mapping[str, object], place: str | None, width: int) -> str:
    wide = max(map(len, record), default=0) + 2
    lines = [visible(place or "-")]
    for name, value in record.items():
        if name == "source" and value == place:
            continue
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        start = f"  {name:<{wide}}"
        room = max(width, len(start) + _NARROWEST)
        text = visible(" ".join(shown.split())) or "-"
        lines.append(fill(text, room, initial_indent=start, subsequent_indent=" " * len(start)))
    return "\n".join(lines) + "\n"
