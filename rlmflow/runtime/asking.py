"""One question to a model: samples, the form of the reply, the re-ask that shows the error."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rlmflow.journal.key import Occasion
from rlmflow.models._protocol import Message, Request
from rlmflow.operators._frame import Question
from rlmflow.operators._most import REPLY_BYTES
from rlmflow.operators._replies import majority, written_bytes
from rlmflow.operators._step import BadReply, Evidence, ReplyForm, Shown, Unanswered
from rlmflow.runtime.calling import Caller
from rlmflow.runtime.events import ItemRejected
from rlmflow.runtime.ledger import Ledger
from rlmflow.runtime.recall import calls_made
from rlmflow.runtime.tools.using import MAY_USE, ToolUse
from rlmflow.text.shorten import shortened

REASKS = 2
REPEATED_BYTES = 4000
"""The most bytes that a re-ask shows of a reply that can't be used."""

PROBLEM_BYTES = 1000
"""The most bytes that a re-ask says of what was wrong."""


@dataclass
class Asker:
    """Asks one model for one step, `votes` times each question.

    `whole`: what it shows of an item is the item as it stands.
    """

    caller: Caller
    ledger: Ledger
    votes: int = 1
    whole: bool = True
    max_output: int | None = None
    tools: ToolUse | None = None

    async def ask(
        self,
        question: Question,
        shown: Sequence[Shown],
        form: ReplyForm,
        *,
        again: int,
        seen: list[Shown] | None = None,
        beside: Sequence[str] = (),
        occasion: Occasion = (),
    ) -> object:
        """The value of a usable reply; by majority, where there are votes. Raises `Unanswered`.

        `seen` is told what tools returned to the model. `beside`: texts that the question
        shows beside its items.
        """
        if again and not self.caller.repeats.take(self.votes):
            raise Unanswered("the step's retries are used up")
        seen = [] if seen is None else seen
        voted = await self._voted(question, shown, form, (again, *occasion), seen, beside)
        value = self._settled(form, voted, _evidence(shown, seen, beside))
        self._credit(shown, form, value)
        return value

    async def _voted(
        self,
        question: Question,
        shown: Sequence[Shown],
        form: ReplyForm,
        occasion: Occasion,
        seen: list[Shown],
        beside: Sequence[str],
    ) -> object:
        """The value of most samples. `occasion`: first, how often the same was asked before."""
        # What is taken from the repeats is no call that the share of repeats is taken of.
        self.caller.repeats.calls += 0 if occasion[0] else self.votes
        if self.votes == 1:
            return await self._sample(question, shown, form, (0, occasion), seen, beside)
        samples = [
            self._sample(question, shown, form, (n, occasion), seen, beside)
            for n in range(self.votes)
        ]
        replies = await asyncio.gather(*samples, return_exceptions=True)
        failed = [reply for reply in replies if isinstance(reply, BaseException)]
        for failure in failed:
            if not isinstance(failure, Unanswered) or 2 * len(failed) >= self.votes:
                raise failure
        usable = [reply for reply in replies if not isinstance(reply, BaseException)]
        return (form.vote or majority)(usable)

    async def _sample(
        self,
        question: Question,
        shown: Sequence[Shown],
        form: ReplyForm,
        sample: tuple[int, Occasion],
        seen: list[Shown],
        beside: Sequence[str],
    ) -> object:
        """A usable reply's value. Replies that did not lead to one are asked for anew one day."""
        with calls_made() as made:
            try:
                return await self._usable(question, shown, form, sample, seen, beside)
            except Unanswered as reason:
                if reason.unusable and self.caller.recall is not None:
                    self.caller.recall.spoil(made)
                raise

    async def _usable(
        self,
        question: Question,
        shown: Sequence[Shown],
        form: ReplyForm,
        sample: tuple[int, Occasion],
        seen: list[Shown],
        beside: Sequence[str],
    ) -> object:
        using = self.tools.about(shown, seen) if self.tools else None
        request = self.request(question, form, *sample)
        most = request.max_output
        doubted = False
        for turn in range(REASKS + 1):
            if using is None:
                reply = await self.caller.send(request, shown)
            else:
                reply, request = await using.reply(request)
            try:
                value = _not_too_long(form.read(reply.text), most)
            except BadReply as bad:
                problem = str(bad)
                if turn == REASKS or not self.caller.repeats.take():
                    break
            else:
                doubt = None
                if form.doubt is not None and not doubted:
                    doubt = form.doubt(value, _evidence(shown, seen, beside))
                if doubt is None or turn == REASKS or not self.caller.repeats.take():
                    return value
                problem, doubted = doubt, True
            said = (
                Message("assistant", shortened(reply.text, REPEATED_BYTES)),
                Message("user", _again(shortened(problem, PROBLEM_BYTES))),
            )
            request = request.going_on(said)
        raise Unanswered(f"no usable reply: {problem}", unusable=True)

    def request(
        self, asked: Question, form: ReplyForm, sample: int, occasion: Occasion = (0,)
    ) -> Request:
        """The request that a question begins with; the places in it are not what decides it.

        `occasion`: first, how often the same was asked before.
        """
        system = Message("system", asked.system + (f" {MAY_USE}" if self.tools else ""))
        placeless = asked.placeless
        return Request(
            (system, Message("user", asked.user)),
            form.schema,
            self.max_output or form.tokens,
            sample,
            self.caller.step,
            self.tools.told if self.tools else (),
            decides=None if placeless is None else (system, Message("user", placeless)),
            occasion=occasion,
        )

    def _settled(self, form: ReplyForm, value: object, evidence: Evidence) -> object:
        """What is taken of a value. Raises `Unanswered` where nothing can be."""
        if form.settle is None:
            return value
        try:
            settled = form.settle(value, evidence)
        except BadReply as bad:
            raise Unanswered(str(bad), unusable=True) from None
        for piece, reason in settled.rejected:
            item = piece.item
            self.caller.tell(ItemRejected(self.caller.step, item.id, item.source, reason))
        return settled.value

    def _credit(self, shown: Sequence[Shown], form: ReplyForm, value: object) -> None:
        """Book as read what a reply speaks for."""
        if form.answered is not None:
            shown = [shown[number - 1] for number in form.answered(value)]
        self.ledger.add(self.caller.step, shown, whole=self.whole)


def _not_too_long(value: object, most: int) -> object:
    """Hold a value to the cap of its reply. Raises `BadReply`.

    An endpoint may not have held to it, and what later steps cost is reckoned by it.
    """
    size = written_bytes(value)
    if size > REPLY_BYTES * most:
        raise BadReply(f"the reply has {size:,} bytes, and at most {REPLY_BYTES * most:,} may come")
    return value


def _evidence(shown: Sequence[Shown], seen: Sequence[Shown], beside: Sequence[str]) -> Evidence:
    return Evidence(shown, (*(piece.text for piece in seen), *beside))


def _again(problem: str) -> str:
    return f"That reply can't be used: {problem}. Reply again, in the form that was asked for."
