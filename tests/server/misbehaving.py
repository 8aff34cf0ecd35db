"""A server that misbehaves in every way, by a seeded schedule, and keeps the truth of it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from server.call import OK, Call, Fault
from server.faults import (
    body,
    content,
    cut_before,
    cut_off,
    cut_within,
    duplicate,
    duplicate_ids,
    empty,
    filtered,
    half_json_body,
    half_json_content,
    http_date,
    huge,
    missing_id,
    prose,
    rate_limited,
    refusal,
    server_error,
    stall,
    status,
    wrong_schema,
)

FAULTS: dict[str, Fault] = {
    "500": server_error(),
    "503": status(503, "busy"),
    "529": status(529, "overloaded"),
    "reset before the answer": cut_before(),
    "reset within the answer": cut_within(),
    "stall": stall(),
    "stall within the answer": stall(within=True),
    "half a body": half_json_body(),
    "no choices": body('{"choices": []}'),
    "no text": empty(),
    "half of the JSON": half_json_content(),
    "prose": prose(),
    "another language": content(lambda _: "当然可以！这里没有任何需要说明的内容。"),
    "another schema": wrong_schema(),
    "everything twice": duplicate(),
    "huge": huge(200_000),
    "an id twice": duplicate_ids(),
    "an id missing": missing_id(),
    "cut off": cut_off(),
    "refusal": refusal(),
    "filtered": filtered(),
}
# How many calls are told to come later, by how they are told. Where no time is given, waits
# grow to a minute each, so a storm that is counted in calls must end before patience does.
_STORMS = {"no time": (5, 15), "seconds": (10, 40), "a date": (10, 40)}
_MEAN_STORM = sum(sum(ends) for ends in _STORMS.values()) / (2 * len(_STORMS))


class Misbehaving:
    """A fault for every call of a server: set it by `server.always(…)`.

    `share` of the calls are at fault. Among them are storms, in which call after call is
    told to come later: without a time, with seconds, or with a date. The others come late by
    a heavy tail. `truthful` is told what each call got, by the name of its fault or `right`.
    `counts`: how often there was what.
    """

    def __init__(
        self, seed: int, share: float, truthful: Callable[[str, dict[str, Any]], None]
    ) -> None:
        self.counts = Counter[str]()
        self._chance = random.Random(seed)
        self._share = share
        self._truthful = truthful
        self._storm = 0
        self._form = ""

    @property
    def faulty(self) -> int:
        """How many calls were at fault."""
        return sum(count for name, count in self.counts.items() if name != "right")

    async def __call__(self, call: Call) -> web.StreamResponse:
        name, fault = self._next()
        self.counts[name] += 1
        if name == "right":
            await asyncio.sleep(min(0.001 * self._chance.lognormvariate(0.0, 1.5), 0.2))
        answer = await fault(call)
        self._truthful(name, call.body)
        return answer

    def _next(self) -> tuple[str, Fault]:
        if self._storm == 0 and self._chance.random() >= 0.8 * self._share:
            return "right", OK
        # A fifth of the faults are in storms.
        if self._storm == 0 and self._chance.random() < 0.25 / _MEAN_STORM:
            self._form = self._chance.choice(list(_STORMS))
            self._storm = self._chance.randint(*_STORMS[self._form])
        if self._storm == 0:
            name = self._chance.choice(list(FAULTS))
            return name, FAULTS[name]
        self._storm -= 1
        return f"429, {self._form}", rate_limited(self._after())

    def _after(self) -> str | None:
        if self._form == "a date":
            return http_date(datetime.now(UTC) + timedelta(seconds=3))
        return "2.5" if self._form == "seconds" else None
