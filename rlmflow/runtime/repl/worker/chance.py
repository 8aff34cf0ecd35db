"""Randomness in blocks: all of it comes from one seed, so that a replay draws the same.

`uuid4`, `secrets` and the unseeded generators of `random` and numpy draw from `os.urandom`.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable

_Seed = int | float | str | bytes | bytearray | None
_seed_as_it_was = random.Random.seed


class Chance:
    """Stands in the place of the system's randomness."""

    def __init__(self) -> None:
        self._source = random.Random(0)
        os.urandom = self._bytes
        random._urandom = self._bytes  # type: ignore[attr-defined]  # what `secrets` draws from
        random.Random.seed = self._seeding()  # type: ignore[assignment, method-assign]  # for `Random()`
        random.seed = random._inst.seed

    def begin(self, seed: int) -> None:
        """Everything that is drawn from now on follows from `seed`, below 2 to the 32nd."""
        self._source = random.Random(seed)
        random.seed(seed)
        numpy = sys.modules.get("numpy.random")
        if numpy is not None:
            numpy.seed(seed)

    def _bytes(self, size: int, /) -> bytes:
        return self._source.randbytes(size)

    def _seeding(self) -> Callable[[random.Random, _Seed, int], None]:
        def seed(generator: random.Random, a: _Seed = None, version: int = 2) -> None:
            """As `random.Random.seed`."""
            if a is None:
                a = int.from_bytes(self._bytes(32), "big")
            _seed_as_it_was(generator, a, version)

        return seed
