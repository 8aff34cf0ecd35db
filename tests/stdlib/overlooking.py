"""Readers that make mistakes by lot: which ones is known, so what comes of them can be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from rlmflow.models._protocol import Message, Request
from rlmflow.models.scripted import Script

OVERLOOKED = 0.15
"""The share of sentences that a reader does not see."""


def lot(*of: object) -> float:
    """A number from 0 to 1, drawn anew for each of these, and the same whenever it is drawn."""
    drawn = blake2b(repr(of).encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return int.from_bytes(drawn, "big") / 2**48


def is_overlooked(sentence: str, seed: int, anew: object = None) -> bool:
    """Whether a sentence is, each by a lot of its own; `anew`: as `overlooking` has it."""
    return lot(sentence, seed, anew) < OVERLOOKED


def overlooking(
    reader: Script,
    sentence: str,
    seed: int,
    anew: Callable[[Request, str], object] = lambda request, sentence: None,
) -> Script:
    """A reader to whom it is as if sentences that it overlooks did not stand there.

    `sentence`: what one looks like, as a pattern. `anew`: from a request and a sentence in it,
    what its lot depends on beside the seed; by default what is overlooked once always is.
    """

    def read(request: Request) -> Any:
        def seen(found: re.Match[str]) -> str:
            of = (found[0], seed, anew(request, found[0]))
            return "" if is_overlooked(*of) else found[0]

        def as_seen(message: Message) -> Message:
            if message.role == "assistant":
                return message
            return replace(message, content=re.sub(sentence, seen, message.content))

        return reader(replace(request, messages=tuple(map(as_seen, request.messages))))

    return read


def one_of_others(label: str, labels: Sequence[str], drawn: float, wrong: float) -> str:
    """The label, or by a lot below `wrong` one of the others, each as likely."""
    if drawn >= wrong:
        return label
    others = [one for one in labels if one != label]
    return others[int(drawn / wrong * len(others))]
