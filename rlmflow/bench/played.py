"""A root that is played: what one would write that follows the strategy, and one that has none.

The first is the program that the strategy compiles to, a block a turn. The second is a
script: a look at the input, notes on pieces of it, an answer from the notes, and a look at
that. Neither thinks. They show what a root is sent and says, not how well it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from rlmflow.api import Strategy
from rlmflow.bench.reader import NOTES
from rlmflow.bench.task import Knowledge
from rlmflow.models._protocol import Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.models.token_bounds import o200k_count
from rlmflow.targets.program import program_blocks

AT_ONCE = ":at-once"
"""At the end of its name: it runs all steps in its first reply."""
_PIECE = 12_000
_READY = 'answer["ready"] = True'
_SOLVED = """print(result)
answer["content"] = {"result": result, "method": "by sympy", "check": "none"}"""
_IMPROVISED = (
    "I look at the input first.",
    """docs = {{"input": context}} if isinstance(context, str) else context
print(type(context), len(docs), sum(len(text) for text in docs.values()))
for name, text in list(docs.items())[:3]:
    print(name, len(text), repr(text[:1500]))""",
    "It is too long for one call, so I cut it at lines and see what the pieces look like.",
    """pieces = []
for name, text in docs.items():
    piece = []
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if piece and sum(map(len, piece)) + len(line) > {piece}:
            pieces.append("".join(piece))
            piece = []
        piece.append(line)
    pieces.append("".join(piece))
print(len(pieces), "pieces of", [len(piece) for piece in pieces[:10]], "characters")
print(pieces[-1][:1000])""",
    "Now a sub-model takes notes on each piece, all in one batch.",
    """asked = "{notes} on everything here that helps to answer this: " + question
notes = llm_batch([asked + "\\n\\n" + piece for piece in pieces])
failed = [number for number, note in enumerate(notes) if not note]
print(len(notes), "notes,", len(failed), "failed")
for note in notes[:5]:
    print(str(note)[:400])""",
    "I put the notes together, and ask for the answer.",
    """joined = "\\n".join(str(note) for note in notes if note)
print(len(joined), repr(joined[:600]))
found = llm_query("These are notes on a text. Answer from them. " + question + "\\n\\n" + joined)
print(found)""",
    "I ask once more, to be sure that it comes out the same.",
    """again = llm_query("Answer from these notes, carefully. " + question + "\\n\\n" + joined)
print(str(again) == str(found), again)
answer["content"] = str(found)""",
    "The answer stands.",
    _READY,
)


@runtime_checkable
class Solver(Protocol):
    """Knowledge of how to solve what a text asks, in Python."""

    def code(self, told: str) -> str | None:
        """Code that sets `result`, from what was told; None where that is no problem."""
        ...


def played_root(strategy: Strategy, mode: str, name: str, knowledge: Knowledge) -> ScriptedModel:
    """The root for a run of a strategy in this mode. Its tokens count as `o200k_base`.

    Where the strategy's own steps ask a root, it solves what it finds in their input, if
    there is knowledge of that.
    """
    replies = improvised() if mode == "free" else guided(strategy, name.endswith(AT_ONCE))

    def script(request: Request) -> str:
        said = sum(message.role == "assistant" for message in request.messages)
        if mode == "plan" and isinstance(knowledge, Solver):
            return _solving(knowledge, said, request)
        return replies[min(said, len(replies) - 1)]

    return ScriptedModel(script, name=name, count=o200k_count)


def _solving(knowledge: Solver, said: int, request: Request) -> str:
    if said == 0:
        return _fenced("", "print(context)")
    code = knowledge.code(request.messages[-1].content)
    return _fenced("", f"{code}\n{_SOLVED}" if code else _READY)


def guided(strategy: Strategy, at_once: bool = False) -> list[str]:
    """What a root says that follows the strategy: a step a turn, or all of them in one."""
    *steps, ready = (_fenced("", block) for block in program_blocks(strategy.program))
    return ["\n\n".join(steps), ready] if at_once else [*steps, ready]


def improvised() -> list[str]:
    """What a root says that was told the question alone."""
    said = [text.format(piece=_PIECE, notes=NOTES) if n % 2 else text for n, text in _turns()]
    return [_fenced(words, code) for words, code in zip(said[::2], said[1::2], strict=True)]


def _turns() -> Sequence[tuple[int, str]]:
    return list(enumerate(_IMPROVISED))


def _fenced(words: str, code: str) -> str:
    return f"{words}\n\n```repl\n{code}\n```".lstrip()
