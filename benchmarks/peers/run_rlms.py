"""One fan-out of rlms, in its own environment: prints the seconds of each round as JSON."""

from __future__ import annotations

import functools
import json
import sys

from rlm import RLM
from rlm.core import rlm as rlm_core
from rlm.core.lm_handler import LMHandler

url, width, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if width:
    rlm_core.LMHandler = functools.partial(LMHandler, batch_max_concurrent=width)

backend = {"base_url": url, "api_key": "none"}
seconds = []
for _ in range(rounds):
    rlm = RLM(
        backend="openai",
        backend_kwargs={**backend, "model_name": "root-rlms"},
        other_backends=["openai"],
        other_backend_kwargs=[{**backend, "model_name": "sub"}],
        environment="local",
        max_iterations=3,
    )
    found = json.loads(rlm.completion("a context").response)
    if found["done"] != found["calls"]:
        sys.exit(f"only {found['done']} of {found['calls']} calls came back")
    seconds.append(found["seconds"])
print(json.dumps(seconds))
