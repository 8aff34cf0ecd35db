from __future__ import annotations

import re

from rlmflow.operators._most import Given, Most
from rlmflow.operators._operator import NONE, SOME, Call, Facts, operator
from rlmflow.operators._parameters import Items, Pattern
from rlmflow.operators._step import Result, Step
from rlmflow.text.one_line import one_line
from rlmflow.types import Type

_LONGEST_PATTERN = 160


@operator(facts=Facts(reads=NONE, keeps=SOME, once=True, text="same", whole=True, alone=True))
async def grep(step: Step, x: Items, pattern: Pattern) -> Result:
    """Keep the items in whose text a pattern is found, the others in `.dropped`.

    The text of an item is what a model would be shown of it: a part without its margin,
    a record as it stands in the input.

    x: the items.
    pattern: a regular expression, such as `r"(?i)shall|must"`; `^` and `$` match at every
      line.
    """
    compiled = re.compile(pattern, re.MULTILINE)
    return step.split(x, "dropped", lambda item: bool(compiled.search(step.itself(item).text)))


@grep.result
@grep.complement("dropped")
def same_list(call: Call) -> Type:
    return call.type_of("x")


@grep.loses("keeps")
def those_without_a_match(call: Call) -> str:
    return f"keeps only {call.items_in_words} that match {_pattern(call)}"


@grep.fragment
def what_is_kept(call: Call) -> str:
    return f"Keeps the items of {call.words('x')} that match {_pattern(call)}; no model is asked."


def _pattern(call: Call) -> str:
    pattern = call.constant("pattern")
    return f"`{one_line(pattern, _LONGEST_PATTERN)}`" if pattern else call.words("pattern")


@grep.most()
def some_of_them(given: Given) -> Most:
    items = given.size("x")
    return Most(items.some(), (), {"dropped": items.some()})
