"""The folder of a run, where there is no room for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlmflow.runtime.events import TurnDone
from rlmflow.runtime.folder import RunFolder

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="there is no full device here")
def test_a_full_disk_is_told_with_the_file(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "s")
    folder.__enter__()
    (folder.path / "turns.jsonl").symlink_to(FULL)
    long = TurnDone("root", 0, 1, "x" * 100_000, (), "")
    with pytest.raises(OSError, match=r"No space left on device: '.*turns\.jsonl'"):
        folder.hear(long)
