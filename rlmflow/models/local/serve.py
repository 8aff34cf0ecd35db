"""The process that a local model runs in: a server on loopback, until standard input ends.

Run as a file, with the settings as one line of JSON on standard input. It answers
with one line on standard output: `{"url": …}` or `{"error": …}`. It ends when its
standard input does, so it can't outlive whoever started it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import xllamacpp  # type: ignore[import-untyped]  # it carries no types


def parameters(settings: dict[str, Any]) -> Any:
    """What llama.cpp's server is started with."""
    wanted = xllamacpp.CommonParams()
    wanted.model.path = settings["path"]
    wanted.n_parallel = settings["parallel"]
    wanted.n_ctx = settings["context"] * settings["parallel"]
    wanted.cpuparams.n_threads = settings["threads"]
    wanted.cpuparams_batch.n_threads = settings["threads"]
    wanted.api_keys = [settings["key"]]
    wanted.cache_prompt = True
    wanted.cache_ram_mib = 512
    wanted.ui = False
    wanted.endpoint_slots = False
    wanted.verbosity = 0
    return wanted


def main() -> None:
    # llama.cpp writes to descriptor 1 as it likes; the line to the starter must stand alone.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    settings = json.loads(sys.stdin.readline())
    try:
        server = xllamacpp.Server(parameters(settings))
        answer = {"url": server.listening_address}
    except Exception as error:  # whatever it is, the starter is told
        answer = {"error": str(error) or type(error).__name__}
    print(json.dumps(answer), file=answers, flush=True)
    if "url" in answer:
        sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
