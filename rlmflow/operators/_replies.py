"""What a reply must look like, what is read from it, and how long it may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any, cast

from rlmflow.operators._quotes import (
    doubted_value,
    fault,
    holds_quotes,
    missing,
    quotes_in,
    settled_value,
)
from rlmflow.operators._reply_json import read_json, refuse_halves, unique_keys, write_json
from rlmflow.operators._step import BadReply, Evidence, ReplyForm, Settled
from rlmflow.operators._wording import keyed_in_words, value_in_words, wrapped_in_words
from rlmflow.schema import json_schema, validated
from rlmflow.types import (
    BOOL,
    DATE,
    FLOAT,
    INT,
    QUOTE,
    TEXT,
    DocumentType,
    EnumType,
    ListType,
    OptionalType,
    RecordType,
    Type,
)

_MOST_DIGITS = 9
_SCALAR_TOKENS: dict[Type, int] = {BOOL: 6, INT: 12, FLOAT: 16, DATE: 16, QUOTE: 256}


def worst_tokens(type_: Type) -> int:
    """The most tokens that a reply of this type may take: its output cap."""
    match type_:
        case OptionalType():
            return worst_tokens(type_.inner)
        case EnumType(values=values) if values:
            return max(len(value.encode()) for value in values) + 4
        case RecordType():
            return 8 + sum(worst_tokens(f.type) + len(f.name) + 4 for f in type_.fields)
        case ListType():
            return min(4096, 16 * worst_tokens(type_.item))
        case DocumentType():
            return 2048
        case _:
            return _SCALAR_TOKENS.get(type_, 1024)


def value_form(type_: Type) -> ReplyForm:
    """A reply that is one value. Text comes plain, anything else as JSON."""
    tokens = worst_tokens(type_)
    if type_ == TEXT or isinstance(type_, DocumentType):
        return ReplyForm(None, _read_text, tokens, write=str)
    if isinstance(type_, RecordType):
        read = partial(_read_value, type_)
        words = value_in_words(type_)
        form = ReplyForm(json_schema(type_), read, tokens, words, write=partial(_written, None))
    else:
        read = partial(_read_wrapped, "answer", type_)
        words = wrapped_in_words("answer", type_)
        write = partial(_written, "answer")
        form = ReplyForm(_object({"answer": type_}), read, tokens + 8, words, write=write)
    if not holds_quotes(type_):
        return form
    return replace(form, doubt=partial(doubted_value, type_), settle=partial(settled_value, type_))


def list_form(type_: Type) -> ReplyForm:
    """A reply that is a list, perhaps empty: `{"items": [...]}`.

    Quotes are doubted, and what is to become of those that are not found is left open.
    """
    wanted = ListType(type_)
    read = partial(_read_wrapped, "items", wanted)
    words = wrapped_in_words("items", wanted)
    tokens = max(1024, worst_tokens(wanted))
    doubt = partial(doubted_value, wanted) if holds_quotes(wanted) else None
    return ReplyForm(_object({"items": wanted}), read, tokens, words, doubt)


@dataclass(frozen=True)
class Keyed:
    """A packed reply: values by item number, and what was wrong with the others."""

    values: Mapping[int, object]
    problems: Mapping[int, str] = field(default_factory=dict)


def keyed_form(type_: Type, size: int) -> ReplyForm:
    """A reply for a pack: a JSON object with one value for each item number."""
    quotes = holds_quotes(type_)
    return ReplyForm(
        _keyed_schema(type_, size),
        partial(_read_keyed, type_, size),
        8 + size * (worst_tokens(type_) + 6),
        keyed_in_words(type_, size),
        doubt=partial(_doubted_keyed, type_) if quotes else None,
        settle=partial(_settled_keyed, type_) if quotes else None,
        vote=_vote_keyed,
        answered=_numbers_answered,
    )


def _numbers_answered(reply: object) -> Iterable[int]:
    return cast(Keyed, reply).values


def _unfound_keyed(type_: Type, reply: Keyed, evidence: Evidence) -> dict[int, str]:
    """What is wrong with the quotes of each item's value: they stand in no other item."""
    found: dict[int, str] = {}
    for number, value in reply.values.items():
        texts = [*evidence.items[number - 1].texts, *evidence.beside]
        if wrong := fault(missing(quotes_in(value, type_), texts)):
            found[number] = wrong
    return found


def _doubted_keyed(type_: Type, reply: object, evidence: Evidence) -> str | None:
    faults = _unfound_keyed(type_, cast(Keyed, reply), evidence)
    return "; ".join(f"under {number}, {wrong}" for number, wrong in faults.items()) or None


def _settled_keyed(type_: Type, reply: object, evidence: Evidence) -> Settled:
    """The values whose quotes are found; what the others are stands among the problems."""
    keyed = cast(Keyed, reply)
    faults = _unfound_keyed(type_, keyed, evidence)
    values = {number: value for number, value in keyed.values.items() if number not in faults}
    return Settled(Keyed(values, {**keyed.problems, **faults}))


def written_bytes(value: object) -> int:
    """The bytes of a reply's value, written out: a text as it is, anything else as JSON."""
    held = value.values if isinstance(value, Keyed) else value
    written = held if isinstance(held, str) else write_json(held)
    return len(written.encode("utf-8", "surrogatepass"))


def majority(samples: Sequence[object]) -> object:
    """The value that most samples agree on; among equals the one that came first."""
    return max(samples, key=samples.count)


def _vote_keyed(samples: Sequence[object]) -> object:
    """A vote for each id apart; an id that no sample has a value for keeps its problem."""
    keyed = [sample for sample in samples if isinstance(sample, Keyed)]
    numbers = {number for sample in keyed for number in (*sample.values, *sample.problems)}
    ballots = {n: [s.values[n] for s in keyed if n in s.values] for n in sorted(numbers)}
    values = {number: majority(ballot) for number, ballot in ballots.items() if ballot}
    problems = {n: keyed[0].problems.get(n, "") for n, ballot in ballots.items() if not ballot}
    return Keyed(values, problems)


@lru_cache(maxsize=512)
def _keyed_schema(type_: Type, size: int) -> dict[str, object]:
    return _object({str(number): type_ for number in range(1, size + 1)})


# Small models answer a question in words better than they judge what is true of what.
_YES_OR_NO: dict[str, Any] = {"type": "string", "enum": ["yes", "no"]}


def _object(properties: Mapping[str, Type]) -> dict[str, object]:
    """The schema of an object; definitions of its properties' schemas move to its root."""
    definitions: dict[str, object] = {}
    inner: dict[str, object] = {}
    for name, type_ in properties.items():
        schema = dict(_YES_OR_NO if type_ == BOOL else json_schema(type_))
        definitions.update(schema.pop("$defs", {}))
        inner[name] = schema
    made: dict[str, object] = {
        "type": "object",
        "properties": inner,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {**made, "$defs": definitions} if definitions else made


def _read_text(text: str) -> object:
    stripped = text.strip()
    if not stripped:
        raise BadReply("the reply is empty")
    refuse_halves(stripped)
    return stripped


def _read_value(type_: Type, text: str) -> object:
    try:
        return validated(read_json(text), type_)
    except ValueError as error:
        raise BadReply(str(error)) from None


def _read_wrapped(key: str, type_: Type, text: str) -> object:
    value = read_json(text)
    if not isinstance(value, dict) or key not in value:
        raise BadReply(f'the reply is not a JSON object with the key "{key}"')
    try:
        return validated(value[key], type_)
    except ValueError as error:
        raise BadReply(str(error)) from None


def _written(key: str | None, value: object) -> str:
    """A value as JSON, under a key if there is one."""
    return write_json(value if key is None else {key: value})


class _Pairs(list[tuple[str, object]]):
    """An object's pairs as they stood, so that a doubled key is seen."""


def _read_keyed(type_: Type, size: int, text: str) -> object:
    pairs = read_json(text, unique=_Pairs)
    if not isinstance(pairs, _Pairs):
        raise BadReply("the reply is not a JSON object with one value for each id")
    given: dict[int, list[object]] = {number: [] for number in range(1, size + 1)}
    for key, value in pairs:
        number = _number(key)
        if number in given:
            given[number].append(value)
        elif number is not None:
            raise BadReply(f"there is no item with the id {number}; the ids are 1 to {size}")
    values: dict[int, object] = {}
    problems: dict[int, str] = {}
    for number, every in given.items():
        if len(every) != 1:
            times = "stands twice in" if every else "is missing from"
            problems[number] = f"its id {times} the reply"
            continue
        try:
            values[number] = validated(_settled(every[0]), type_)
        except (ValueError, RecursionError) as error:
            problems[number] = str(error)
    if not values:
        raise BadReply(f"no usable value for any id: {next(iter(problems.values()))}")
    return Keyed(values, problems)


def _number(key: str) -> int | None:
    """The item number that a key stands for, None for none."""
    digits = key.strip()
    return int(digits) if digits.isdecimal() and len(digits) <= _MOST_DIGITS else None


def _settled(value: object) -> object:
    """A nested value with its pairs made into objects."""
    if isinstance(value, _Pairs):
        return unique_keys([(key, _settled(inner)) for key, inner in value])
    if isinstance(value, list):
        return [_settled(inner) for inner in value]
    return value
