"""What stands behind the names in the REPL: models, child roots, the steps of the strategy.

The worker has tested what code passes; here it is tested again where it matters, since
a worker may be taken over by the code that it runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import signature
from typing import NamedTuple, Protocol

from rlmflow.graph.model import ANSWER
from rlmflow.operators._step import Result, Shown, Unanswered
from rlmflow.runtime.names import Made
from rlmflow.runtime.repl.session import Refused
from rlmflow.runtime.repl.wire import Failure, Sent, SentList
from rlmflow.runtime.root.crossing import Crossing, FailedResult
from rlmflow.runtime.root.sub_calls import SubCalls
from rlmflow.runtime.stepwise import Stepwise
from rlmflow.values import Item, Stream

_MAKER = "repl"


class ChildTask(NamedTuple):
    """What a child root is to do, and the texts that it is given, by name."""

    task: str
    texts: tuple[tuple[str, str], ...]


class Children(Protocol):
    """Starts the roots below one."""

    async def ask(self, tasks: Sequence[ChildTask]) -> Sequence[str | Failure]:
        """The answer to each task, or a `Failure`. Raises `Refused`."""
        ...


@dataclass
class Functions:
    """The host of one root's REPL. `subs` None: no sub-model is bound. See `Host`."""

    crossing: Crossing
    subs: SubCalls | None
    children: Children
    stepwise: Stepwise | None = None
    _complements: dict[str, Mapping[str, Stream]] = field(default_factory=dict)

    async def call(
        self,
        name: str,
        arguments: Sequence[object],
        keywords: Mapping[str, object],
        occasion: int = 0,
    ) -> object:
        """Answer a call of code in the REPL. Raises `Refused`."""
        functions: Mapping[str, Callable[..., Awaitable[object]]] = {
            "llm_query": partial(self._llm_query, occasion),
            "llm_batch": partial(self._llm_batch, occasion),
            "rlm_query": self._rlm_query,
            "rlm_batch": self._rlm_batch,
            "step": self._step,
        }
        if name not in functions:
            raise Refused(f"there is no function {name}")
        try:
            signature(functions[name]).bind(*arguments, **keywords)
        except TypeError as error:
            raise Refused(f"{name}: {error}") from None
        try:
            return await functions[name](*arguments, **keywords)
        except FailedResult as failed:
            raise Refused(f"{name} was given a failed result: {failed}") from None

    @property
    def _sub_model(self) -> SubCalls:
        if self.subs is None:
            raise Refused("no sub-model is bound in this run: bind one with `--sub`")
        return self.subs

    async def _llm_query(self, occasion: int, prompt: object, *, items: object = None) -> object:
        text = self._text(prompt, "the prompt")
        if items is None:
            return await self._sub_model.prompt(text, (occasion, 0))
        return self._sent(await self._sub_model.together(text, self._shown(items), occasion))

    async def _llm_batch(self, occasion: int, prompts: object, *, items: object = None) -> object:
        if items is not None:
            instruction = self._text(prompts, "the instruction")
            replies = await self._sub_model.items(instruction, self._shown(items), occasion)
            return SentList(tuple(self._sent(reply) for reply in replies))
        if not isinstance(prompts, list):
            raise Refused("llm_batch takes a list of prompts, or an instruction and items=")
        texts = [self._text(one, f"prompt {n}") for n, one in enumerate(prompts, start=1)]
        return await self._sub_model.prompts(texts, occasion)

    def _sent(self, reply: Item | Failure) -> Sent | Failure:
        return reply if isinstance(reply, Failure) else self.crossing.item_sent(reply)

    def _shown(self, items: object) -> list[Shown]:
        if not isinstance(items, list):
            raise Refused("items= takes a list")
        return [self.crossing.shown(one, _MAKER, number) for number, one in enumerate(items)]

    def _text(self, value: object, what: str) -> str:
        plain = self.crossing.plain(value)
        if not isinstance(plain, str):
            raise Refused(f"{what} must be a str")
        return plain

    async def _rlm_query(self, task: object, context: object) -> object:
        (answer,) = await self._rlm_batch([[task, context]])
        return answer

    async def _rlm_batch(self, tasks: object) -> list[object]:
        if not isinstance(tasks, list):
            raise Refused("rlm_batch takes a list of pairs of task and context")
        return list(await self.children.ask([self._task(one) for one in tasks]))

    def _task(self, pair: object) -> ChildTask:
        if not isinstance(pair, list) or len(pair) != 2:
            raise Refused("a task must be a pair of task and context")
        return ChildTask(self._text(pair[0], "the task"), tuple(self._texts(pair[1])))

    def _texts(self, context: object) -> Iterator[tuple[str, str]]:
        """What a child is given to read: a text, or texts by name, or a list of them."""
        if isinstance(context, dict):
            named = list(context.items())
        elif isinstance(context, list):
            width = len(str(len(context)))
            named = [(f"{n:0{width}}", value) for n, value in enumerate(context, start=1)]
        else:
            named = [("context", context)]
        for name, value in named:
            yield name, self._text(value, "each text of a context")

    async def _step(
        self, name: object, items: object = None, *, complement: object = None
    ) -> object:
        if self.stepwise is None:
            raise Refused("there are no steps here")
        if not isinstance(name, str) or name not in (*self.stepwise.step_names, ANSWER):
            raise Refused(f"there is no step {name!r:.80}")
        try:
            if complement is not None:
                return await self._complement(self.stepwise, name, str(complement))
            if items is None:
                whole = name == ANSWER
                made = await (self.stepwise.answer() if whole else self.stepwise.value(name))
            else:
                made = await self._over(self.stepwise, name, items)
            return await self.crossing.sent(made)
        except LookupError as error:
            raise Refused(str(error)) from None
        except Unanswered as reason:
            return Failure(str(reason))

    async def _over(self, stepwise: Stepwise, name: str, items: object) -> Made:
        made = await stepwise.over(name, Stream.of(self.crossing.items_of(items, _MAKER)))
        if isinstance(made, Result):
            self._complements[name] = made.complements
            return made.main
        return made

    async def _complement(self, stepwise: Stepwise, name: str, complement: str) -> object:
        """What a step left aside: of its last run over other items, if there was one."""
        found = self._complements.get(name, {}).get(complement)
        if found is None:
            found = await stepwise.complement(name, complement)
        if found is None:
            raise Refused(f"`{name}` has no `.{complement}`")
        return await self.crossing.sent(found)
