"""The user's cache, where what took long to make is kept. All of it can be made again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def folder(name: str = "") -> Path:
    """A folder in `RLMFLOW_CACHE`, by default in the user's cache folder. It may not be there."""
    root = os.environ.get("RLMFLOW_CACHE") or platformdirs.user_cache_path("rlmflow")
    return Path(root) / name


def keep(path: Path, content: bytes) -> None:
    """Keep a file for the next start; where that can't be done, do without.

    It is written whole and then named, so that no one reads half of it.
    """
    written = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written.write_bytes(content)
        written.replace(path)
    except OSError:
        return
