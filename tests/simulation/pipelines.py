"""Whole runs of strategies in virtual time, with models that only take their time.

The scheduler, the operators and the runtime are the real ones; the event loop's clock
jumps. How long a call takes is drawn from a heavy-tailed distribution by what the call
asks, so that it does not depend on when or how often it is asked.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rlmflow.models._protocol import ModelFailure, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.events import Event
from rlmflow.runtime.job import Job
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.run import run
from rlmflow.runtime.schedule.pace import Pacing
from rlmflow.runtime.virtual_time import LoopClock, run_in_virtual_time
from rlmflow.testing import compiled, items_of
from rlmflow.values import Corpus, Document

# Three facts a key; a key's facts are compared in one call and written in another.
MERGED = """
type Fact { key: text  says: text }
strategy merged(docs: corpus) -> list[Fact] {
  parts = chunk(docs, size: 18 chars, at: line)
  facts = map(parts, pack: 1) -> Fact "Which fact stands here?"
  answer merge(facts, by: item.key) "The same fact is one."
}
"""
STREAMED = """
type Fact { key: text  says: text }
strategy streamed(docs: corpus) -> list[text] {
  parts  = chunk(docs, size: 18 chars, at: line)
  facts  = map(parts, pack: 1) -> Fact "Which fact stands here?"
  stated = map(facts, pack: 1) -> text "State it."
  answer map(stated, pack: 1) -> text "Shorten it."
}
"""
_KEY = re.compile(r"k\d{6}")
_LINE = re.compile(r"k\d{6} n\d{7}")
CALLS_A_PART = {MERGED: 5 / 3, STREAMED: 3.0}


@dataclass(frozen=True)
class Made:
    """A call that a simulated model answered: what it was for, and when, in seconds."""

    kind: str
    about: str
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass
class Endpoint:
    """Answers each call rightly after a while. `seed` fixes how long each takes.

    Latency: log-normal around a second (sigma 1), and ten times that for one call in a
    hundred. Beyond `capacity` calls at a time the others are turned away.
    """

    seed: int
    capacity: int | None = None
    calls: list[Made] = field(default_factory=list)
    turned_away: list[float] = field(default_factory=list)
    under_way: int = 0

    async def __call__(self, request: Request) -> object:
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self.capacity is not None and self.under_way >= self.capacity:
            self.turned_away.append(began)
            return ModelFailure("rate-limit", "slow down", again=True, status=429)
        kind, about, said = _answer(request)
        self.under_way += 1
        try:
            await asyncio.sleep(self.latency(f"{kind} {about}"))
        finally:
            self.under_way -= 1
        self.calls.append(Made(kind, about, began, loop.time()))
        return said

    def latency(self, call: str) -> float:
        """Seconds that a call takes."""
        digest = hashlib.blake2b(f"{self.seed} {call}".encode(), digest_size=8).digest()
        chance = random.Random(int.from_bytes(digest, "big"))
        return chance.lognormvariate(0.0, 1.0) * (10.0 if chance.random() < 0.01 else 1.0)


def _answer(request: Request) -> tuple[str, str, object]:
    """What a call is for, what it is about, and what is right to say."""
    shown = items_of(request)
    about = shown[1].strip()
    if request.schema is None:
        return request.step, about, about
    if "groups" in request.schema["properties"]:  # type: ignore[operator]  # a JSON Schema
        return "compare", _KEY.findall(about)[0], {"groups": [sorted(shown)]}
    key, line = _KEY.findall(about)[0], _LINE.findall(about)[0]
    kind = "write" if "says" in about else request.step
    return kind, about, {"key": key, "says": line}


@dataclass
class Simulated:
    """A run in virtual time: how it ended, its calls, its events, and the seconds it took."""

    outcome: Outcome
    calls: list[Made]
    turned_away: list[float]
    events: list[Event]
    seconds: float
    width: int

    @property
    def critical_path(self) -> float:
        """Seconds of the longest chain of calls that need each other.

        In `merged` all facts are there before any are compared, and all are compared
        before any is written; in `streamed` each part goes its own way.
        """
        longest: dict[str, float] = defaultdict(float)
        for call in self.calls:
            longest[call.kind] = max(longest[call.kind], call.seconds)
        if "compare" in longest:
            return sum(longest.values())
        chain: dict[str, float] = defaultdict(float)
        for call in self.calls:
            chain[_LINE.findall(call.about)[0]] += call.seconds
        return max(chain.values())

    @property
    def work(self) -> float:
        """Seconds of all calls, one after the other."""
        return sum(call.seconds for call in self.calls)

    @property
    def bound(self) -> float:
        """No schedule of this width is shorter."""
        return max(self.critical_path, self.work / self.width)

    @property
    def trace(self) -> str:
        """A digest of every call with its times, and of every event, in order."""
        digest = hashlib.sha256()
        for each in (*self.calls, *self.events):
            digest.update(repr(each).encode())
        return digest.hexdigest()[:16]


def lines(count: int) -> Iterator[str]:
    """One line a part: three lines of each key, not beside each other."""
    keys = max(1, count // 3)
    return (f"k{number % keys:06d} n{number:07d}" for number in range(count))


def simulated(
    text: str,
    parts: int,
    *,
    seed: int,
    width: int = 64,
    capacity: int | None = None,
    pacing: Mapping[str, Pacing] | None = None,
) -> Simulated:
    """Run a strategy over so many parts in virtual time."""
    endpoint = Endpoint(seed, capacity)
    model = ScriptedModel(endpoint, name="simulated", count=lambda _: 100)  # type: ignore[arg-type]
    model.requests = _Nothing()
    document = Document("in.txt", "\n".join(lines(parts)))
    events: list[Event] = []
    job = Job(
        compiled(text),
        {"docs": Corpus((document,))},
        {},
        {"sub": model},
        width=width,
        surroundings=Surroundings(LoopClock(), random.Random(seed)),
        pacing=pacing or {},
    )
    outcome = run_in_virtual_time(run(job, [events.append]))
    return Simulated(outcome, endpoint.calls, endpoint.turned_away, events, outcome.seconds, width)


class _Nothing(list[Request]):
    """Keeps no requests: a hundred thousand of them would fill the memory."""

    def append(self, _request: Request, /) -> None:
        return
