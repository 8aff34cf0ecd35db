"""Looks for an input that a strategy loses, for as long as it may, and makes it small."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from math import inf
from random import Random

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Flaky, Unsatisfiable
from hypothesis.strategies import SearchStrategy

from rlmflow.graph.model import Limits, Program
from rlmflow.hunt.checks import Finding, Seen, findings
from rlmflow.hunt.counterexample import as_test
from rlmflow.hunt.faults import FAULTS, faulty
from rlmflow.hunt.inputs import Case, NoCase, calls_in, cases
from rlmflow.hunt.reader import Answers, perfect
from rlmflow.hunt.verdicts import Hunting
from rlmflow.hunt.watch import watched
from rlmflow.models._protocol import Model, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.operators._operator import Call
from rlmflow.runtime.clock import NoWaiting, Surroundings
from rlmflow.runtime.python_files import NO_FILES, PythonFiles
from rlmflow.runtime.run import Job, forecast
from rlmflow.schema import validated
from rlmflow.values import Corpus, Document

_BATCH = 20
_SHRINKING = 0.5
# Of one case: the seconds, and the calls of each of its runs.
_LONGEST = 2.0
_CALLS = Limits(calls=400)


@dataclass(frozen=True)
class Caught:
    """A finding with the smallest case that shows it, and a test of that case as text."""

    finding: Finding
    case: Case
    test: str


@dataclass(frozen=True)
class Hunted:
    """What a hunt came to: nothing caught in so many cases, or one catch.

    `not_hunted` says why a strategy can't be hunted, where it can't.
    """

    cases: int = 0
    caught: Caught | None = None
    not_hunted: str | None = None


class _OutOfTime(Exception):
    """No case is tried any more."""


@dataclass
class _Hunt:
    """One hunt under way. `now` is a clock in seconds, `until` when to stop.

    One `loop` serves all cases: to make one, and to watch for an interrupt in it, would
    take as long as a small case does.
    """

    program: Program
    files: PythonFiles
    loop: asyncio.AbstractEventLoop
    now: Callable[[], float]
    until: float
    cases: int = 0
    caught: tuple[Finding, Seen] | None = None
    trying: asyncio.Task[Seen] | None = None
    interrupted: bool = False

    def interrupt(self, *_: object) -> None:
        """End the case that is being tried, with all that it has under way.

        Raises `KeyboardInterrupt` where there is none, and where it does not end: at the
        second signal.
        """
        if self.interrupted or self.trying is None or self.trying.done():
            raise KeyboardInterrupt
        self.interrupted = True
        self.loop.call_soon_threadsafe(self.trying.cancel)

    def tried(self, case: Case) -> bool:
        """Whether a case shows nothing, or not what was caught before."""
        if self.now() > self.until:
            raise _OutOfTime
        seeing = asyncio.wait_for(_seen(self.program, case, self.files), _LONGEST)
        self.trying = self.loop.create_task(seeing)
        try:
            seen = self.loop.run_until_complete(self.trying)
        except TimeoutError:
            # What takes so long is no small input, and others are waiting.
            return True
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        if self.interrupted:
            raise KeyboardInterrupt
        self.cases += 1
        kind = self.caught[0].kind if self.caught else None
        for finding in findings(seen):
            if kind in (None, finding.kind):
                if self.caught is None:
                    # What is left of the time goes into making the case small.
                    self.until = self.now() + max(1.0, _SHRINKING * (self.until - self.now()))
                if self.caught is None or _size(case) <= _size(self.caught[1].case):
                    self.caught = finding, seen
                return False
        return True


def hunt(program: Program, how: Hunting, files: PythonFiles = NO_FILES) -> Hunted:
    """Hunt for an input that the main strategy of a program loses.

    The same seed tries the same cases in the same order, until the time is up.
    """
    if why := _why_not(program):
        return Hunted(not_hunted=why)
    try:
        made_up = cases(program)
    except NoCase as none:
        return Hunted(not_hunted=str(none))
    with closing(asyncio.new_event_loop()) as loop:
        under_way = _Hunt(program, files, loop, how.now, how.now() + how.budget)
        with _interruptible(under_way):
            _try_batches(under_way, made_up, how)
    if under_way.caught is None:
        return Hunted(under_way.cases)
    finding, seen = under_way.caught
    return Hunted(under_way.cases, Caught(finding, seen.case, _test_of(finding, seen)))


@contextmanager
def _interruptible(under_way: _Hunt) -> Iterator[None]:
    """While a hunt is under way Ctrl-C ends its case first, so that nothing is left behind.

    Who ignores interrupts, as a job in the background does, or hears them in another way,
    goes on with that.
    """
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, under_way.interrupt)
    try:
        yield
    except KeyboardInterrupt:
        # What a second one tore off says nothing to anyone.
        under_way.loop.set_exception_handler(lambda *_: None)
        raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _try_batches(under_way: _Hunt, made_up: SearchStrategy[Case], how: Hunting) -> None:
    batch = how.first_seed
    while under_way.caught is None and how.now() < under_way.until:
        if how.most is not None and under_way.cases >= how.most:
            return
        _try_batch(under_way, made_up, batch)
        how.progress(under_way.cases)
        batch += 1


def _why_not(program: Program) -> str | None:
    improvising = [call for call in calls_in(program) if call.operator.ideal_program is not None]
    if improvising:
        return "a root improvises in it, so what is read is left to the run"
    return None


def _try_batch(under_way: _Hunt, made_up: SearchStrategy[Case], number: int) -> None:
    """Try some cases, all from one seed; where one shows something, make it smaller."""

    @seed(number)
    @settings(
        max_examples=_BATCH,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
    )
    @given(made_up)
    def attempt(case: Case) -> None:
        assert under_way.tried(case)

    try:
        attempt()
    except (AssertionError, _OutOfTime, Flaky, Unsatisfiable):
        # What was caught stands in `under_way`, also where time ran out while it shrank.
        return


async def _seen(program: Program, case: Case, files: PythonFiles) -> Seen:
    """The runs of a case; one that can't differ from the first is not made."""
    names = list(FAULTS)
    reader = names[case.seed % len(names)]
    perfectly = perfect(case.seed)
    job = _job(program, case, files)
    run = again = damaged = await watched(job, perfectly)
    if run.outcome.calls > 1 or files is not NO_FILES:
        again = await watched(_job(program, case, files), _shuffled(perfectly, case.seed))
    if run.outcome.calls:
        damaged = await watched(_job(program, case, files), faulty(FAULTS[reader], case.seed))
    return Seen(
        strategy=job.main,
        case=case,
        run=run,
        again=again,
        damaged=damaged,
        reader=reader,
        most_calls=await _most_calls(replace(job, reader=perfectly)),
    )


async def _most_calls(job: Job) -> int | None:
    expected = await forecast(job)
    most = expected.ceiling.calls
    return int(most) if most < inf else None


def _job(program: Program, case: Case, files: PythonFiles) -> Job:
    corpora = {name: _corpus(name, texts) for name, texts in case.texts.items()}
    types = {p.name: p.type for p in program.strategies[program.main].parameters}
    values = {name: validated(value, types[name]) for name, value in case.values.items()}
    clock = Surroundings(clock=NoWaiting())
    return Job(program, corpora, values, {}, _CALLS, width=4, surroundings=clock, files=files)


def _corpus(name: str, texts: tuple[str, ...]) -> Corpus:
    if len(texts) == 1:
        return Corpus((Document(f"{name}.txt", texts[0]),))
    numbered = enumerate(texts, start=1)
    return Corpus(tuple(Document(f"{name}-{n}.txt", text) for n, text in numbered))


def _shuffled(answers: Answers, shuffle: int) -> Answers:
    """The same answers, arriving in another order."""
    chance = Random(shuffle)

    def model_of(role: str, call: Call) -> Model:
        inner = answers(role, call)

        async def script(request: Request) -> str:
            for _ in range(chance.randint(0, 9)):
                await asyncio.sleep(0)
            return (await inner.complete(request)).text

        return ScriptedModel(script, name=inner.name)

    return model_of


def _size(case: Case) -> int:
    return sum(len(text) + 1 for texts in case.texts.values() for text in texts)


def _test_of(finding: Finding, seen: Seen) -> str:
    reader = seen.reader if finding.kind == "damage" else "perfect"
    expects = finding.expects or ('status == "complete"',)
    return as_test(seen.strategy.name, "a counterexample", seen.case, expects, reader)
