"""Cutting text: how fast, and how often exactly, beside the libraries that do the same.

    python benchmarks/chunk.py [--megabytes 5 50] [--nasty 300] [--patience 60] [--no-peers]

Parts of 8,000 characters at paragraphs, of the same text for all; a figure is the fastest
of three rounds, each peer in a process of its own. Exact means, of random nasty
strings: the parts join up to the text, stand at the offsets that are given, and none
is larger than the size. The peers are installed into the user's cache on the first run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import NamedTuple

import platformdirs

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "peers")]

from cutting import Parts, is_exact, nasty_texts, prose, seconds  # noqa: E402 - beside this file

from rlmflow.text import Size, count_tokens, cut  # noqa: E402 - from this checkout

PACKAGES = ("langchain-text-splitters", "semchunk", "chonkie", "semantic-text-splitter")
PEERS = {
    "langchain-default": "langchain-text-splitters, recursive",
    "langchain-tuned": "the same, told to keep all",
    "semchunk": "semchunk",
    "chonkie-recursive": "chonkie, recursive",
    "chonkie-fast": "chonkie, fast",
    "semantic": "semantic-text-splitter, untrimmed",
}
TOKENS = 1_000


class Row(NamedTuple):
    """Megabytes a second for each size (None: patience ran out), and how many were exact."""

    name: str
    speeds: list[float | None]
    exact: int | None


def own_cut(text: str, size: int) -> Parts:
    return list(cut(text, 0, len(text), Size(size)))


def own_row(megabytes: list[int], nasty: int) -> Row:
    speeds: list[float | None] = [mb / seconds(own_cut, prose(mb)) for mb in megabytes]
    return Row("rlmflow", speeds, sum(is_exact(own_cut, text) for text in nasty_texts(nasty)))


def peer_python() -> Path | None:
    """The interpreter that has the peers, made if it is not there; None if it can't be."""
    folder = platformdirs.user_cache_path("rlmflow") / "benchmarks" / "cutters"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if (folder / "ready").exists():
        return python
    print(f"installing {', '.join(PACKAGES)} into {folder}", file=sys.stderr)
    try:
        venv.create(folder, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "-qq", *PACKAGES]
        subprocess.run(install, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        print(f"the peers can't be installed: {said.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    (folder / "ready").touch()
    return python


def ask_peer(python: Path, peer: str, what: str, number: int, patience: float) -> float | None:
    """What the peer's process prints; None if it takes longer than `patience` seconds."""
    command = [str(python), str(HERE / "peers" / "run_cutters.py"), peer, what, str(number)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=patience)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        raise SystemExit(f"{peer} failed; it says why above")
    return float(json.loads(done.stdout.splitlines()[-1]))


def peer_row(python: Path, peer: str, options: argparse.Namespace) -> Row:
    took = [ask_peer(python, peer, "seconds", mb, options.patience) for mb in options.megabytes]
    speeds = [mb / s if s else None for mb, s in zip(options.megabytes, took, strict=True)]
    exact = ask_peer(python, peer, "exact", options.nasty, options.patience)
    return Row(PEERS[peer], speeds, None if exact is None else int(exact))


def table(rows: list[Row], options: argparse.Namespace) -> str:
    own = rows[0].speeds

    def speed(at: int, value: float | None) -> str:
        base = own[at]
        if value is None or base is None:
            return f"over {options.patience:.0f} s"
        return f"{value:,.1f} ({value / base:.2f} x)"

    heads = " | ".join(f"{mb} MB, MB/s" for mb in options.megabytes)
    lines = [f"| | {heads} | exact of {options.nasty} |", "|---" * (len(own) + 2) + "|"]
    for row in rows:
        cells = " | ".join(speed(at, value) for at, value in enumerate(row.speeds))
        exact = "not measured" if row.exact is None else row.exact
        lines.append(f"| {row.name} | {cells} | {exact} |")
    return "\n".join(lines)


def token_line(megabytes: int) -> str:
    """Cutting by tokens beside counting them, which no cutter by tokens can do without."""
    text = prose(megabytes)
    count_tokens("load the tokenizer")
    start = time.perf_counter()
    count_tokens(text)
    counting = time.perf_counter() - start
    by_tokens = seconds(lambda text, _: list(cut(text, 0, len(text), Size(TOKENS, "tokens"))), text)
    return (
        f"By {TOKENS:,} tokens: {megabytes / by_tokens:,.0f} MB/s; the tokenizer alone counts "
        f"{megabytes / counting:,.0f} MB/s ({by_tokens / counting:.1f} x its time)."
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Cutting text")
    parser.add_argument("--megabytes", type=int, nargs="+", default=[5, 50])
    parser.add_argument("--nasty", type=int, default=300)
    parser.add_argument("--patience", type=float, default=60, help="seconds for each figure")
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    rows = [own_row(options.megabytes, options.nasty)]
    python = None if options.no_peers else peer_python()
    rows += [peer_row(python, peer, options) for peer in PEERS] if python else []
    print(table(rows, options), "", token_line(options.megabytes[0]), sep="\n")
