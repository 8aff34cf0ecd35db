"""Hunts, and remembers what came of it: a file that has not changed is not hunted again.

Nothing here imports what a hunt needs, so a remembered verdict costs next to nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rlmflow import cache
from rlmflow._lazy import heavy
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.graph.model import Program
from rlmflow.runtime.python_files import NO_FILES, PythonFiles
from rlmflow.source import Source, Span

if TYPE_CHECKING:
    from rlmflow.hunt.search import Hunted

_KINDS = {
    "facts": codes.LOSES_INPUT,
    "contract": codes.LOSES_INPUT,
    "invented": codes.INVENTS_TEXT,
    "order": codes.DEPENDS_ON_ORDER,
    "damage": codes.DAMAGE_TAKEN,
    "ceiling": codes.OVER_CEILING,
}


@dataclass(frozen=True)
class Verdict:
    """What a hunt of one strategy came to.

    `cases`: how many inputs were tried. `not_hunted`: why none could be. `remembered`:
    whether it was found in an earlier hunt of the same text.
    """

    strategy: str
    cases: int = 0
    finding: Diagnostic | None = None
    not_hunted: str | None = None
    remembered: bool = False


@dataclass(frozen=True)
class Hunting:
    """How to hunt: for at most `budget` seconds by the clock `now`, and `most` cases.

    `memory` is the folder where verdicts are kept, None for none.
    """

    now: Callable[[], float]
    budget: float
    most: int | None = None
    first_seed: int = 0
    memory: Path | None = None
    progress: Callable[[int], None] = lambda _: None


def verdicts(program: Program, how: Hunting, files: PythonFiles = NO_FILES) -> Iterator[Verdict]:
    """A verdict for each strategy that the program's own file has. The budget is shared."""
    own = [name for name, s in program.strategies.items() if s.span.source is program.source]
    share = replace(how, budget=how.budget / max(len(own), 1))
    for name in own:
        yield _verdict(replace(program, main=name), share, files)


def _verdict(program: Program, how: Hunting, files: PythonFiles) -> Verdict:
    untrusted = [function for id_, function in program.functions.items() if id_ not in files.found]
    if untrusted:
        listed = ", ".join(f"`{function.name}`" for function in untrusted)
        flag = f"--trust {untrusted[0].span.source.library}".strip()
        reason = f"it runs Python that is not trusted ({listed}); `{flag}` runs it"
        return Verdict(program.main, not_hunted=reason)
    place = how.memory / f"{_key(program, how)}.json" if how.memory else None
    known = _remembered(place, program) if place else None
    if known is not None:
        return known
    found: Hunted = heavy("rlmflow.hunt.search").hunt(program, how, files)
    verdict = Verdict(program.main, found.cases, _diagnostic(found), found.not_hunted)
    if place is not None:
        _remember(place, verdict)
    return verdict


def _diagnostic(found: Hunted) -> Diagnostic | None:
    if found.caught is None:
        return None
    finding = found.caught.finding
    return replace(
        _KINDS[finding.kind].at(finding.span, finding.message), example=found.caught.test
    )


def _sources(program: Program) -> list[Source]:
    spans = [strategy.span for strategy in program.strategies.values()]
    spans += [function.span for function in program.functions.values()]
    return list({id(s.source): s.source for s in spans}.values())


def _key(program: Program, how: Hunting) -> str:
    """Changes with the text of all files, with how long is hunted, and with the program itself."""
    own = Path(__file__).parents[1]
    stamps = sorted((str(f), f.stat().st_mtime_ns) for f in own.rglob("*.py"))
    texts = [(source.name, source.text) for source in _sources(program)]
    said = json.dumps([program.main, texts, how.budget, how.most, how.first_seed, stamps])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _remember(place: Path, verdict: Verdict) -> None:
    data = asdict(replace(verdict, finding=None))
    if verdict.finding is not None:
        span = verdict.finding.span
        spot = (span.source.name, span.start, span.end) if span else None
        finding = replace(verdict.finding, span=None)
        data["finding"] = {**asdict(finding), "span": spot}
    cache.keep(place, json.dumps(data).encode())


def _remembered(place: Path, program: Program) -> Verdict | None:
    try:
        data = json.loads(place.read_bytes())
        finding = data.pop("finding")
        if finding is not None:
            finding["span"] = _span(finding["span"], program)
            finding = Diagnostic(**{**finding, "notes": (), "path": tuple(finding["path"])})
        return replace(Verdict(**data, finding=finding), remembered=True)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _span(spot: list[object] | None, program: Program) -> Span | None:
    if spot is None:
        return None
    name, start, end = spot
    source = next(source for source in _sources(program) if source.name == name)
    return Span(source, int(str(start)), int(str(end)))
