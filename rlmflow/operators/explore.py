from __future__ import annotations

import json
from typing import Annotated

from rlmflow.operators._ideal import Asked, Reader, one_value
from rlmflow.operators._operator import REQUIRED, Call, Facts, Finding, operator
from rlmflow.operators._parameters import Anything, Positive, ValueKind
from rlmflow.operators._replies import value_form
from rlmflow.operators._step import Step
from rlmflow.types import ANY, INT, RecordType, Type
from rlmflow.values import Item, Stream

Levels = Annotated[int, ValueKind("int", INT, least=0)]

_PIECE = 8000
_SCHEMA = "It must fit this JSON Schema: "


@operator(facts=Facts(), asks=True, roles=("root", "sub"), prompt=REQUIRED, returns=REQUIRED)
async def explore(
    step: Step, *x: Anything, rounds: Positive = 12, depth: Levels | None = None
) -> Item | Stream:
    """Let a root model improvise: it reads the items by code in a REPL, and asks sub-models.

    The prompt is its task, and the type is what its answer must fit. What it reads is its
    own choice, so nothing is proved of this step: a clause with a percentage, such as
    `covers(docs, 90%)`, is checked when it has run. Give the strategy a `within`: where
    it limits no calls, the root's code can make 1,000.

    x: what it works on: values, or lists, all of whose items it is given.
    rounds: how many turns it has; in each it writes code and sees what came of it.
    depth: levels of roots that its code may start below it; what the run says by default.
    """
    items = [item for stream in x for item in await stream.all()]
    return await step.explore(items, turns=rounds, depth=depth)


@explore.result
def declared(call: Call) -> Type:
    return call.returns or ANY


@explore.fragment
def in_words(call: Call) -> str:
    return (
        f"Has a root model with a REPL of its own work on {call.inputs_in_words}, in at most "
        f"{call.words('rounds')} turns; what it reads is its own choice."
    )


@explore.check("RF370", "root-asked-once")
def asked_once(call: Call) -> Finding | None:
    """A root's work is no sample that a majority could be made of."""
    if not call.has("votes"):
        return None
    return (
        call.arguments["votes"].span,
        "a root works once, so there is nothing to vote on",
        "leave out `votes:`, or vote on a question to its result in a step of its own",
    )


@explore.plays
def program(returns: Type) -> tuple[str, ...]:
    """Cut what is there into pieces, ask of each, put the findings together, announce it."""
    form = value_form(returns)
    schema = f"{_SCHEMA}{json.dumps(form.schema)}" if form.schema else ""
    wanted = "\n".join(part for part in (form.explained, schema) if part)
    together = f"Each item is what was found in one piece of the data. Put them together.\n{wanted}"
    read = "reply"
    if form.schema is not None:
        key = "" if isinstance(returns, RecordType) else '["answer"]'
        read = f"json.loads(reply[reply.index('{{'):reply.rindex('}}') + 1]){key}"
    return (
        "import json\n"
        "def cut(item):\n"
        "    text = item if isinstance(item, str) else json.dumps(item, default=str)\n"
        f"    if len(text) <= {_PIECE}:\n"
        "        return [item]\n"
        f"    return [text[at:at + {_PIECE}] for at in range(0, len(text), {_PIECE})]\n"
        "pieces = [piece for item in items for piece in cut(item)]\n"
        "print(len(items), len(pieces))",
        "found = llm_batch(task, items=pieces)\n"
        "failed = [one.reason for one in found if isinstance(one, Failed)]\n"
        "print(len(found), failed[:3])",
        f"together = {together!r}\n"
        'reply = llm_query(f"{task}\\n\\n{together}", '
        "items=[one for one in found if not isinstance(one, Failed)])\n"
        f'answer["content"] = {read}\n'
        'print(repr(answer["content"])[:500])',
        'answer["ready"] = True',
    )


@explore.ideal
def ideal(asked: Asked, reader: Reader) -> object:
    """What a sub-model of the root would reply; a value where the message has a schema."""
    _, found, rest = asked.question.user.partition(_SCHEMA)
    if not found:
        return one_value(asked, reader)
    schema = json.JSONDecoder().raw_decode(rest)[0]
    return reader.value(schema, "\n".join(asked.items.values()))
