"""Facts in words, for those who read of an operator."""

from __future__ import annotations

from rlmflow.operators._operator import Facts, Share

_READS = {
    Share.ALL: "shows each of its items to a model",
    Share.SOME: "shows some of its items to a model",
    Share.NONE: "shows none of its items to a model",
}
_KEEPS = {
    Share.ALL: "all are in the result",
    Share.SOME: "some may be left out of the result",
    Share.NONE: "none is in the result",
}


def facts_in_words(facts: Facts) -> str:
    """What happens to items, as a sentence that begins with `It`."""
    once = "none is there twice" if facts.once else "one may be there twice"
    text = "as it was" if facts.text == "same" else "new"
    return f"It {_READS[facts.reads]}; {_KEEPS[facts.keeps]}; {once}; their text is {text}."
