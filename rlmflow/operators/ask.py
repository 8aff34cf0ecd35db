from __future__ import annotations

from typing import cast

from rlmflow.operators._ideal import one_value
from rlmflow.operators._most import Asks, Given, Most, one_of, reply_bytes, value_bytes
from rlmflow.operators._operator import ALL, REQUIRED, SOME, Call, Facts, operator
from rlmflow.operators._parameters import Anything
from rlmflow.operators._replies import value_form
from rlmflow.operators._step import Step
from rlmflow.types import ANY, Type
from rlmflow.values import Item


@operator(
    facts=Facts(reads=ALL, keeps=SOME, once=False, text="new", quotes="shown", items="new"),
    asks=True,
    prompt=REQUIRED,
    returns=REQUIRED,
)
async def ask(step: Step, *x: Anything) -> Item:
    """Ask a model one question, in one call, about everything that is passed in.

    All of it must fit the model's window: what does not is an error, never cut.

    x: what the model is shown: values, or lists whose items are all shown.
    """
    items = [item for stream in x for item in await stream.all()]
    shown = [step.show(item) for item in items]
    value = await step.ask("", shown, value_form(cast(Type, step.returns)))
    return step.item(value, 0, items)


@ask.result
def declared(call: Call) -> Type:
    return call.returns or ANY


@ask.loses("keeps", "once")
def what_the_model_uses(call: Call) -> str:
    return f"gives what a model makes of {call.inputs_in_words}, whatever it leaves out or repeats"


@ask.fragment
def what_is_asked(call: Call) -> str:
    return f"Asks a model one question, in one call, about all of {call.inputs_in_words}."


ask.ideal(one_value)


@ask.most(settled=True)
def one_reply(given: Given) -> Most:
    shown, form = given.shown("x"), value_form(given.returns)
    result = one_of(value_bytes(given.returns, reply_bytes(given, form)))
    ask = Asks(
        calls=1,
        items=shown.items,
        shown=shown.total,
        largest=shown.total,
        members=shown.items,
        forms=(form,),
        exact=True,
    )
    return Most(result, (ask,))
