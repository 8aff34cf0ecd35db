"""What `rlmflow show` says of an operator."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Literal

import pytest

from rlmflow.operators import all_operators
from rlmflow.operators._model_knobs import MODEL_KNOB_DOCS, MODEL_KNOBS
from rlmflow.operators._operator import ALL, NONE, OPTIONAL, SOME, Call, Facts, Finding, operator
from rlmflow.operators._parameters import Amount, Items, Margin, Positive, Where
from rlmflow.operators._step import Step
from rlmflow.report.operator_page import page, signature
from rlmflow.types import Type
from rlmflow.values import Stream


@operator()
async def halve(
    step: Step,
    x: Items,
    *,
    n: Positive,
    margin: Margin = Amount(0, "chars"),
    at: Literal["line", "char"] = "line",
    where: Where | None = None,
) -> Stream:
    """Keep one half of the items.

    The other half is not lost:
    it is in `.rest`.

    x: the items.
    n: how many there are, which has to be said in a sentence that is too long for a line.
    margin: not used.
    """
    return x


@halve.facts
def some(call: Call) -> Facts:
    return Facts(ALL if call.has("where") else NONE, SOME, True, "same")


@halve.complement("rest")
def same(call: Call) -> Type:
    return call.type_of("x")


@halve.check("RF399", "half-of-nothing")
def never(_: Call) -> Finding | None:
    return None


@operator(asks=True, prompt=OPTIONAL, returns=OPTIONAL)
async def guess(step: Step, *x: Items) -> Stream:
    """Guess."""
    return x[0]


def test_a_page() -> None:
    assert page(halve) == dedent(
        """\
        halve(x, n:, margin: 0 chars, at: line, where:)

        Keep one half of the items.

        The other half is not lost:
        it is in `.rest`.

        Arguments
          x        list               the items
          n:       int                how many there are, which has to be said in a sentence that
                                      is too long for a line
          margin:  size               not used (by default 0 chars)
          at:      line | char        (by default line)
          where:   condition on item

        What happens to its items
          It shows none of its items to a model; some may be left out of the result; none is there
          twice; their text is as it was.
          With `where:` it shows each of its items to a model; some may be left out of the result;
          none is there twice; their text is as it was.

        What it leaves out is in `.rest`.

        Checks, each explained by `rlmflow explain CODE`
          RF399 half-of-nothing
        """
    )


def test_a_signature_says_what_follows_the_call() -> None:
    assert signature(guess) == 'guess(x, …) [-> Type] ["""prompt"""]'


def test_a_model_operator_shows_the_common_knobs() -> None:
    said = page(guess)
    assert all(f"  {knob.name}: " in said for knob in MODEL_KNOBS)
    assert all(doc.split()[0] in said for doc in MODEL_KNOB_DOCS.values())
    assert not any(f"  {knob.name}: " in page(halve) for knob in MODEL_KNOBS)


@pytest.mark.parametrize("name", sorted(all_operators()))
def test_every_argument_of_every_operator_is_explained(name: str) -> None:
    documented = all_operators()[name]
    body = page(documented).split("Arguments\n")[1].split("\n\n")[0]
    for parameter in documented.parameters:
        head = re.escape(f"{parameter.name}{':' if parameter.keyword else ''}")
        labels = re.escape(" or ".join(kind.label for kind in parameter.kinds))
        assert re.search(rf"^  {head} +{labels}\s+[\w`]", body, re.MULTILINE), head
