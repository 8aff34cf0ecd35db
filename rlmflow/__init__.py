"""rlmflow: a language and compiler for recursive language models.

`load(path)` compiles a strategy; `Strategy.run(input, sub="…")` runs it. `function`
declares what a Python function that strategies use does to their items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlmflow._lazy import heavy

if TYPE_CHECKING:
    from rlmflow.api import Strategy, load
    from rlmflow.diagnostics.model import StrategyError
    from rlmflow.operators._function import function
    from rlmflow.values import Document

__all__ = ["Document", "Strategy", "StrategyError", "function", "load"]

_HOMES = {
    "Document": "rlmflow.values",
    "Strategy": "rlmflow.api",
    "StrategyError": "rlmflow.diagnostics.model",
    "function": "rlmflow.operators._function",
    "load": "rlmflow.api",
}


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used: a command needs few of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(heavy(_HOMES[name]), name)
