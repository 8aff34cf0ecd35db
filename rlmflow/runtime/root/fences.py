"""The code in a root model's reply: every fence of a common tag, whole.

Fences follow CommonMark (a run of at least three backticks or tildes, closed by a run
at least as long), but for one thing: a line that stands in a triple-quoted string of
the code closes nothing, so that code may write about fences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent

TAGS = frozenset({"", "repl", "python", "python3", "py", "py3", "ipython", "pycon", "code"})
_MADE_UP = frozenset({"output", "out", "stdout", "result", "results", "console"})

_OPENING = re.compile(r"^([ \t]*)(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*$", re.MULTILINE)
_THINKING = re.compile(r"\A\s*<(think|thinking)>.*?</\1>", re.DOTALL)
# What of Python may hold a line that looks like a fence, or a quote that opens nothing.
_SKIPPED = (
    r'"""(?:[^\\]|\\.)*?"""',
    r"'''(?:[^\\]|\\.)*?'''",
    r"\#[^\n]*",
    r'"(?:[^"\\\n]|\\.)*"',
    r"'(?:[^'\\\n]|\\.)*'",
)


@dataclass(frozen=True)
class Code:
    """What of a reply is to be run, in order, and what is wrong with its form.

    `unclosed`: the last block had no closing fence. `unknown`: tags of fences that are
    not run. `made_up`: the reply holds what pretends to be output.
    """

    blocks: tuple[str, ...]
    unclosed: bool = False
    unknown: tuple[str, ...] = ()
    made_up: bool = False


def code_of(reply: str) -> Code:
    """The blocks of code in a reply. What a model thought aloud before it is left out."""
    text = _THINKING.sub("", reply)
    blocks: list[str] = []
    unknown: list[str] = []
    at, closed = 0, True
    while (opening := _OPENING.search(text, at)) is not None:
        code, at, closed = _block(text, opening)
        tag = opening[3].lower()
        if tag not in TAGS:
            unknown.append(tag)
        elif code.strip():
            blocks.append(code)
    return Code(
        blocks=tuple(blocks),
        unclosed=bool(blocks) and not closed,
        unknown=tuple(tag for tag in unknown if tag not in _MADE_UP),
        made_up=any(tag in _MADE_UP for tag in unknown),
    )


def _block(text: str, opening: re.Match[str]) -> tuple[str, int, bool]:
    """The code after an opening fence, where the text goes on, and whether it was closed."""
    start = min(opening.end() + 1, len(text))
    rest = text[start:]
    for found in _ends(opening).finditer(rest):
        if found["closing"] is not None:
            return _dedented(rest[: found.start()], opening), start + found.end(), True
        if found["next"] is not None and opening[3].lower() in TAGS:
            return _dedented(rest[: found.start()], opening), start + found.start(), False
    # A fence right behind the last line is no code.
    return _dedented(rest.rstrip().removesuffix(opening[2]), opening), len(text), False


def _ends(opening: re.Match[str]) -> re.Pattern[str]:
    """What may end a block: its closing fence, or the fence with a tag that opens another."""
    fence = rf"^[ \t]*{re.escape(opening[2][0])}{{{len(opening[2])},}}[ \t]*"
    ends = (rf"(?P<closing>{fence}$)", rf"(?P<next>{fence}\w[^\n`]*$)")
    return re.compile("|".join((*_SKIPPED, *ends)), re.DOTALL | re.MULTILINE)


def _dedented(code: str, opening: re.Match[str]) -> str:
    return dedent(code) if opening[1] else code
