"""The same REPL under the strongest isolation that there is here."""

from __future__ import annotations

import pytest
from repl.repl_host import ScriptedHost, outputs

from rlmflow.runtime.repl.isolation.probe import no_isolation, strongest

ISOLATION = strongest()
pytestmark = pytest.mark.skipif(ISOLATION is None, reason=no_isolation().message)

CODE = (
    "import numpy\nx = [llm_query('p'), numpy.arange(3).sum().item()]\nx",
    "from concurrent.futures import ThreadPoolExecutor\n"
    "with ThreadPoolExecutor(4) as pool: y = list(pool.map(llm_query, 'abcd'))\ny",
    "import asyncio\nawait asyncio.gather(*[asyncio.to_thread(llm_query, c) for c in 'ef'])",
    "import tempfile\nwith tempfile.TemporaryFile() as f: print(f.write(b'12'))",
    "from scipy import sparse\nfrom sympy import Symbol\nsparse.eye(2).sum().item(), Symbol('x')",
    "import datetime, uuid\nnow = datetime.datetime.now(), uuid.uuid4()\nlen(now)",
    "shown = str((x, y, now))\nshown",
)


def test_everything_that_a_block_may_do_works_under_the_lock() -> None:
    host = ScriptedHost()
    *told, before, died, after = outputs(*CODE, "import os\nos._exit(1)", "shown", host=host,
                                         isolation=ISOLATION)  # fmt: skip
    assert told == [
        "['re: p', 3]",
        "['re: a', 're: b', 're: c', 're: d']",
        "['re: e', 're: f']",
        "2",
        "(2.0, x)",
        "2",
    ]
    assert "Blocks 1, 2, 3, 4, 5, 6 and 7 were run again in it" in died
    assert after == before
    assert sorted(map(str, host.prompts)) == [*"abcdef", "p"]
