"""The runs that a folder has seen, from what they left in it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from msgspec import DecodeError, Struct
from msgspec.json import decode

from rlmflow.runtime.folder import RUNS

# What else lies in the folder is none of ours, to be listed or cleared away.
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]+")


@dataclass(frozen=True)
class PastRun:
    """One run. `status`: how it ended, `running`, or `killed` where it did not end itself.

    One is `stopped` if an error ended it, such as input that was changed meanwhile (RF606).

    `began` is a date and a time, as ISO 8601 has it. `usd` is None where nothing is known.
    """

    id: str
    folder: Path
    strategy: str
    began: str
    status: str
    calls: int | None = None
    from_journal: int | None = None
    usd: Decimal | None = None

    def as_record(self) -> dict[str, object]:
        """The same as JSON."""
        names = ("id", "strategy", "began", "status", "calls", "from_journal")
        usd = None if self.usd is None else str(self.usd)
        record = {name: getattr(self, name) for name in names}
        return {**record, "usd": usd, "folder": str(self.folder)}

    @property
    def bytes(self) -> int:
        """What its folder takes on disk."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())


class _Written(Struct):
    """What of `run.json` is told; one that was never finished has little of it."""

    strategy: str = ""
    began: str = ""
    status: str = "killed"
    pid: int | None = None
    calls: int | None = None
    from_journal: int | None = None
    usd: Decimal | None = None


def past_runs(root: Path) -> list[PastRun]:
    """The runs of a folder, the latest first."""
    found = (path for path in (root / RUNS).glob("*") if _ID.fullmatch(path.name))
    folders = [path for path in found if path.is_dir() and not path.is_symlink()]
    return [_read(path) for path in sorted(folders, reverse=True)]


def _read(folder: Path) -> PastRun:
    try:
        held = decode((folder / "run.json").read_bytes(), type=_Written)
    except (OSError, DecodeError):
        held = _Written()
    ended = held.status == "running" and not _lives(held.pid)
    return PastRun(
        id=folder.name,
        folder=folder,
        strategy=held.strategy,
        began=held.began,
        status="killed" if ended else held.status,
        calls=held.calls,
        from_journal=held.from_journal,
        usd=held.usd,
    )


def _lives(process: int | None) -> bool:
    """Whether another process has this number. In a container each may have had the same."""
    if process is None or process <= 0 or process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
