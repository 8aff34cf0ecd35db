"""What the scripted root says, turn by turn: the same code for every system."""

from __future__ import annotations

from collections.abc import Sequence

TRIVIAL = 8
"""How many turns in a row have a block that does next to nothing."""

LOOK = "print(len(context))\nprint(context[:500])"

ASK = """import json, time
step = (len(context) - 2000) // {calls}
prompts = [f"{{n:06d}} " + context[n * step : n * step + 2000] for n in range({calls})]
start = time.perf_counter()
replies = {batch}(prompts)
seconds = time.perf_counter() - start
print(len(replies), "replies in", round(seconds, 3), "s")"""

FIND = """done = sum(reply == "done" for reply in replies)
found = json.dumps({"seconds": seconds, "done": done, "calls": len(prompts)})
print(found)"""


def blocks(calls: int, batch: str, submit: str, put: str = "") -> Sequence[str]:
    """The code of each turn.

    `batch`: what asks all prompts at a time. `submit`: what hands over `found` at the end,
    and `put` what must be done about it a turn before.
    """
    trivial = [f"x = {n}" for n in range(TRIVIAL)]
    return [LOOK, ASK.format(calls=calls, batch=batch), *trivial, f"{FIND}\n{put}", submit]
