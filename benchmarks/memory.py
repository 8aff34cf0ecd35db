"""Peak memory of a whole run: over many parts, over one long text, and over many files.

    python benchmarks/memory.py [--parts 2000] [--width 64] [--files 1000]

Each run is `rlmflow run` as a process of its own, its endpoint another; the peak is the
largest resident set that the system saw, forecast and run folder included. The limit is
that of the design. One long file is held as text, once: its lines say what a run needs
beside it. Many files, here of 1 MB, are read again where their text is needed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
SERVER = HERE.parent / "tests" / "server" / "as_process.py"
LIMIT_MB = 120
LIMIT_MB_OF_FILES = 400
SENTENCE = "The tenant pays the rent on the first day of each month. "

STRATEGY = """
strategy fan(docs: corpus) -> dict[text, int] {{
  parts = chunk(docs, size: {size} chars)
  said  = map(parts, pack: 1) -> text "Say done."
  answer count(said, by: item)
}}
"""


class Peak(NamedTuple):
    """A process: its largest resident set, and its CPU time."""

    megabytes: float
    seconds: float


def peak_of(*command: str, folder: Path) -> Peak:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {said}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Peak(usage.ru_maxrss / unit, usage.ru_utime + usage.ru_stime)


@contextmanager
def server() -> Iterator[str]:
    """The URL of an endpoint in a process of its own."""
    command = [sys.executable, str(SERVER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().decode().strip()
        process.stdin.close()


def write(path: Path, characters: int, mark: str = "") -> None:
    """Lines of which no two are equal: equal parts would share a call."""
    count = characters // len(f"{mark}{0:08} {SENTENCE * 4}\n")
    with path.open("w") as file:
        file.writelines(f"{mark}{n:08} {SENTENCE * 4}\n" for n in range(count))


def run(url: str, folder: Path, characters: int, size: int, width: int, files: int = 1) -> Peak:
    """A run over so many characters in each of some files, cut into parts of `size`."""
    (folder / "fan.rlm").write_text(STRATEGY.format(size=size))
    inputs = folder / "in"
    inputs.mkdir(exist_ok=True)
    for old in inputs.iterdir():
        old.unlink()
    for number in range(files):
        write(inputs / f"{number:05}.txt", characters, f"{number}: " if files > 1 else "")
    flags = ("--sub", f"{url}#sub", "--width", str(width), "--yes")
    return peak_of(sys.executable, "-m", "rlmflow", "run", "fan.rlm", "in", *flags, folder=folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--parts", type=int, default=2000)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--files", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, server() as url:
        folder = Path(name)
        idle = peak_of(sys.executable, "-c", "import rlmflow.api, aiohttp, pydantic", folder=folder)
        print("| run | peak | limit | peak ÷ limit |\n|---|---|---|---|")
        print(f"| imports alone | {idle.megabytes:.0f} MB | | |")
        parts = run(url, folder, options.parts * 1000, 1000, options.width)
        share = parts.megabytes / LIMIT_MB
        what = f"{options.parts:,} parts of 1,000 characters"
        print(f"| {what} | {parts.megabytes:.0f} MB | {LIMIT_MB} MB | {share:.2f} |")
        for megabytes, size in ((20, 20_000), (200, 200_000)):
            peak = run(url, folder, megabytes * 1_000_000, size, options.width)
            beside = peak.megabytes - megabytes
            print(f"| {megabytes} MB in 1,000 calls | {peak.megabytes:.0f} MB | | |")
            print(f"| … beside the text | {beside:.0f} MB | | |")
        peak = run(url, folder, 1_000_000, 250_000, options.width, options.files)
        share = peak.megabytes / LIMIT_MB_OF_FILES
        what = f"{options.files:,} files of 1 MB, four calls each"
        print(f"| {what} | {peak.megabytes:.0f} MB | {LIMIT_MB_OF_FILES} MB | {share:.2f} |")


if __name__ == "__main__":
    main()
