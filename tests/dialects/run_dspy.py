"""A strategy's root in dspy.RLM, in an environment that has both. Prints what came of it as JSON.

python run_dspy.py URL STRATEGY INPUT
"""

from __future__ import annotations

import json
import sys

import dspy
from dspy.primitives import LocalInterpreter

import rlmflow

url, path, *docs = sys.argv[1:]
root = dspy.LM("openai/root-dspy", api_base=url, api_key="none", cache=False, num_retries=0)
with rlmflow.load(path).hand_over(docs, sub=f"{url}#sub") as work, dspy.context(lm=root):
    rlm = dspy.RLM(
        dspy.Signature("context -> answer", work.prompt("dspy")),
        tools=work.functions,
        interpreter_factory=LocalInterpreter,
    )
    said = rlm(context=work.context).answer
outcome = work.outcome
assert outcome.answer is not None
found = {"said": said, "status": outcome.status, "calls": outcome.calls}
print(json.dumps({**found, "answer": outcome.answer.value, "places": outcome.answer.places}))
