"""Faulty readers: a perfect reader's replies, damaged in one way each.

Each kind of damage is one that code can notice. A faulty reader damages every third
reply or so, the message alone deciding which; a re-ask tells what was wrong, so it may
be damaged or not in its turn. What a fault makes of a reply is never an answer: it is
asked again, rejected or listed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from zlib import crc32

from rlmflow.hunt.reader import Answers, as_reply, ideal_reply, perfect
from rlmflow.models._protocol import Message, Model, ModelFailure, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.operators._operator import Call

Damage: TypeAlias = Callable[[Any], str | ModelFailure | None]
"""Turns an ideal reply into a damaged one; None where it can't be damaged in this way."""

_ONE_IN = 3


def _skip_an_id(said: Any) -> str | None:
    return as_reply(dict(list(said.items())[:-1])) if _is_keyed(said) and len(said) > 1 else None


def _double_an_id(said: Any) -> str | None:
    if not _is_keyed(said):
        return None
    pairs = [(name, json.dumps(value, ensure_ascii=False)) for name, value in said.items()]
    return "{" + ", ".join(f'"{name}": {value}' for name, value in [*pairs, pairs[0]]) + "}"


def _invent_an_id(said: Any) -> str | None:
    if not _is_keyed(said):
        return None
    return as_reply({**said, "4096": next(iter(said.values()))})


def _reorder(said: Any) -> str | None:
    return as_reply(dict(reversed(said.items()))) if _is_keyed(said) else None


def _truncate(said: Any) -> str | None:
    return as_reply(said)[: len(as_reply(said)) // 2] if not isinstance(said, str) else None


def _refuse(_: Any) -> ModelFailure:
    return ModelFailure("refused", "the model will not answer", again=True)


def _talk(said: Any) -> str | None:
    return None if isinstance(said, str) else "I have read it all, and there is much to say."


def _garble(said: Any) -> str | None:
    return None if isinstance(said, str) else as_reply(said).replace(":", ";").replace("[", "(")


def _fall_silent(_: Any) -> str:
    return "  \n"


def _mistype(said: Any) -> str | None:
    """Give a list where a value belongs, and the other way round."""
    if not isinstance(said, Mapping):
        return None
    return as_reply({name: 7 if isinstance(v, list) else [[v]] for name, v in said.items()})


def _is_keyed(said: Any) -> bool:
    return isinstance(said, Mapping) and bool(said) and all(name.isdecimal() for name in said)


FAULTS: Mapping[str, Damage] = {
    "skipping": _skip_an_id,
    "doubling": _double_an_id,
    "inventing": _invent_an_id,
    "reordering": _reorder,
    "truncating": _truncate,
    "refusing": _refuse,
    "talking": _talk,
    "garbling": _garble,
    "silent": _fall_silent,
    "mistyping": _mistype,
}


def faulty(damage: Damage, seed: int = 0) -> Answers:
    """Answers as a perfect reader would, with some replies damaged."""

    def model_of(role: str, call: Call) -> Model:
        def script(request: Request) -> str | ModelFailure:
            said = ideal_reply(call, request, seed)
            damaged = damage(said) if _is_struck(request.messages, seed) else None
            return as_reply(said) if damaged is None else damaged

        return ScriptedModel(script, name=f"faulty reader ({role})")

    return model_of


def _is_struck(messages: tuple[Message, ...], seed: int) -> bool:
    said = "\n".join(message.content for message in messages[1:])
    return crc32(f"{seed}:{len(messages)}:{said}".encode("utf-8", "surrogatepass")) % _ONE_IN == 0


def reader_names() -> list[str]:
    """The readers that a test can name."""
    return ["perfect", *FAULTS]


def reader(name: str, seed: int = 0) -> Answers:
    """A reader by name. Raises `KeyError` where there is none of that name."""
    return perfect(seed) if name == "perfect" else faulty(FAULTS[name], seed)
