"""The peers: how each is installed, and in what form its root replies, if it has one."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

import platformdirs

HERE = Path(__file__).parent


class Peer(NamedTuple):
    """A package of others.

    `driver`: what runs it. `root`: the name of its root model. `reply`: a reply of its root
    that holds `{code}`. `submit`: code that hands over the answer `found`.
    """

    package: str
    driver: Path
    root: str
    reply: str
    submit: str


PEERS = (
    Peer(
        "rlms",
        HERE / "run_rlms.py",
        "root-rlms",
        "```repl\n{code}\n```",
        'answer["content"] = found\nanswer["ready"] = True',
    ),
    Peer(
        "dspy",
        HERE / "run_dspy.py",
        "root-dspy",
        "[[ ## reasoning ## ]]\nThe next step.\n\n[[ ## code ## ]]\n"
        "```python\n{code}\n```\n\n[[ ## completed ## ]]",
        "SUBMIT(found)",
    ),
)
BATCH = "llm_query_batched"
"""How code asks all prompts at a time, in both."""

DOCETL, DOCETL_REPLY = "docetl", '{"reply": "done"}'
"""A package without roots, by which its model is named too, and what that replies."""


class NotInstalled(Exception):
    """A peer can't be installed. The message says why."""


def environment(package: str) -> Path:
    """The interpreter that has a package, made if it is not there. Raises `NotInstalled`."""
    folder = platformdirs.user_cache_path("rlmflow") / "benchmarks" / package
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if (folder / "ready").exists():
        return python
    print(f"installing {package} into {folder}", file=sys.stderr)
    try:
        venv.create(folder, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "-qq", package]
        subprocess.run(install, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip()
        raise NotInstalled(said.splitlines()[-1]) from None
    (folder / "ready").touch()
    return python
