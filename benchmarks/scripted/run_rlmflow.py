"""Runs of rlmflow, free and with its run folder: prints the seconds of each as a line of JSON.

python run_rlmflow.py URL WIDTH CONTEXT

Each line of its standard input starts a run.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rlmflow.api import Strategy, run_in_folder
from rlmflow.compiler import compile_source
from rlmflow.runtime.root_options import RootOptions
from rlmflow.source import Source
from rlmflow.values import Document

STRATEGY = """
strategy passages(docs: corpus) -> text
  within 10_000 calls
{
  answer ask(docs) -> text "How many passages are there?"
}
"""

url, width, file = sys.argv[1:]
program = compile_source(Source("passages.rlm", STRATEGY)).program
assert program is not None
context = Document("context.txt", Path(file).read_text("utf-8"))
for _ in sys.stdin:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        job = Strategy(program).prepare(
            context,
            root=f"{url}#root-rlmflow",
            sub=f"{url}#sub",
            roots=RootOptions(free=True),
            width=int(width),
        )
        outcome = asyncio.run(run_in_folder(job, Path(folder)))
        ended = time.monotonic()
    if outcome.answer is None or outcome.status != "complete":
        sys.exit(f"the run brought {outcome}")
    found = json.loads(str(outcome.answer.value))
    if found["done"] != found["calls"]:
        sys.exit(f"only {found['done']} of {found['calls']} calls came back")
    took = {"began": began, "run": ended - began, "batch": found["seconds"]}
    print(json.dumps(took), flush=True)
