"""The contract and the limits, in the words in which a root is told of them."""

from __future__ import annotations

from rlmflow.graph.in_words import plain_number
from rlmflow.graph.model import Clause
from rlmflow.syntax.inline import format_expression

DEMANDS = {
    "covers": "all text of `{of}` but white space was shown to a model, as items, in calls that "
    "succeeded.",
    "keeps": "every item of `{of}` is among what the answer was made from.",
    "once": "no item of `{of}` is twice in what the answer was made from.",
    "grounded": "every item of the answer has a quote that stands, word for word, in `{of}`.",
}
_A_SHARE = (
    "at least {share}% of the text of `{of}`, white space apart, was shown to a model, as items, "
    "in calls that succeeded."
)


def demand(clause: Clause) -> str:
    """A clause as it is written, and what it demands."""
    of = format_expression(clause.subject)
    if clause.share is None:
        return f"`{clause.kind}({of})`: {DEMANDS[clause.kind].format(of=of)}"
    share = plain_number(clause.share)
    return f"`{clause.kind}({of}, {share}%)`: {_A_SHARE.format(share=share, of=of)}"
