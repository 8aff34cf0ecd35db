"""A strategy's steps in the hands of a root that another program runs.

That program has its own loop, REPL and models for its root. The steps run here: with the
models, the journal, the limits and the ledger of the run, which ends when the other program
is done.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from msgspec import Raw

from rlmflow.functions import as_text
from rlmflow.runtime.events import ItemFailed
from rlmflow.runtime.execute import Execution
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
from rlmflow.runtime.root.crossing import Crossing, bare
from rlmflow.runtime.root.functions import ChildTask, Functions
from rlmflow.runtime.root.guided import documents_of, given_to, named_apart, names_of, shapes_of
from rlmflow.runtime.root.roots import improvised
from rlmflow.runtime.root.usage import ROOT
from rlmflow.runtime.running import Running
from rlmflow.runtime.stepwise import Stepwise
from rlmflow.targets.prompt import Shape
from rlmflow.targets.repl_names import first_input

_NEVER_ACCEPTED = "the root was done before an answer of its was accepted"


class _NoChildren:
    """Roots below a root are the other program's matter."""

    async def ask(self, _: Sequence[ChildTask], /) -> Sequence[str | Failure]:
        raise Refused("no root can be started from here")


class _Lists(ItemReader):
    """Makes a list of a list: code of others may want to write it as JSON, or change it."""

    def _items(self, parts: list[Raw]) -> Any:
        return [self.read(part) for part in parts]


@dataclass
class Handed:
    """Carries a job out at the pace of code that runs elsewhere. See `conduct`.

    `begun` is called once the steps can be asked for.
    """

    job: Job
    begun: Callable[[Hands], None]
    _done: asyncio.Event = field(default_factory=asyncio.Event)
    _accepted: Made | None = None

    async def conduct(self, running: Running, budget: Budget) -> Made | None:
        """Serve the steps until `close` is called; then what was accepted. Raises `Unanswered`."""
        main = self.job.main
        again = Execution(running, main, improvised(budget))
        execution = Execution(running, main, budget)
        stepwise = await Stepwise.of(running, execution, self.job.arguments(), again)
        contract = running.contract
        assert contract is not None
        given = await given_to(main, stepwise)
        first = first_input(main)
        documents = documents_of(given[first.name]) if first else []
        crossing = Crossing(documents)
        self.begun(
            Hands(
                Functions(crossing, None, _NoChildren(), stepwise),
                Acceptance(main.returns, crossing, contract.unmet),
                self,
                tuple(named_apart([(one.name, one.text) for one in documents])),
                shapes_of(main, given),
                {n: bare(one) for n, one in given.items() if n not in shapes_of(main, given)},
                dict(names_of(main, given, crossing)),
                stepwise.step_names,
                asyncio.get_running_loop(),
            )
        )
        await self._done.wait()
        if self._accepted is None:
            running.tell(ItemFailed(ROOT, ROOT, None, _NEVER_ACCEPTED))
        return self._accepted

    def accept(self, made: Made) -> None:
        self._accepted = made

    def close(self) -> None:
        """The other program is done."""
        self._done.set()


@dataclass
class Hands:
    """What is handed over: the steps, and whether an answer is one, asked from any thread.

    `documents`: the texts of the first input, by name. `shapes`: the sizes of all inputs.
    `values`: the other parameters'. `variables`: what all of them but the first input are in
    a REPL, as it is sent there.
    """

    functions: Functions
    acceptance: Acceptance
    handed: Handed
    documents: Sequence[tuple[str, str]]
    shapes: Mapping[str, Shape]
    values: Mapping[str, object]
    variables: Mapping[str, object]
    step_names: tuple[str, ...]
    loop: asyncio.AbstractEventLoop

    def __post_init__(self) -> None:
        self._items = _Lists([text for _, text in self.documents])

    @property
    def context(self) -> str | dict[str, str]:
        """The first input, as `context` holds it in a REPL."""
        named = dict(self.documents)
        return next(iter(named.values())) if len(named) == 1 else named

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters but for the first input, by the names of their variables."""
        return {name: self._items.read(to_bytes(v)) for name, v in self.variables.items()}

    @property
    def steps(self) -> Steps:
        """The steps as code in a REPL has them: `steps.found()`."""
        return Steps(self.ask, self.step_names)

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
        self.loop.call_soon_threadsafe(self.handed.close)

    def _waited_for(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    async def _called(self, name: str, body: bytes) -> bytes:
        arguments, keywords = cast(tuple[list[object], dict[str, object]], Reader().value(body))
        return to_bytes(await self.functions.call(name, arguments, keywords))

    async def _judged(self, body: bytes) -> str:
        acceptance = self.acceptance
        await acceptance.judge(Reader().value(body), ready=False)
        made = acceptance.so_far
        if made is None:
            raise Refused(f"this is no answer. {acceptance.problem or 'It is empty.'}")
        unmet = await acceptance.verdict(made)
        if unmet:
            raise Refused(remarks.unmet(unmet))
        self.handed.accept(made)
        answer = (await as_answer(made, acceptance.returns)).value
        if isinstance(answer, str):
            return answer
        return json.dumps(answer, ensure_ascii=False, default=as_text)
