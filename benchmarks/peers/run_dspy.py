"""One fan-out of dspy.RLM, in its own environment: prints the seconds of each round as JSON."""

from __future__ import annotations

import functools
import json
import sys

import dspy
from dspy.primitives import LocalInterpreter

url, width, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if width:
    tools = dspy.RLM._make_llm_tools
    dspy.RLM._make_llm_tools = functools.partialmethod(tools, max_workers=width)

endpoint = {"api_base": url, "api_key": "none", "cache": False, "num_retries": 0}
root, sub = dspy.LM("openai/root-dspy", **endpoint), dspy.LM("openai/sub", **endpoint)
seconds = []
with dspy.context(lm=root):
    for _ in range(rounds):
        rlm = dspy.RLM(
            "context -> answer",
            max_iters=3,
            max_llm_calls=1_000_000,
            sub_lm=sub,
            interpreter_factory=LocalInterpreter,
        )
        found = json.loads(rlm(context="a context").answer)
        if found["done"] != found["calls"]:
            sys.exit(f"only {found['done']} of {found['calls']} calls came back")
        seconds.append(found["seconds"])
print(json.dumps(seconds))
