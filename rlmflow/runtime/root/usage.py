"""What roots used, and those whom they asked, apart from each other.

The names of `as_record` are those of RLMEnv in verifiers 0.1.10, so that figures of both
can stand in one table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlmflow.runtime.events import CallDone, Event, ToolUsed, TurnDone
from rlmflow.runtime.limits import NOTHING, Cost

ROOT = "root"
"""The role of the model at the top. Roots below it count among those whom it asked."""


@dataclass
class Usage:
    """Counts from a run's events. Seconds are seconds, tokens as endpoints counted them.

    `root_calls` and `sub_calls` are replies that came; `sub_questions` those among them
    that did not answer a re-ask or a tool. `batches`: the sizes of the batches asked for.
    """

    root: Cost = NOTHING
    root_calls: int = 0
    root_seconds: float = 0.0
    sub: Cost = NOTHING
    sub_calls: int = 0
    sub_questions: int = 0
    sub_tool_calls: int = 0
    turns: int = 0
    blocks: int = 0
    block_seconds: float = 0.0
    batches: list[int] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        match event:
            case CallDone():
                self._call(event)
            case ToolUsed():
                self.sub_tool_calls += 1
            case TurnDone():
                self.turns += event.level == 0
                self.blocks += len(event.blocks)
                self.block_seconds += sum(block.seconds for block in event.blocks)

    def _call(self, call: CallDone) -> None:
        cost = Cost(int(call.charged), call.tokens_in, call.tokens_out, call.usd)
        came = call.problem is None
        if call.role == ROOT:
            self.root += cost
            self.root_calls += came
            self.root_seconds += call.seconds * came
            return
        self.sub += cost
        self.sub_calls += came
        self.sub_questions += came and call.turn == 0

    def batch(self, size: int) -> None:
        """So many questions were asked at a time."""
        self.batches.append(size)

    @property
    def plain_call_seconds(self) -> float:
        """How long one call of the root took, on average: what one plain call would have."""
        return self.root_seconds / self.root_calls if self.root_calls else 0.0

    def as_record(self) -> Mapping[str, float]:
        """The figures by RLMEnv's names."""
        batches = self.batches
        return {
            "main_rlm_turns": self.turns,
            "main_rlm_prompt_tokens": self.root.tokens_in,
            "main_rlm_completion_tokens": self.root.tokens_out,
            "sub_llm_call_count": self.sub_questions,
            "sub_llm_total_turns": self.sub_calls,
            "sub_llm_prompt_tokens": self.sub.tokens_in,
            "sub_llm_completion_tokens": self.sub.tokens_out,
            "sub_llm_total_tool_calls": self.sub_tool_calls,
            "sub_llm_batch_count": len(batches),
            "sub_llm_max_batch_size": max(batches, default=0),
            "sub_llm_mean_batch_size": sum(batches) / len(batches) if batches else 0.0,
            "repl_total_time_seconds": round(self.block_seconds, 4),
            "repl_call_count": self.blocks,
            "repl_mean_time_seconds": self.block_seconds / self.blocks if self.blocks else 0.0,
        }
