"""The program: the Python that a root would ideally write in the REPL, a block a step.

It uses what `repl_names` has and nothing else. Steps that an author gave no name (calls
in calls, the arms of a `match`) have no block: they run with the step that needs them.
"""

from __future__ import annotations

import re
import textwrap

from rlmflow.graph.model import ANSWER, Node, Operation, Program, StrategyGraph, Value
from rlmflow.source import Span
from rlmflow.targets.dialects import OURS, Dialect
from rlmflow.targets.repl_names import step_names, variables
from rlmflow.text.one_line import one_line
from rlmflow.types import ListType, Type

# Brackets that stand at a line's end or beginning, which on one line stand close.
_OPENED = re.compile(r"([(\[{])\s*\n\s*")
_CLOSED = re.compile(r",?\s*\n\s*([)\]}])")
_WIDTH = 88
_LONGEST_COMMENT = 400
BETWEEN = "\n\n# %%\n"
"""What stands between two blocks in a file: the mark by which editors know a cell."""


def program_blocks(program: Program, dialect: Dialect = OURS) -> tuple[str, ...]:
    """The blocks of the program's main strategy, in the order in which they run.

    A block runs one step and looks at what it gave; the last but one sets the answer, the
    last announces it.
    """
    strategy = program.strategies[program.main]
    names = variables(strategy)
    steps = (
        _block(strategy.graph[name], names[name], dialect.step(name))
        for name in step_names(strategy)
    )
    return (*steps, _answer(strategy, dialect), dialect.finish)


def program_text(program: Program, dialect: Dialect = OURS) -> str:
    """The blocks as one Python file, its cells marked."""
    return BETWEEN.join(program_blocks(program, dialect)) + "\n"


def _block(node: Node, variable: str, function: str) -> str:
    comment = _comment(_as_written(node))
    return f"{comment}{variable} = {function}()\n{_look(variable, node.type)}"


def _answer(strategy: StrategyGraph, dialect: Dialect) -> str:
    graph = strategy.graph
    written = _without_prompt(graph[ANSWER]) if ANSWER in graph else graph.result.span.text
    result, function = dialect.result, dialect.step(ANSWER)
    look = _look(result, graph.result_type)
    return f"{_comment(f'answer {written}')}{result} = {function}()\n{look}"


def _look(variable: str, type_: Type) -> str:
    """A short look at a value, which works for a failed one too."""
    if isinstance(type_, ListType):
        return f"print(len({variable}), repr({variable}[:2])[:500])"
    return f"print(repr({variable})[:500])"


def _comment(written: str) -> str:
    """The author's line as a comment of Python; of a very long one, its beginning."""
    flat = one_line(_OPENED.sub(r"\1", _CLOSED.sub(r"\1", written)), _LONGEST_COMMENT)
    wrapped = textwrap.wrap(flat, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in wrapped)


def _as_written(node: Node) -> str:
    if isinstance(node, Value):
        return node.span.text
    return f"{node.name} = {_without_prompt(node)}"


def _without_prompt(node: Node) -> str:
    """A call as its author wrote it, without its prompt: that is a text of its own."""
    prompt = node.call.prompt if isinstance(node, Operation) else None
    if prompt is None or prompt.span.source is not node.span.source:
        return node.span.text
    return Span(node.span.source, node.span.start, prompt.span.start).text
