"""Where weights live on this machine: by their hash, in the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from rlmflow import cache
from rlmflow.models.local.catalogue import Weights

BLOCK = 1 << 20


class WrongContent(Exception):
    """Bytes that are not the weights that they were said to be."""


def folder() -> Path:
    """`RLMFLOW_CACHE/models`, by default in the user's cache folder."""
    return cache.folder("models")


def staging(weights: Weights, carrier: str) -> Path:
    """The folder of what a carrier brought so far; made if need be."""
    place = _parts(weights) / carrier
    place.mkdir(parents=True, exist_ok=True)
    return place


def _parts(weights: Weights) -> Path:
    return folder() / f"{weights.sha256}.parts"


def path_of(weights: Weights) -> Path:
    """Where the verified file is, or will be."""
    return folder() / f"{weights.sha256}.gguf"


def present(weights: Weights) -> Path | None:
    """The verified file, if it is here. Its hash was checked when it came; its size is again."""
    path = path_of(weights)
    return path if path.is_file() and path.stat().st_size == weights.size else None


def blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, a block at a time."""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def assemble(weights: Weights, pieces: Iterator[bytes], on_bytes: Callable[[int], None]) -> Path:
    """Write `pieces` one after another, check the whole, and only then give it its name.

    Raises `WrongContent`; what was written is removed then.
    """
    unfinished = staging(weights, "whole") / str(os.getpid())
    digest, size = hashlib.sha256(), 0
    try:
        with unfinished.open("wb") as out:
            for piece in pieces:
                size += len(piece)
                if size > weights.size:
                    break
                digest.update(piece)
                out.write(piece)
                on_bytes(size)
        check(weights, size, digest.hexdigest())
        unfinished.replace(path_of(weights))
    finally:
        unfinished.unlink(missing_ok=True)
    return path_of(weights)


def check(weights: Weights, size: int, sha256: str) -> None:
    """Raise `WrongContent` unless size and hash are those of the weights."""
    if size != weights.size:
        more = "more" if size > weights.size else str(size)
        raise WrongContent(f"{more} bytes instead of {weights.size}")
    if sha256 != weights.sha256:
        raise WrongContent(f"the hash is {sha256[:12]}… instead of {weights.sha256[:12]}…")


def adopt(weights: Weights, file: Path, on_bytes: Callable[[int], None]) -> Path:
    """Take a file that is already on this machine, as a link where that is possible."""
    digest, size = hashlib.sha256(), 0
    for block in blocks(file):
        digest.update(block)
        size += len(block)
        on_bytes(size)
    check(weights, size, digest.hexdigest())
    goal = path_of(weights)
    unfinished = staging(weights, "whole") / str(os.getpid())
    goal.unlink(missing_ok=True)
    try:
        goal.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, unfinished)
        unfinished.replace(goal)
    return goal


def clean_up(weights: Weights) -> None:
    """Remove what was kept for a resumed download."""
    shutil.rmtree(_parts(weights), ignore_errors=True)
