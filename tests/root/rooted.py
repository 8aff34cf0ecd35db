"""A root that says what a test wants, over a real REPL.

    played = lead(STRATEGY, "text", ["first reply", "second reply"], sub=lambda request: "…")
    played.outcome        how the run ended
    played.told[1]        what the root was told after its first turn
    played.turns[0]       the event of its first turn
    played.root.requests  what the root was sent

A reply that is no fenced code yet is put into a fence by `code`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rlmflow.graph.model import Limits
from rlmflow.models._protocol import Model
from rlmflow.models.scripted import Script, ScriptedModel
from rlmflow.runtime.events import Event, TurnDone
from rlmflow.runtime.outcome import Outcome
from rlmflow.runtime.repl.isolation.kinds import UNSAFE
from rlmflow.runtime.repl.isolation.probe import strongest
from rlmflow.runtime.repl.session import ReplLimits
from rlmflow.runtime.root.settings import RootSettings
from rlmflow.runtime.run import Job, run
from rlmflow.testing import compiled
from rlmflow.values import Corpus, Document

TEXT = """
strategy task(docs: corpus) -> text {
  answer ask(docs) -> text "What is it?"
}
"""


def code(*lines: str) -> str:
    """A reply that is one block of code."""
    return "```repl\n" + "\n".join(lines) + "\n```"


def setting(value: str) -> str:
    """A reply that puts an answer in its place."""
    return code(f'answer["content"] = {value}')


READY = code('answer["ready"] = True')


@dataclass
class Led:
    """What came of a run, and what its root said and was told."""

    outcome: Outcome
    events: Sequence[Event]
    root: ScriptedModel

    @property
    def turns(self) -> list[TurnDone]:
        return [e for e in self.events if isinstance(e, TurnDone) and e.level == 0]

    @property
    def told(self) -> list[str]:
        """What the root was last told, before each of its turns."""
        return [request.messages[-1].content for request in self.root.requests]

    def failures(self, step: str) -> list[str]:
        return [failed.reason for failed in self.outcome.failures if failed.step == step]


def saying(replies: Sequence[str]) -> Script:
    """A root that says these things, one a turn, and the last one again and again."""

    def script(request):
        said = sum(message.role == "assistant" for message in request.messages)
        return replies[min(said, len(replies) - 1)]

    return script


def lead(
    strategy: str,
    docs: str | Mapping[str, str],
    replies: Sequence[str] | Script,
    *,
    sub: Script | Model | None = None,
    models: Mapping[str, Model] | None = None,
    mode: str = "guided",
    played: bool = False,
    values: Mapping[str, object] | None = None,
    calls: int | None = None,
    usd: str | None = None,
    tokens: int | None = None,
    repl: ReplLimits | None = None,
    width: int = 8,
    hear: Callable[[Event], None] | None = None,
    **settings: object,
) -> Led:
    """Run a strategy's text over documents, with a root that says `replies`."""
    program = compiled(strategy)
    named = {"input.txt": docs} if isinstance(docs, str) else docs
    root = ScriptedModel(replies if callable(replies) else saying(replies), name="root")
    model = sub if sub is not None and not callable(sub) else ScriptedModel(sub or _silent)
    first = program.strategies[program.main].parameters[0].name
    events: list[Event] = []
    job = Job(
        program,
        {first: Corpus(tuple(Document(name, text) for name, text in named.items()))},
        values or {},
        {"sub": model, "root": root, **(models or {})},
        limits=Limits(calls=calls, tokens=tokens, usd=Decimal(usd) if usd else None),
        width=width,
        mode=mode,
        played=played,
        root=RootSettings(strongest() or UNSAFE, limits=repl or ReplLimits(), **settings),
    )
    outcome = asyncio.run(run(job, [events.append, *([hear] if hear else [])]))
    return Led(outcome, events, root)


def _silent(_request):
    raise AssertionError("no sub-model was to be asked")
