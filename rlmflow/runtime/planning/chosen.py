"""What was chosen for a step that asks, and why: packs, the cap of its replies, its model."""

from __future__ import annotations

from rlmflow.operators._call import Call
from rlmflow.runtime.forecast import Chosen
from rlmflow.runtime.planning.tally import Tally
from rlmflow.runtime.step import RunningStep


def chosen(step: RunningStep, tally: Tally, role: str) -> Chosen:
    """What was chosen for a step, as a run of it shows."""
    asker, call = step.asker, step.call
    if asker is None or not tally.calls:
        return Chosen(role)
    return Chosen(
        role=asker.caller.role or role,
        items=tally.items / tally.calls,
        most_items=tally.most_items,
        output=tally.largest_out,
        reasons=tuple(_reasons(step, call, tally)),
    )


def _reasons(step: RunningStep, call: Call, tally: Tally) -> list[str]:
    found = []
    packs = any(parameter.name == "pack" for parameter in call.operator.parameters)
    if packs and call.has("pack"):
        found.append(f"`pack: {call.words('pack')}` says how many items share a call")
    elif packs and tally.most_items == 1 and step.asks_small_model:
        found.append("one item a call: small models answer packed questions less well")
    elif packs and tally.most_items > 1:
        found.append(
            f"{tally.most_items} items share a call, and at most "
            f"{step.pack_tokens:,} tokens of them: `pack:` says otherwise"
        )
    if call.has("max_output"):
        found.append(f"`max_output: {call.words('max_output')}` caps a reply")
    elif call.returns is not None:
        # A type of choices that are known when run has quotes of its own.
        type_ = str(call.returns) if "`" in str(call.returns) else f"`{call.returns}`"
        found.append(f"a reply as long as {type_} may be: {tally.largest_out:,} tokens")
    if step.asker is not None and step.asker.votes > 1:
        found.append(f"each question is asked {step.asker.votes} times (`votes:`)")
    return found
