"""What roots will use, as far as that can be said: an estimate, and a bound that holds.

How many turns a root takes, and what its code asks, is for the root to decide. So the
clean figure is that of a root which does what its ideal program would, and the ceiling
is every turn and every call that it is allowed, each at its worst.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

from rlmflow.graph.model import Limits
from rlmflow.models._protocol import Message, Model
from rlmflow.runtime.calling import Repeats
from rlmflow.runtime.execute import Execution
from rlmflow.runtime.forecast import StepForecast, typical, within
from rlmflow.runtime.limits import NOTHING, Budget, Cost
from rlmflow.runtime.names import Made
from rlmflow.runtime.root import remarks
from rlmflow.runtime.root.exploring import caller_of, prompt_of
from rlmflow.runtime.root.guided import Mode, given_to, shapes_of, strategy_prompt
from rlmflow.runtime.root.roots import MOST_CALLS, RETRIES, Roots, reply_tokens, room
from rlmflow.runtime.root.sub_calls import MOST_BYTES, REPLY_TOKENS
from rlmflow.runtime.root.usage import ROOT
from rlmflow.runtime.running import Running
from rlmflow.runtime.step import RunningStep
from rlmflow.runtime.stepwise import Stepwise
from rlmflow.targets.repl_names import step_names
from rlmflow.types import ANY
from rlmflow.values import Item, Stream

_PIECE = 8000
_BYTES_A_TOKEN = 4
# A root takes a turn to look, one to announce, and one or two for each thing it does.
_TURNS_BESIDE_STEPS = 3
_TOKENS_OF_REPLY = 300
_TOKENS_TOLD = 500
_TOKENS_OF_QUESTION = 150
_TOKENS_OF_FINDING = 200


@dataclass
class Foretold:
    """Gathers forecasts of roots by step. `limits`: of the run, which nothing exceeds.

    Stands in for what has roots work in steps: no root works, and a typical value comes out.
    """

    roots: Roots
    limits: Limits
    played: bool
    steps: dict[str, StepForecast] = field(default_factory=dict)
    priced: bool = True

    async def __call__(
        self, step: RunningStep, items: Sequence[Item], turns: int, depth: int | None
    ) -> Stream | Item:
        caller = caller_of(step)
        roots = self.roots.for_step(step, caller, depth)
        shown = [step.show(item) for item in items]
        if not self.played:
            prompt = prompt_of(step, shown, roots, turns)
            most = (step.asker.max_output if step.asker else None) or reply_tokens(caller.model)
            self._root(step.name, caller.model, prompt, turns, 1, caller.repeats, most)
        sizes = [len(piece.text) for piece in shown]
        calls = sum(ceil(size / _PIECE) for size in sizes) + 1
        self.code(step.name, roots, calls, sum(sizes), NOTHING)
        return step.item(typical(step.returns or ANY), 0, items)

    async def led(self, running: Running, arguments: Mapping[str, Made], mode: Mode) -> None:
        """Foretell the root of a whole run, beside what the strategy's steps use."""
        program = running.program
        strategy = program.strategies[program.main]
        stepwise = await Stepwise.of(
            running, Execution(running, strategy, Budget(Limits())), arguments
        )
        given = await given_to(strategy, stepwise)
        turns = self.roots.settings.turns
        prompt = strategy_prompt(self.roots, program, given, self.limits, turns, mode)
        model = self.roots.model_at(0)
        repeats = Repeats(RETRIES, pinned=False)
        steps = len(step_names(strategy)) if mode == "guided" else 1
        self._root(ROOT, model, prompt, turns, steps, repeats, reply_tokens(model))
        if mode == "free":
            size = sum(shape.characters for shape in shapes_of(strategy, given).values())
            self.code(ROOT, self.roots, ceil(size / _PIECE) + 1, size, NOTHING)

    def code_beside(self, steps: Mapping[str, StepForecast]) -> None:
        """Foretell what a root's code may ask beside these steps, which it can run again."""
        worst = NOTHING
        for one in steps.values():
            calls = max(one.ceiling.calls, 1)
            top = one.ceiling
            each = Cost(1, top.tokens_in // calls, top.tokens_out // calls, top.usd / calls)
            worst = _larger(worst, each)
        self.code(ROOT, self.roots, 0, 0, worst)

    def _root(
        self,
        step: str,
        model: Model,
        prompt: str,
        turns: int,
        tasks: int,
        repeats: Repeats,
        reply: int,
    ) -> None:
        """Foretell a root that may take so many turns, with so many things to do."""
        start = model.count_tokens([Message("system", prompt), Message("user", remarks.OPENING)])
        few = min(turns, tasks + _TURNS_BESIDE_STEPS)
        grown = sum(n * (_TOKENS_OF_REPLY + _TOKENS_TOLD) for n in range(few))
        clean = _priced(model, few, few * start + grown, few * min(_TOKENS_OF_REPLY, reply))
        calls = turns + repeats.most(turns)
        largest = max(start, room(model, reply))
        self._add(step, model, clean, _priced(model, calls, calls * largest, calls * reply))

    def code(self, step: str, roots: Roots, calls: int, characters: int, worst: Cost) -> None:
        """Foretell what a root's code asks: so many calls, over so many characters.

        `worst`: what one call that it can lead to may cost, beside those to the sub-model
        and to roots below.
        """
        model = roots.sub
        if model is None:
            return
        tokens = characters // _BYTES_A_TOKEN + calls * _TOKENS_OF_QUESTION
        clean = _priced(model, calls, tokens, calls * _TOKENS_OF_FINDING)
        worst = _larger(worst, _priced(model, 1, model.window or MOST_BYTES, REPLY_TOKENS))
        for level in range(1, roots.settings.depth + 1):
            below = roots.model_at(level)
            reply = reply_tokens(below)
            worst = _larger(worst, _priced(below, 1, room(below, reply), reply))
        most = MOST_CALLS if self.limits.calls is None else self.limits.calls
        usd = most * worst.usd
        self._add(
            f"{step}/llm",
            model,
            clean,
            Cost(most, most * worst.tokens_in, most * worst.tokens_out, usd),
        )

    def _add(self, step: str, model: Model, clean: Cost, ceiling: Cost) -> None:
        before = self.steps.get(step)
        if before is not None:
            clean, ceiling = before.clean + clean, before.ceiling + ceiling
        self.steps[step] = StepForecast(model.name, clean, within(ceiling, self.limits), model.rate)
        self.priced = self.priced and model.price is not None


def _larger(one: Cost, other: Cost) -> Cost:
    return Cost(
        1,
        max(one.tokens_in, other.tokens_in),
        max(one.tokens_out, other.tokens_out),
        max(one.usd, other.usd),
    )


def _priced(model: Model, calls: int, tokens_in: int, tokens_out: int) -> Cost:
    price = model.price
    usd = tokens_in * price.tokens_in + tokens_out * price.tokens_out if price else 0.0
    return Cost(calls, tokens_in, tokens_out, Decimal(repr(usd)))
