from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest

from rlmflow.operators._most import Given, Most
from rlmflow.operators._operator import NONE, SOME, Call, Facts, operator
from rlmflow.operators._parameters import Items, Positive
from rlmflow.operators._selection import parted
from rlmflow.operators._step import Result, Step
from rlmflow.types import Type


@operator(facts=Facts(reads=NONE, keeps=SOME, once=True, text="same", whole=True))
async def sample(step: Step, x: Items, n: Positive, *, seed: int = 0) -> Result:
    """Keep some items by lot, the others in `.dropped`.

    Both stay in the order of the list. The same items and the same seed give the same
    sample. The lot of an item is drawn from its own text, so an item that is added or
    taken away changes one place of the sample at most.

    x: the items.
    n: how many to keep; all, if there are no more.
    seed: another number gives another sample.
    """
    items = await x.all()
    lots = _lots([step.itself(item).text for item in items], seed)
    return parted(items, set(nsmallest(n, range(len(items)), key=lots.__getitem__)))


def _lots(texts: Sequence[str], seed: int) -> list[bytes]:
    """A lot for each text; equal texts have unequal lots."""
    seen: Counter[bytes] = Counter()
    lots = []
    for text in texts:
        content = _digest(text.encode(errors="surrogatepass"))
        lots.append(_digest(content + f"{seed}/{seen[content]}".encode()))
        seen[content] += 1
    return lots


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


@sample.result
@sample.complement("dropped")
def same_list(call: Call) -> Type:
    return call.type_of("x")


@sample.loses("keeps")
def the_others(call: Call) -> str:
    return f"keeps {call.words('n')} of the {call.items_in_words}, by lot"


@sample.fragment
def how_many_are_kept(call: Call) -> str:
    return (
        f"Keeps {call.words('n')} items of {call.words('x')} by lot, the same in every run "
        f"(seed {call.words('seed')}); no model is asked."
    )


@sample.most()
def so_many_of_them(given: Given) -> Most:
    items = given.size("x")
    return Most(items.some(given.value("n")), (), {"dropped": items.some()})
