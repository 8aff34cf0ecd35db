"""The kinds of isolation that there are, for tests that run in each that holds here."""

from __future__ import annotations

import pytest

from rlmflow.runtime.repl.isolation.kinds import Isolation
from rlmflow.runtime.repl.isolation.probe import probe

KINDS = [kind.name for kind in probe() if kind.strong]
IN_EACH_KIND = pytest.mark.parametrize("kind_name", KINDS)


def isolation(name: str) -> Isolation:
    """The kind of this name; skips the test if it does not hold on this machine."""
    kind = next(kind for kind in probe() if kind.name == name)
    if kind.against is not None:
        pytest.skip(f"{name}: {kind.against}")
    return kind
