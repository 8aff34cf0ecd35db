"""A strategy's root in rlms, in an environment that has both. Prints what came of it as JSON.

python run_rlms.py URL STRATEGY INPUT
"""

from __future__ import annotations

import json
import sys

from rlm import RLM

import rlmflow

url, path, *docs = sys.argv[1:]
with rlmflow.load(path).hand_over(docs, sub=f"{url}#sub") as work:
    rlm = RLM(
        backend="openai",
        backend_kwargs={"base_url": url, "api_key": "none", "model_name": "root-rlms"},
        environment="local",
        custom_system_prompt=work.prompt("rlms"),
        custom_tools=work.names,
    )
    said = rlm.completion(work.context).response
outcome = work.outcome
assert outcome.answer is not None
found = {"said": said, "status": outcome.status, "calls": outcome.calls}
print(json.dumps({**found, "answer": outcome.answer.value, "places": outcome.answer.places}))
