"""The runs that a folder has seen, from what they left in it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlmflow.runtime.folder import RUNS


@dataclass(frozen=True)
class PastRun:
    """One run. `status`: how it ended, `running`, or `killed` where it did not end itself.

    `began` is a date and a time, as ISO 8601 has it. `usd` is None where nothing is known.
    """

    id: str
    folder: Path
    strategy: str
    began: str
    status: str
    calls: int | None = None
    from_journal: int | None = None
    usd: str | None = None

    def as_record(self) -> dict[str, object]:
        """The same as JSON."""
        names = ("id", "strategy", "began", "status", "calls", "from_journal", "usd")
        return {**{name: getattr(self, name) for name in names}, "folder": str(self.folder)}

    @property
    def bytes(self) -> int:
        """What its folder takes on disk."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())


def past_runs(root: Path) -> list[PastRun]:
    """The runs of a folder, the latest first."""
    folders = [path for path in (root / RUNS).glob("*") if path.is_dir()]
    return [_read(path) for path in sorted(folders, reverse=True)]


def _read(folder: Path) -> PastRun:
    try:
        held: Mapping[str, Any] = json.loads((folder / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        held = {}
    status = str(held.get("status", "killed"))
    if status == "running" and not _lives(held.get("pid")):
        status = "killed"
    return PastRun(
        id=folder.name,
        folder=folder,
        strategy=str(held.get("strategy", "")),
        began=str(held.get("began", "")),
        status=status,
        calls=held.get("calls"),
        from_journal=held.get("from_journal"),
        usd=held.get("usd"),
    )


def _lives(process: object) -> bool:
    """Whether there is a process with this number."""
    if not isinstance(process, int):
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
