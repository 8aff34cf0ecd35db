"""Runs of dspy.RLM, in its own environment: prints the seconds of each as a line of JSON.

python run_dspy.py URL WIDTH [CONTEXT]

Each line of its standard input starts a run. WIDTH 0 leaves its own. CONTEXT is a file.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from pathlib import Path

import dspy
from dspy.primitives import LocalInterpreter

url, width, *file = sys.argv[1:]
context = Path(file[0]).read_text("utf-8") if file else "a context"
if int(width):
    tools = dspy.RLM._make_llm_tools
    dspy.RLM._make_llm_tools = functools.partialmethod(tools, max_workers=int(width))

endpoint = {"api_base": url, "api_key": "none", "cache": False, "num_retries": 0}
root, sub = dspy.LM("openai/root-dspy", **endpoint), dspy.LM("openai/sub", **endpoint)
with dspy.context(lm=root):
    for _ in sys.stdin:
        began = time.monotonic()
        rlm = dspy.RLM(
            "context -> answer",
            max_llm_calls=1_000_000,
            sub_lm=sub,
            interpreter_factory=LocalInterpreter,
        )
        found = json.loads(rlm(context=context).answer)
        ended = time.monotonic()
        if found["done"] != found["calls"]:
            sys.exit(f"only {found['done']} of {found['calls']} calls came back")
        took = {"began": began, "run": ended - began, "batch": found["seconds"]}
        print(json.dumps(took), flush=True)
