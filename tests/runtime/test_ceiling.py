"""No run passes its ceiling, whatever the input is and the models reply; step by step.

The limits of the strategies are taken away first, so that the ceilings are those that
follow from what operators declare.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from proof.test_corpus import SOUND
from proof.test_proofs_and_runs import EXPLORES, NEW, OLD

from rlmflow.compile_file import compile_file, program_in
from rlmflow.compiler import compile_source
from rlmflow.graph.model import Limits, Program
from rlmflow.hunt.faults import reader
from rlmflow.hunt.inputs import Case, calls_in, cases
from rlmflow.hunt.reader import MarkerReader, as_reply
from rlmflow.models._protocol import Message, Model, ModelFailure, Price, Reply, Request, Usage
from rlmflow.models.scripted import ScriptedModel
from rlmflow.models.token_bounds import byte_bound, o200k_count, request_tokens
from rlmflow.operators._call import Call
from rlmflow.runtime.clock import NoWaiting, Surroundings
from rlmflow.runtime.events import CallDone, Event
from rlmflow.runtime.forecast import Forecast
from rlmflow.runtime.limits import Cost
from rlmflow.runtime.run import Job, forecast, run
from rlmflow.schema import validated
from rlmflow.source import Source
from rlmflow.testing import compiled
from rlmflow.types import BOOL, CORPUS
from rlmflow.values import Corpus, Document

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "examples").glob("*.rlm"), *(ROOT / "stdlib").glob("*.rlm")])
READERS = ("perfect", "skipping", "truncating", "talking", "silent", "mistyping", "refusing")
PRICE = Price(3e-7, 1.1e-6, above=300, long=(1e-5, 9e-5))

Count = Callable[[Sequence[Message]], int]


@dataclass
class Held:
    """A model as an endpoint would have it: it counts tokens, holds to the cap, and breaks.

    One call in `breaks` (none, where it is 0) is lost on the way, and paid for.
    """

    inner: Model
    count: Count
    breaks: int
    calls: int = 0
    name: str = "held"
    identity: str = "held"
    window: int | None = None
    price: Price | None = PRICE
    rate: None = None
    structured: bool = True
    tools: bool = True
    small: bool = False

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return self.count(messages)

    async def complete(self, request: Request) -> Reply:
        self.calls += 1
        tokens_in = request_tokens(self, request)
        if self.breaks and self.calls % self.breaks == 0:
            raise ModelFailure("server", "lost", again=True, usage=Usage(tokens_in, 0))
        reply = await self.inner.complete(request)
        tokens = len(reply.text.encode("utf-8", "surrogatepass")) // 4 + 1
        if tokens > request.max_output:
            most = Usage(tokens_in, request.max_output)
            raise ModelFailure("cut-off", "too long", again=False, usage=most)
        return Reply(reply.text, Usage(tokens_in, tokens), reply.tool_calls)

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""


def generous(seed: int) -> Callable[[str, Call], Model]:
    """Replies with as much as the form and the cap allow: many items, long texts."""

    def model_of(role: str, call: Call) -> Model:
        return ScriptedModel(lambda request: as_reply(_full(request, seed)))

    return model_of


def _full(request: Request, seed: int) -> object:
    said = "\n".join(message.content for message in request.messages)
    lots = crc32(f"{seed}:{said}".encode("utf-8", "surrogatepass"))
    room = 4 * request.max_output - 400
    if request.schema is None:
        return ("a long word or two " * (room // 19 + 1))[: max(1, room * (lots % 7) // 7)]
    properties: Mapping[str, Any] = request.schema["properties"]  # type: ignore[assignment]
    made = MarkerReader(lots).value(request.schema, said[-200:])
    if set(properties) == {"items"} and isinstance(made, dict):
        (one,) = made["items"]
        size = len(json.dumps(one)) + 2
        made["items"] = [one] * max(1, room * (lots % 7) // 7 // size)
    return made


def unlimited(program: Program) -> Program:
    """The same program with no limits but those of recursion."""
    strategies = {
        name: replace(strategy, limits=Limits(levels=strategy.limits.levels))
        for name, strategy in program.strategies.items()
    }
    return replace(program, strategies=strategies)


def held_to(
    program: Program, corpora: Mapping[str, Corpus], values: Mapping[str, object], how: How
) -> None:
    """Runs a program and holds it to its ceiling, in all and by step."""
    answers = generous(how.seed) if how.reader == "generous" else reader(how.reader, how.seed)

    def model_of(role: str, call: Call) -> Model:
        return Held(answers(role, call), how.count, how.breaks)

    clock = Surroundings(clock=NoWaiting())
    most = Limits(calls=300)
    job = Job(program, corpora, values, {}, width=4, surroundings=clock, reader=model_of)
    used: dict[str, Cost] = defaultdict(Cost)

    def hear(event: Event) -> None:
        if isinstance(event, CallDone) and event.charged:
            used[event.step] += Cost(1, event.tokens_in, event.tokens_out, event.usd)

    async def both() -> tuple[Forecast, Cost]:
        foretold = await forecast(job)
        # A run that would take long is cut short, and holds to the ceiling all the same.
        outcome = await run(replace(job, limits=most), [hear])
        return foretold, outcome.spent

    foretold, spent = asyncio.run(both())
    below(spent, foretold.ceiling)
    by_step: dict[str, list[Any]] = defaultdict(list)
    for name, step in foretold.steps.items():
        by_step[name.rpartition(".")[2]].append(step.ceiling)
    for name, cost in used.items():
        below(cost, sum(by_step[name][1:], by_step[name][0]))


def below(spent: Cost, ceiling: Any) -> None:
    assert spent.calls <= ceiling.calls
    assert spent.tokens_in <= ceiling.tokens_in
    assert spent.tokens_out <= ceiling.tokens_out
    assert spent.usd <= ceiling.usd + Decimal("1e-9")


@dataclass(frozen=True)
class How:
    """Who answers, how tokens are counted, and which call in how many is lost."""

    reader: str
    seed: int
    count: Count
    breaks: int


hows = st.builds(
    How,
    st.sampled_from([*READERS, "generous", "generous"]),
    st.integers(0, 9),
    st.sampled_from([byte_bound, o200k_count]),
    st.sampled_from([0, 0, 2, 3, 7]),
)


def corpus_of(name: str, texts: Sequence[str]) -> Corpus:
    return Corpus(tuple(Document(f"{name}-{n}.txt", text) for n, text in enumerate(texts)))


def hunted(path: Path) -> bool:
    program = program_in(compile_file(path), path)
    return not any(call.operator.ideal_program for call in calls_in(program))


STRATEGIES = [path for path in FILES if hunted(path)]


def law_of_strategy(path: Path, examples: int) -> None:
    program = unlimited(program_in(compile_file(path), path))
    types = {p.name: p.type for p in program.strategies[program.main].parameters}

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(program), how=hows)
    def law(case: Case, how: How) -> None:
        corpora = {name: corpus_of(name, texts) for name, texts in case.texts.items()}
        values = {name: validated(value, types[name]) for name, value in case.values.items()}
        held_to(program, corpora, values, how)

    law()


CHUNKS = [chunk for chunk in SOUND if EXPLORES not in chunk.text]


def law_of_chunks(examples: int) -> None:
    """Programs with matches, calls, recursion and complements, over the same two documents."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(chunk=st.sampled_from(CHUNKS), yes=st.booleans(), how=hows)
    def law(chunk: Any, yes: bool, how: How) -> None:
        program = unlimited(compiled(chunk.text))
        parameters = program.strategies[program.main].parameters
        corpora = {p.name: corpus_of(p.name, (OLD, NEW)) for p in parameters if p.type == CORPUS}
        others = {
            p.name: yes if p.type == BOOL else "me"
            for p in parameters
            if p.name not in corpora and p.default is None
        }
        held_to(program, corpora, others, how)

    law()


@pytest.mark.parametrize("path", STRATEGIES, ids=lambda path: path.stem)
def test_no_run_of_a_strategy_passes_its_ceiling(path: Path) -> None:
    law_of_strategy(path, 4)


def test_no_run_passes_its_ceiling() -> None:
    law_of_chunks(10)


# Without repeats there is no slack: what is reckoned too low shows.
BARE = {
    "ask": 'answer ask(found) -> text "Sum up."',
    "ask of two": 'answer ask(found, found) -> text "Sum up."',
    "map of map": 'answer map(found, retries: 0) -> text "Sum up."',
    "map beside": 'answer map(docs, also: found, retries: 0) -> text "Sum up."',
    "reduce": 'answer reduce(found, width: 2, retries: 0) -> text "Sum up."',
    "fold": 'answer fold(found, from: "", retries: 0) -> text "Sum up."',
    "merge": "answer merge(found, retries: 0)",
    "merge some": "answer merge(found, near: 1, retries: 0)",
    "refine": 'answer refine(found, until: len(item) < 9, retries: 0) "Shorten."',
    "extract": 'answer extract(found, retries: 0) -> text "Which?"',
    "filter": 'answer filter(found, retries: 0) "Is it?"',
    "pairs": 'answer map(pairs(found), retries: 0) -> text "Which?"',
    "grouped": 'answer map(group(found, by: len(item) > 9), retries: 0) -> text "Which?"',
    "cut": 'answer map(chunk(found, size: 300 chars), retries: 0) -> text "Which?"',
    "each": "answer map(found, with: inner)",
}


@pytest.mark.parametrize("name", BARE)
def test_a_step_over_what_a_model_wrote_stays_below(name: str) -> None:
    inner = 'strategy inner(x: text) -> text { answer ask(x, retries: 0) -> text "Say." }'
    first = 'found = extract(docs, retries: 0, max_output: 200 tokens) -> text "Find all."'
    answer = BARE[name].replace("found) ->", "found, retries: 0) ->")
    kind = "list[text]" if answer.startswith(("answer map", "answer ex")) else "text"
    kind = "list[text]" if "merge" in name or name in ("refine", "filter") else kind
    text = f"{inner}\nstrategy s(docs: corpus) -> {kind} {{\n {first}\n {answer}\n}}"
    compilation = compile_source(Source("test.rlm", text), main="s")
    assert compilation.program is not None, compilation.diagnostics
    program = compilation.program

    @settings(
        max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(seed=st.integers(0, 99), count=st.sampled_from([byte_bound, o200k_count]))
    def law(seed: int, count: Count) -> None:
        how = How("generous", seed, count, 0)
        held_to(program, {"docs": corpus_of("d", (OLD, NEW, OLD))}, {}, how)

    law()


@pytest.mark.long
@pytest.mark.parametrize("path", STRATEGIES, ids=lambda path: path.stem)
def test_no_run_of_a_strategy_passes_its_ceiling_on_many_inputs(path: Path) -> None:
    law_of_strategy(path, 8)


@pytest.mark.long
def test_no_run_of_many_passes_its_ceiling() -> None:
    law_of_chunks(40)
