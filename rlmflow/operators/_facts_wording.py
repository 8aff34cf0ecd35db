"""Facts in words, for those who read of an operator, or of one call of it."""

from __future__ import annotations

from rlmflow.operators._facts import Facts, Share

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
_SHORT_READS = {
    Share.ALL: "a model sees all items",
    Share.SOME: "a model sees some items",
    Share.NONE: "no model sees an item",
}
_SHORT_KEEPS = {
    Share.ALL: "all are kept",
    Share.SOME: "some may be left out",
    Share.NONE: "none is kept",
}


def facts_in_words(facts: Facts) -> str:
    """What happens to items, as a sentence that begins with `It`."""
    once = "none is there twice" if facts.once else "one may be there twice"
    return f"It {_READS[facts.reads]}; {_KEEPS[facts.keeps]}; {once}; {_text(facts)}."


def facts_in_short(facts: Facts) -> str:
    """The same in fewer words, as a sentence that stands behind others."""
    reads = _SHORT_READS[facts.reads].capitalize()
    once = "none comes twice" if facts.once else "one may come twice"
    return f"{reads}, {_SHORT_KEEPS[facts.keeps]}, {once}; {_text(facts)}."


def _text(facts: Facts) -> str:
    return f"their text is {'as it was' if facts.text == 'same' else 'new'}"
