"""What a caller may take from the clauses of a strategy that it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rlmflow.graph.model import Clause, Program
from rlmflow.operators._operator import ALL, SOME, Facts, Path
from rlmflow.proof.chart import ITEM, Feed
from rlmflow.proof.flows import Flow, Flows
from rlmflow.syntax import ast

COVERS, KEEPS, ONCE, GROUNDED = "covers", "keeps", "once", "grounded"


@dataclass(frozen=True)
class Known:
    """What is known of a program's strategies while one of them is charted.

    `opaque`: those that are known by their clauses alone, since they come back to
    themselves. `promised`: for each strategy the clauses that count.
    """

    program: Program
    opaque: frozenset[str]
    promised: Mapping[str, Sequence[Clause]]

    def feed(self, feed: Feed, strategy: str, parameter: str) -> Feed:
        """The feed of a strategy's parameter, by what its clauses say of that.

        Covers is reading, keeps keeping, once being there at most once; what no clause
        says does not hold.
        """
        said = list(self._of_parameter(strategy, parameter))
        wholly = {kind for kind, path in said if not path}
        shown = tuple(Flow(ITEM._replace(path=path)) for kind, path in said if kind == COVERS)
        facts = Facts(
            reads=ALL if shown else SOME,
            keeps=ALL if KEEPS in wholly else SOME,
            once=ONCE in wholly,
            text=feed.facts.text,
            items=feed.facts.items,
        )
        return replace(
            feed,
            facts=facts,
            shown=Flows(shown),
            grounded=GROUNDED in wholly,
            promise=(strategy, parameter),
        )

    def _of_parameter(self, strategy: str, parameter: str) -> Iterator[tuple[str, Path]]:
        for clause in self.promised.get(strategy, ()):
            name, path = subject_path(clause.subject)
            if name == parameter:
                yield clause.kind, path


def subject_path(subject: ast.Expression) -> tuple[str, Path]:
    """The name that a clause's subject begins at, and the chain of fields after it."""
    path: list[str] = []
    while isinstance(subject, ast.Field):
        path.insert(0, subject.name.text)
        subject = subject.value
    return (subject.name if isinstance(subject, ast.Reference) else ""), tuple(path)
