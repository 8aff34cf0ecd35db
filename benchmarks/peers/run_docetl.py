"""A map of docetl over many texts, in its own environment, twice: prints each run's seconds.

    python run_docetl.py URL WIDTH CALLS PASSAGE

The second run finds what the first one cached. docetl counts tokens with a table that it
fetches from the net; here a rough count stands in for that, which takes less time.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import tiktoken

url, width, calls, passage = sys.argv[1:]


class Rough:
    """Four characters a token."""

    def encode(self, text: str, **_: object) -> list[int]:
        return [0] * (len(text) // 4 + 1)


tiktoken.get_encoding = tiktoken.encoding_for_model = lambda *_, **__: Rough()
folder = tempfile.mkdtemp()
os.environ.update(OPENAI_API_BASE=url, OPENAI_API_KEY="none", DOCETL_HOME_DIR=folder)
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.chdir(folder)

from docetl.api import Dataset, MapOp, Pipeline, PipelineOutput, PipelineStep  # noqa: E402 - reads the environment

texts = [{"text": f"{number:06d} {passage}"} for number in range(int(calls))]
Path("in.json").write_text(json.dumps(texts))
said = MapOp(
    name="say",
    type="map",
    model="openai/docetl",
    prompt="Say done.\n{{ input.text }}",
    output={"schema": {"reply": "string"}, "mode": "structured_output"},
)
for _ in range(2):
    pipeline = Pipeline(
        name="fan",
        datasets={"texts": Dataset(type="file", path="in.json")},
        operations=[said],
        steps=[PipelineStep(name="fan", input="texts", operations=["say"])],
        output=PipelineOutput(type="file", path="out.json"),
        default_model="openai/docetl",
    )
    began = time.perf_counter()
    pipeline.run(max_threads=int(width))
    took = time.perf_counter() - began
    done = sum(each["reply"] == "done" for each in json.loads(Path("out.json").read_text()))
    if done != len(texts):
        sys.exit(f"only {done} of {len(texts)} calls came back")
    print(json.dumps({"seconds": took}), flush=True)
