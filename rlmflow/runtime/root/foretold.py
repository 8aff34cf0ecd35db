"""What roots will use, as far as that can be said: an estimate, and a bound that holds.

How many turns a root takes, and what its code asks, is for the root to decide. So the
clean figure is that of a root which does what its ideal program would, and the ceiling
is every turn and every call that it is allowed, each at its worst.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from rlmflow.graph.model import Limits
from rlmflow.models._protocol import Message, Model
from rlmflow.runtime.calling import Repeats
from rlmflow.runtime.execute import Execution
from rlmflow.runtime.forecast import Chosen, StepForecast
from rlmflow.runtime.limits import Budget, Cost
from rlmflow.runtime.names import Made
from rlmflow.runtime.planning.amount import Amount, priced
from rlmflow.runtime.planning.typical import typical
from rlmflow.runtime.root import remarks
from rlmflow.runtime.root.exploring import caller_of, prompt_of
from rlmflow.runtime.root.guided import Mode, given_to, shapes_of, strategy_prompt
from rlmflow.runtime.root.roots import MOST_CALLS, RETRIES, SUB, Roots, reply_tokens, room
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
        self.code(step.name, roots, calls, sum(sizes), Amount())
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
            self.code(ROOT, self.roots, ceil(size / _PIECE) + 1, size, Amount())

    def code_beside(self, steps: Mapping[str, StepForecast]) -> None:
        """Foretell what a root's code may ask beside these steps, which it can run again."""
        worst = Amount()
        for one in steps.values():
            worst = worst.or_more(one.largest)
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
        clean = _cost(model, few, few * start + grown, few * min(_TOKENS_OF_REPLY, reply))
        calls = turns + repeats.most(turns)
        largest = max(start, room(model, reply))
        most = priced(model.price, calls, calls * largest, calls * reply, largest)
        self._add(step, ROOT, model, clean, most)

    def code(self, step: str, roots: Roots, calls: int, characters: int, worst: Amount) -> None:
        """Foretell what a root's code asks: so many calls, over so many characters.

        `worst`: what one call that it can lead to may cost, beside those to the sub-model
        and to roots below.
        """
        model = roots.sub
        if model is None:
            return
        tokens = characters // _BYTES_A_TOKEN + calls * _TOKENS_OF_QUESTION
        clean = _cost(model, calls, tokens, calls * _TOKENS_OF_FINDING)
        one = priced(model.price, 1, model.window or MOST_BYTES, REPLY_TOKENS)
        worst = worst.or_more(one)
        for level in range(1, roots.settings.depth + 1):
            below = roots.model_at(level)
            reply = reply_tokens(below)
            worst = worst.or_more(priced(below.price, 1, room(below, reply), reply))
        most = MOST_CALLS if self.limits.calls is None else self.limits.calls
        worst = replace(worst, calls=1)
        self._add(f"{step}/llm", SUB, model, clean, worst.repeated(most))

    def _add(self, step: str, role: str, model: Model, clean: Cost, ceiling: Amount) -> None:
        before = self.steps.get(step)
        if before is not None:
            clean, ceiling = before.clean + clean, before.ceiling + ceiling
        ceiling = ceiling.within(self.limits)
        self.steps[step] = StepForecast(
            model.name,
            clean,
            ceiling,
            model.rate,
            calls=(0, ceiling.calls),
            priced=model.price is not None,
            depth=min(clean.calls, self.roots.settings.turns),
            chosen=Chosen(role),
        )


def _cost(model: Model, calls: int, tokens_in: int, tokens_out: int) -> Cost:
    usd = priced(model.price, calls, tokens_in, tokens_out, tokens_in // max(calls, 1)).usd
    return Cost(calls, tokens_in, tokens_out, usd)
