"""The runtimes that a root may work in: our own, and those of others that play roots too.

In a runtime of others the steps stand behind names that are handed to its REPL (see
`rlmflow.hand_over`). What its root is told of the rest is a template of `prompt/templates/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rlmflow.graph.model import ANSWER
from rlmflow.targets.repl_names import step_function


@dataclass(frozen=True)
class Dialect:
    """How a root works in one runtime.

    `template`: the prompt's. `many`: the function that asks many things side by side.
    `result`: the variable that the answer is put into, `finish` the code that announces it.
    `plain_functions`: a step is a function of its own, `run_NAME`, since no objects cross to
    where code runs. `braces`: whether the runtime formats the prompt, so that each brace of it
    must be doubled.
    """

    name: str
    template: str
    many: str
    result: str
    finish: str
    plain_functions: bool = False
    braces: bool = False

    def step(self, name: str) -> str:
        """How the function of a step is written: `steps.found`, or `run_found`."""
        return f"run_{name}" if self.plain_functions else step_function(name)

    def written(self, prompt: str) -> str:
        """A prompt as the runtime takes it."""
        return prompt.replace("{", "{{").replace("}", "}}") if self.braces else prompt


_CONTENT = f'{ANSWER}["content"]'

OURS = Dialect(
    "rlmflow",
    template="root.md.j2",
    many="llm_batch",
    result=_CONTENT,
    finish=f'{ANSWER}["ready"] = True',
)

DIALECTS: Mapping[str, Dialect] = {
    each.name: each
    for each in (
        OURS,
        Dialect(
            "rlms",
            template="rlms.md.j2",
            many="llm_query_batched",
            result="result",
            finish=f'{_CONTENT} = accept(result)\n{ANSWER}["ready"] = True',
            braces=True,
        ),
        Dialect(
            "dspy",
            template="dspy.md.j2",
            many="llm_query_batched",
            result="result",
            finish="SUBMIT(accept(value=result))",
            plain_functions=True,
        ),
    )
}
