"""A run before it begins: a strategy with all that it needs, and how it is to be carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rlmflow.diagnostics.model import Diagnostic
from rlmflow.graph.model import Choice, Graph, Limits, Operation, Program, StrategyGraph
from rlmflow.journal.journal import JournalUse
from rlmflow.models._protocol import Model
from rlmflow.operators._operator import Call
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.clock import Surroundings
from rlmflow.runtime.names import Made
from rlmflow.runtime.python_files import NO_FILES, PythonFiles
from rlmflow.runtime.root.guided import Mode
from rlmflow.runtime.root.settings import RootSettings
from rlmflow.runtime.running import Observer
from rlmflow.runtime.schedule.pace import Pacing
from rlmflow.runtime.tools.servers import Servers
from rlmflow.types import DocumentType
from rlmflow.values import Corpus, Document, Item, Stream, whole_part

DEFAULT_WIDTH = 32


@dataclass(frozen=True)
class Job:
    """A strategy with everything it needs to run.

    `corpora` and `values`: the arguments, by parameter. `models`: by role. `limits`:
    further limits from whoever runs it. `width`: the most calls at a time. `limit`:
    how many items each step that asks a model takes, for a trial; None for all.
    `files`: the Python functions that the program needs, imported. `servers`: those of
    tools that it names, which live as long as the run.
    `reader`: answers calls in place of the models, by role and call, where it is given.
    `observe`: is told what each step was given and made.
    `mode`: who carries it out. `root`: how roots work, None where none can. `played`: in
    steps that have a root work, the operator's ideal program stands for its model.
    `pacing`: what a model, or all of a provider, allows, by its name. `journal`: where what
    models reply is kept, None where it is not. `findings`: what was seen of it on the way.
    `explains`: whether its forecast is to say why something is asked again.
    """

    program: Program
    corpora: Mapping[str, Corpus]
    values: Mapping[str, object]
    models: Mapping[str, Model]
    limits: Limits = field(default_factory=Limits)
    width: int = DEFAULT_WIDTH
    limit: int | None = None
    surroundings: Surroundings = field(default_factory=Surroundings)
    reader: Callable[[str, Call], Model] | None = None
    files: PythonFiles = NO_FILES
    observe: Observer | None = None
    mode: Mode = "plan"
    root: RootSettings | None = None
    played: bool = False
    servers: Servers = field(default_factory=Servers)
    pacing: Mapping[str, Pacing] = field(default_factory=dict)
    journal: JournalUse | None = None
    findings: tuple[Diagnostic, ...] = ()
    explains: bool = False

    @property
    def documents(self) -> list[Document]:
        """The documents of all its corpora."""
        return [document for corpus in self.corpora.values() for document in corpus.documents]

    def model_of(self, role: str, call: Call) -> Model:
        """The model that a call of a step with this role asks."""
        return self.reader(role, call) if self.reader else self.models[role]

    @property
    def main(self) -> StrategyGraph:
        return self.program.strategies[self.program.main]

    def arguments(self) -> dict[str, Made]:
        """The arguments as values with provenance, anew for each run. Raises `Unanswered`."""
        types = {parameter.name: parameter.type for parameter in self.main.parameters}
        made: dict[str, Made] = {}
        for name, corpus in self.corpora.items():
            items = [
                Item(whole_part(document), name, number, (document.whole,))
                for number, document in enumerate(corpus.documents)
            ]
            made[name] = Stream.of(items)
            if isinstance(types[name], DocumentType):
                made[name] = _only(items, name)
        return made | {name: Item(value, name) for name, value in self.values.items()}


def _only(items: Sequence[Item], parameter: str) -> Item:
    if len(items) != 1:
        raise Unanswered(f"`{parameter}` is one document, and the input has {len(items):,}")
    return items[0]


def roles(program: Program) -> set[str]:
    """The roles of models that a program's steps ask."""
    return {role for call in calls(program) for role in call.roles}


def calls(program: Program) -> Iterator[Call]:
    """The calls of operators in all strategies of a program."""
    for strategy in program.strategies.values():
        yield from _calls(strategy.graph)


def _calls(graph: Graph) -> Iterator[Call]:
    for node in graph:
        if isinstance(node, Operation):
            yield node.call
        if isinstance(node, Choice):
            for arm in node.graphs:
                yield from _calls(arm)
