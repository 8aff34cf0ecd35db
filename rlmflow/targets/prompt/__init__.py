"""What a root model is told: its system prompt, compiled from a strategy.

The same program and settings give the same bytes, in every process. The size of the
input changes digits alone, and no text of a document or of a long setting is ever in it.
"""

from __future__ import annotations

from rlmflow.targets.prompt._compose import (
    Terms,
    child_prompt,
    free_prompt,
    hints,
    root_prompt,
    step_prompt,
)
from rlmflow.targets.prompt._task import Shape

__all__ = ["Shape", "Terms", "child_prompt", "free_prompt", "hints", "root_prompt", "step_prompt"]
