"""Runs of rlms, in its own environment: prints the seconds of each as a line of JSON.

python run_rlms.py URL WIDTH [CONTEXT]

Each line of its standard input starts a run. WIDTH 0 leaves its own. CONTEXT is a file.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from pathlib import Path

from rlm import RLM
from rlm.core import rlm as rlm_core
from rlm.core.lm_handler import LMHandler

url, width, *file = sys.argv[1:]
context = Path(file[0]).read_text("utf-8") if file else "a context"
if int(width):
    rlm_core.LMHandler = functools.partial(LMHandler, batch_max_concurrent=int(width))

backend = {"base_url": url, "api_key": "none"}
for _ in sys.stdin:
    began = time.monotonic()
    rlm = RLM(
        backend="openai",
        backend_kwargs={**backend, "model_name": "root-rlms"},
        other_backends=["openai"],
        other_backend_kwargs=[{**backend, "model_name": "sub"}],
        environment="local",
    )
    found = json.loads(rlm.completion(context).response)
    ended = time.monotonic()
    if found["done"] != found["calls"]:
        sys.exit(f"only {found['done']} of {found['calls']} calls came back")
    took = {"began": began, "run": ended - began, "batch": found["seconds"]}
    print(json.dumps(took), flush=True)
