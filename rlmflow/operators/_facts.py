"""What an operator does to the items of its list inputs, as data that proofs rest on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal, TypeAlias


class Share(Enum):
    """How much of a list: every item, some of them, or none."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


ALL, SOME, NONE = Share.ALL, Share.SOME, Share.NONE


@dataclass(frozen=True)
class Facts:
    """What an operator does to the items of its list inputs. Undeclared fails closed.

    `reads`: whether each item's own text is shown to a model. `keeps`: whether each
    item is in the result's provenance. `once`: whether none is there twice. `text`:
    whether an item's text is what it was. `whole`: whether what the result leaves out
    is in the complements that stand apart from it, to the last character. `items`: whether
    an item of the result is always a new one, or may be the very one that came in.
    `quotes`: of the quotes in a result whose text is new, whether each is one of an input
    item's or stands in the input that this was made of (`passed`), or was written by a
    call that is shown items of its own input and no other (`shown`). `alone`: whether what
    becomes of an item rests on that item and on no other, nor on its place among them.
    """

    reads: Share = SOME
    keeps: Share = SOME
    once: bool = False
    text: Literal["same", "new"] = "new"
    whole: bool = False
    items: Literal["same", "new"] = "same"
    quotes: Literal["unknown", "passed", "shown"] = "unknown"
    alone: bool = False

    def leaving_out(self) -> Facts:
        """The same where items that got no answer may be left out."""
        reads, keeps = _at_most_some(self.reads), _at_most_some(self.keeps)
        return replace(self, reads=reads, keeps=keeps, whole=False)


def _at_most_some(share: Share) -> Share:
    return SOME if share is ALL else share


Fact: TypeAlias = Literal["reads", "keeps", "once"]
"""A fact of which a call may fall short."""
