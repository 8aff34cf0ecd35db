"""What a root model is told between its turns, beside the output of its code.

One or two lines each: every line is read, and paid for, in all turns that follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rlmflow.graph.model import Limits
from rlmflow.runtime.events import ItemFailed, ItemRejected

OPENING = "Begin with a look at what you have."
NO_CODE = (
    "There was no code in that reply, so nothing was run. Write Python in a ```repl block. "
    'When the answer stands in answer["content"], set answer["ready"] = True in a block.'
)
UNCLOSED = "The last block had no closing fence; it was run up to the end of your reply."
MADE_UP = (
    "What you wrote as output was not read: only what the REPL prints counts, and it stands above."
)
REPEATED = (
    "That reply is the one before, word for word, and so is what came of it. Do something else."
)
NOT_SEEN = (
    'Not accepted yet: answer["content"] was set in the turn that announced it, before you saw '
    'what came of it. Look at it above and below; if it is right, set answer["ready"] = True.'
)
EMPTY = 'Not accepted: answer["content"] is empty. Put the answer there first.'
READY = 'answer["ready"] = True'
NOTHING_PRINTED = "(the code ran and printed nothing)"


def example(code: str) -> str:
    """What a root that does not know how to go on might run next."""
    return f"For example:\n```repl\n{code}\n```"


def unknown_tags(tags: Iterable[str]) -> str:
    """For a reply whose only fences are of tags that are not run."""
    shown = ", ".join(f"```{tag}" for tag in dict.fromkeys(tags))
    return f"Nothing was run: {shown} is not code for this REPL. Write Python in a ```repl block."


def not_run(done: int, blocks: int) -> str:
    return f"Block {done} failed, so {_many(blocks - done, 'block')} after it did not run."


def cut_off(reason: str) -> str:
    """For a reply that did not arrive whole."""
    return f"Your reply could not be used ({reason}). Nothing was run. Write a shorter one."


def unfit(problem: str) -> str:
    return f'Not accepted: answer["content"] does not fit. {problem}'


def unmet(clauses: Sequence[str]) -> str:
    """For an answer of the right type that does not keep what the strategy promises."""
    return "\n".join(["Not accepted: the answer breaks the contract.", *clauses])


def troubles(found: Sequence[ItemFailed | ItemRejected], most: int) -> list[str]:
    """What of the steps' items got no result, or was not accepted, while code ran."""
    said = []
    for step in dict.fromkeys(trouble.step for trouble in found):
        own = [trouble for trouble in found if trouble.step == step]
        failed = sum(isinstance(trouble, ItemFailed) for trouble in own)
        refused = len(own) - failed
        counts = [f"{_many(failed, 'item')} failed"] if failed else []
        counts += [f"{_many(refused, 'finding')} not accepted"] if refused else []
        said.append(f"In step {step} {' and '.join(counts)}:")
        said += [f"- {trouble.place or trouble.item}: {trouble.reason}" for trouble in own[:most]]
        if len(own) > most:
            said.append(f"- … and {len(own) - most:,} more")
    return said


LEFT = "Left: "
"""How what is left of the budgets begins."""


def standing(turn: int, turns: int, left: Limits, seconds: float | None) -> str:
    """`Left: 27 turns · 1,882 calls · 4.12 USD · 18.0 minutes`."""
    parts = [_many(turns - turn, "turn")]
    if left.calls is not None:
        parts.append(_many(left.calls, "call"))
    if left.tokens is not None:
        parts.append(_many(left.tokens, "token"))
    if left.usd is not None:
        parts.append(f"{left.usd:.2f} USD")
    if seconds is not None:
        parts.append(f"{max(seconds, 0) / 60:.1f} minutes")
    hurry = " One more turn: announce what you have." if turns - turn == 1 else ""
    return f"{LEFT}{' · '.join(parts)}.{hurry}"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
