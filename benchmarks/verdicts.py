"""What is proved of strategies with a planted mistake, and of sound ones: a table.

Each row is a strategy of `tests/proof/corpus`. `refused` names the clauses that are not
proved; a sound strategy has none, a lossy one those that its comments name.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from proof.test_corpus import LOSSY, SOUND, Chunk, expected, refusals

_WIDTH = 84


def row(chunk: Chunk) -> tuple[bool, str]:
    """Whether the verdict on a strategy is right, and its line of the table."""
    found, wanted = refusals(chunk), expected(chunk)
    right = sorted(f[:2] for f in found) == sorted(w[:2] for w in wanted)
    right &= all(any(f[:2] == w[:2] and w[2] in f[2] for f in found) for w in wanted)
    codes = " ".join(sorted({code for _, code, _ in found})) or "proved"
    return right, f"{'' if right else 'WRONG ':6}{chunk.title[:_WIDTH]:{_WIDTH}} {codes}"


def main() -> int:
    wrong = 0
    for name, chunks in (("lossy", LOSSY), ("sound", SOUND)):
        rows = [row(chunk) for chunk in chunks]
        right = sum(verdict for verdict, _ in rows)
        wrong += len(rows) - right
        print(f"{name}: {right} of {len(rows)} as they should be")
        print("\n".join(line for _, line in rows))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
