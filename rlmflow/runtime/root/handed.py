"""A strategy's steps in the hands of a root that another program runs.

That program has its own loop, REPL and models for its root. The steps run here: with the
models, the journal, the limits and the ledger of the run, which ends when the other program
is done.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

from msgspec import Raw

from rlmflow.functions import as_text
from rlmflow.graph.model import Program
from rlmflow.runtime.events import ItemFailed
from rlmflow.runtime.job import Job
from rlmflow.runtime.limits import Budget
from rlmflow.runtime.names import Made
from rlmflow.runtime.outcome import as_answer
from rlmflow.runtime.repl.answering import Refused
from rlmflow.runtime.repl.wire import Failure, Reader, to_bytes
from rlmflow.runtime.repl.worker.items import ItemReader, sent_back
from rlmflow.runtime.repl.worker.offered import Steps
from rlmflow.runtime.root import remarks
from rlmflow.runtime.root.accepting import Acceptance
from rlmflow.runtime.root.functions import ChildTask, Functions
from rlmflow.runtime.root.guided import Begun, settings_of, shapes_of
from rlmflow.runtime.root.usage import ROOT
from rlmflow.runtime.running import Running
from rlmflow.targets.prompt import Terms, root_prompt

_NEVER_ACCEPTED = "the root was done before an answer of its was accepted"


class _NoChildren:
    """Roots below a root are the other program's matter."""

    async def ask(self, _: Sequence[ChildTask], /) -> Sequence[str | Failure]:
        raise Refused("no root can be started from here")


class _Lists(ItemReader):
    """Makes a list of a list: code of others may want to write it as JSON, or change it."""

    def _items(self, parts: list[Raw]) -> Any:
        return [self.read(part) for part in parts]


async def handed(
    job: Job, begun: Callable[[Hands], None], running: Running, budget: Budget
) -> Made | None:
    """Carry a job out at the pace of code that runs elsewhere: its answer is the last accepted.

    `begun` is called once the steps can be asked for. Raises `Unanswered`.
    """
    hands = Hands(await Begun.of(running, budget, job.arguments()), asyncio.get_running_loop())
    begun(hands)
    await hands.done.wait()
    if hands.accepted is None:
        running.tell(ItemFailed(ROOT, ROOT, None, _NEVER_ACCEPTED))
    return hands.accepted


@dataclass
class Hands:
    """What is handed over: the steps, and whether an answer is one, asked from any thread."""

    call: Begun
    loop: asyncio.AbstractEventLoop
    done: asyncio.Event = field(default_factory=asyncio.Event)
    accepted: Made | None = None

    def __post_init__(self) -> None:
        call = self.call
        self._functions = Functions(call.crossing, None, _NoChildren(), call.stepwise)
        self._acceptance = Acceptance(call.strategy.returns, call.crossing, call.contract.unmet)
        self._texts = call.texts
        self._items = _Lists([text for _, text in self._texts])
        self._sent = {name: to_bytes(value) for name, value in call.names.items()}

    @property
    def context(self) -> str | dict[str, str]:
        """The first input, as `context` holds it in a REPL."""
        named = dict(self._texts)
        return next(iter(named.values())) if len(named) == 1 else named

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters but for the first input, by the names of their variables."""
        return {name: self._items.read(value) for name, value in self._sent.items()}

    @property
    def steps(self) -> Steps:
        """The steps as code in a REPL has them: `steps.found()`."""
        return Steps(self.ask, self.call.stepwise.step_names)

    def prompt(self, program: Program, terms: Terms) -> str:
        """What a root is told of the program's main strategy, on these terms."""
        shapes = shapes_of(self.call.strategy, self.call.given)
        values = settings_of(self.call.given, shapes)
        return root_prompt(program, shapes=shapes, values=values, terms=terms)

    def ask(self, name: str, /, *arguments: object, **keywords: object) -> Any:
        """Call a function of the host. Blocks; raises `Refused`."""
        body = to_bytes([list(arguments), keywords], sent_back)
        return self._items.read(self._waited_for(self._called(name, body)))

    def accept(self, value: object) -> str:
        """Hold a value against the answer's type and what the strategy promises.

        The answer as a text: itself if it is one, else JSON. Raises `Refused` with what is
        missing; then the steps can be gone on with.
        """
        return str(self._waited_for(self._judged(to_bytes(value, sent_back))))

    def close(self) -> None:
        """Be done. What was accepted last is the answer of the run."""
        # A run that an error ended has closed its loop already.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.done.set)

    def _waited_for(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    async def _called(self, name: str, body: bytes) -> bytes:
        arguments, keywords = cast(tuple[list[object], dict[str, object]], Reader().value(body))
        return to_bytes(await self._functions.call(name, arguments, keywords))

    async def _judged(self, body: bytes) -> str:
        acceptance = self._acceptance
        await acceptance.judge(Reader().value(body), ready=False)
        made = acceptance.so_far
        if made is None:
            raise Refused(f"this is no answer. {acceptance.problem or 'It is empty.'}")
        unmet = await acceptance.verdict(made)
        if unmet:
            raise Refused(remarks.unmet(unmet))
        self.accepted = made
        answer = (await as_answer(made, acceptance.returns)).value
        if isinstance(answer, str):
            return answer
        return json.dumps(answer, ensure_ascii=False, default=as_text)
