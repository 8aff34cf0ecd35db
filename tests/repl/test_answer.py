"""`answer`: what the host is told of it after each block."""

from __future__ import annotations

import pytest
from repl.repl_host import ScriptedHost, blocks

from rlmflow.runtime.repl.block import Announced, ReplLimits
from rlmflow.runtime.repl.wire import Failure, Handle, Sent, SentList

HOW = 'set answer["content"] and answer["ready"]'


def announced(*codes: str, limits: ReplLimits | None = None) -> list[Announced]:
    parts = SentList((Sent("a", 1, "f:1"), Failure("no answer")))
    host = ScriptedHost(step=lambda name: parts)
    return [block.answer for block in blocks(*codes, host=host, limits=limits)]


def test_the_content_is_sent_after_each_block_as_it_then_is() -> None:
    assert announced("1", "answer['content'] = [1]", "answer['content'] += [2.5, None]") == [
        Announced("", False, None),
        Announced([1], False, None),
        Announced([1, 2.5, None], False, None),
    ]


def test_items_in_it_are_handles_and_failures() -> None:
    taken, joined = announced(
        "answer['content'] = {'found': steps.parts(), 'first': steps.parts()[0]}",
        "answer = {'content': steps.parts()[0] + 'b', 'ready': True}",
    )
    assert taken.content == {"found": [Handle(1), Failure("no answer")], "first": Handle(1)}
    assert joined == Announced("ab", True, None)


def test_an_answer_that_was_replaced_is_put_back_as_it_was() -> None:
    first, replaced, after, gone = announced(
        "answer['content'] = 'x'",
        "answer = 'the answer is 4'",
        "answer['ready'] = True",
        "del answer",
    )
    assert first == Announced("x", False, None)
    what = "`answer` was replaced by a str, and has been put back; "
    assert replaced == Announced("x", False, what + HOW)
    assert after == Announced("x", True, None)
    assert gone == Announced("x", True, f"`answer` was taken away, and has been put back; {HOW}")


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("answer['content'] = {1, 2}", """answer["content"] can't be used: a set can't be sent"""),
        ("answer['content'] = {1: 2}", "a key of a dict must be a str to be sent; this one is 1"),
        ("answer['content'] = answer", "nested too deeply to be sent, or holds itself"),
        ("answer['content'] = '\\ud800'", "half a surrogate pair"),
        ("answer['content'] = 'x' * 3000", 'answer["content"] is too long: 3,003 bytes'),
        ("answer['ready'] = 'yes'", 'answer["ready"] is a str; it must be True or False'),
        (
            "class B:\n  @property\n  def __class__(self): 1 / 0\nanswer['content'] = B()",
            "division",
        ),
    ],
)
def test_what_is_wrong_with_it_is_said_in_words(code: str, problem: str) -> None:
    said, after = announced(code, "answer = {'content': 'y'}", limits=ReplLimits(frame=4096))
    assert problem in str(said.problem)
    assert not said.ready
    assert after == Announced("y", False, None)
