"""Items that share calls, known one by one: a later run may pack them in another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rlmflow.journal.key import derived
from rlmflow.models._protocol import Reply, Request
from rlmflow.operators._frame import question
from rlmflow.operators._step import BadReply, Evidence, ReplyForm, Shown
from rlmflow.runtime.asking import Asker
from rlmflow.runtime.recall import Recall

NOT_KNOWN = object()


@dataclass(frozen=True, slots=True)
class Alone:
    """One item, the request about it alone, and the keys under which it may be known.

    `keys`: of that request; `taken`: of a value that came of other calls than this one.
    """

    shown: Shown
    request: Request
    keys: Sequence[bytes]
    taken: Sequence[bytes]

    @property
    def key(self) -> bytes:
        """What equal items have in common."""
        return self.taken[0]


@dataclass
class ItemsKnown:
    """What is known of single items of a step. `job`, `form`: of the question about one alone.

    An item that was asked about alone is known by that call. Of any other, the value that
    was taken is kept as if it had been the reply to that question.
    """

    asker: Asker
    recall: Recall
    prompt: str
    also: Sequence[str]
    job: str
    form: ReplyForm

    def about(self, shown: Shown) -> Alone:
        """An item as it is asked about alone, and as it is known by."""
        asked = question(self.prompt, self.job, self.also, [shown], self.form.explained)
        request = self.asker.request(asked, self.form, 0)
        keys = self.recall.keys(self.asker.caller, request)
        # A model is never asked this: it stands for the calls that a value came of.
        taken = [derived(key, f"taken of {self.asker.votes}") for key in keys]
        return Alone(shown, request, keys, taken)

    def value(self, alone: Alone) -> object:
        """The value of an item, else `NOT_KNOWN`. One that is known is booked as read."""
        found = self.recall.found([*alone.taken, *alone.keys])
        shown, caller = alone.shown, self.asker.caller
        for keys, read in ((alone.taken, self._value), (alone.keys, self._if_acceptable)):
            key = next((key for key in keys if key in found), None)
            value = NOT_KNOWN if key is None else read(found[key], shown)
            if key is not None and value is not NOT_KNOWN:
                self.recall.use(caller, alone.request, [shown], key, found[key])
                self.asker.ledger.add(caller.step, [shown], whole=self.asker.whole)
                return value
        return NOT_KNOWN

    async def kept(
        self, pack: Sequence[Alone], values: Mapping[int, object], calls: Mapping[bytes, Reply]
    ) -> Mapping[int, object]:
        """Keep the values of a pack, by number from 1; those that stand in the journal then.

        `calls`: those that it took, which are not needed any more.
        """
        write = self.form.write
        if write is None or (len(pack) == 1 and self._is_known_by_its_call(pack[0], calls)):
            return values
        pieces = {number: pack[number - 1] for number in sorted(values)}
        texts = [(alone, write(values[number])) for number, alone in pieces.items()]
        replies = [(alone.request, alone.shown, text, alone.taken) for alone, text in texts]
        stored = await self.recall.keep(self.asker.caller, replies, calls)
        read = {n: self._value(r, pieces[n].shown) for n, r in zip(pieces, stored, strict=True)}
        return {n: values[n] if value is NOT_KNOWN else value for n, value in read.items()}

    def _is_known_by_its_call(self, alone: Alone, calls: Mapping[bytes, Reply]) -> bool:
        reply = next((calls[key] for key in alone.keys if key in calls), None)
        return reply is not None and self._if_acceptable(reply, alone.shown) is not NOT_KNOWN

    def _value(self, reply: Reply, shown: Shown) -> object:  # noqa: ARG002  as its neighbour
        try:
            return self.form.read(reply.text)
        except BadReply:
            return NOT_KNOWN

    def _if_acceptable(self, reply: Reply, shown: Shown) -> object:
        """The value of a call's reply that is taken as it is, and by itself."""
        if self.asker.votes > 1 or reply.tool_calls:
            return NOT_KNOWN
        evidence = Evidence([shown])
        try:
            value = self.form.read(reply.text)
            if self.form.doubt is not None and self.form.doubt(value, evidence) is not None:
                return NOT_KNOWN
            return value if self.form.settle is None else self.form.settle(value, evidence).value
        except BadReply:
            return NOT_KNOWN
