"""Items that share calls, known one by one: a later run may pack them in another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rlmflow.models._protocol import Reply, Request
from rlmflow.operators._frame import question
from rlmflow.operators._step import BadReply, Evidence, ReplyForm, Shown
from rlmflow.runtime.asking import Asker
from rlmflow.runtime.recall import Recall

NOT_KNOWN = object()


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

    def key(self, shown: Shown) -> bytes:
        """What equal items have in common."""
        return self.recall.key(self.asker.caller, self._taken(self._alone(shown)))

    def value(self, shown: Shown) -> object:
        """The value of an item, else `NOT_KNOWN`. One that is known is booked as read."""
        alone = self._alone(shown)
        for request, read in ((self._taken(alone), self._value), (alone, self._if_acceptable)):
            found = self.recall.found(self.asker.caller, request)
            value = NOT_KNOWN if found is None else read(found, shown)
            if value is not NOT_KNOWN:
                self.recall.use(self.asker.caller, request, [shown])
                self.asker.ledger.add(self.asker.caller.step, [shown], whole=self.asker.whole)
                return value
        return NOT_KNOWN

    async def kept(
        self, shown: Sequence[Shown], values: Mapping[int, object], calls: Sequence[bytes]
    ) -> Mapping[int, object]:
        """Keep the values of a pack, by number from 1; those that stand in the journal then.

        `calls`: those that it took, which are not needed any more.
        """
        write = self.form.write
        if write is None or (len(shown) == 1 and self._is_known_by_its_call(shown[0])):
            return values
        pieces = {number: shown[number - 1] for number in sorted(values)}
        replies = [(self._taken(self._alone(p)), p, write(values[n])) for n, p in pieces.items()]
        stored = await self.recall.keep(self.asker.caller, replies, calls)
        read = {n: self._value(r, pieces[n]) for n, r in zip(pieces, stored, strict=True)}
        return {n: values[n] if value is NOT_KNOWN else value for n, value in read.items()}

    def _is_known_by_its_call(self, shown: Shown) -> bool:
        found = self.recall.found(self.asker.caller, self._alone(shown))
        return found is not None and self._if_acceptable(found, shown) is not NOT_KNOWN

    def _alone(self, shown: Shown) -> Request:
        """The request that asks about one item alone, once."""
        asked = question(self.prompt, self.job, self.also, [shown], self.form.explained)
        return self.asker.request(asked, self.form, 0)

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

    def _taken(self, alone: Request) -> Request:
        """The request under which a value stands that came of other calls than this one.

        A model is never asked it: its sample is none that there is. More votes, another one.
        """
        return replace(alone, sample=-self.asker.votes)
