"""What is said of a question that is asked again."""

from __future__ import annotations

from rlmflow.journal.key import changed, key_of, parts_of
from rlmflow.journal.reasons import NEW, Reasons
from rlmflow.models._protocol import Message, Request, Tool


def request(text: str = "the text", prompt: str = "Label it.", **more: object) -> Request:
    messages = Message("system", "Answer."), Message("user", f"{prompt}\n{text}")
    return Request(messages, **more)  # type: ignore[arg-type]  # fields by name


def parts(text: str = "the text", model: str = "m", **more: object) -> bytes:
    return parts_of(model, request(text, **more), [text])  # type: ignore[arg-type]  # by name


def test_each_part_of_a_key_is_told_apart() -> None:
    others = {
        "model": parts(model="n"),
        "parameters": parts(max_output=7),
        "prompt": parts(prompt="Name it."),
        "schema": parts(schema={"type": "string"}),
        "tools": parts(tools=(Tool("t", "", {}),)),
        "text": parts("another text"),
        "sample": parts(sample=1),
        "occasion": parts(occasion=(1,)),
    }
    assert {name: changed(parts(), other) for name, other in others.items()} == {
        name: (name,) for name in others
    }
    asked = request().going_on([Message("assistant", "no"), Message("user", "again")])
    assert changed(parts(), parts_of("m", asked, ["the text"])) == ("course",)


def test_each_part_decides_the_key() -> None:
    keys = {
        key_of("m", request()),
        key_of("n", request()),
        key_of("m", request(max_output=7)),
        key_of("m", request(prompt="Name it.")),
        key_of("m", request(schema={"type": "string"})),
        key_of("m", request(tools=(Tool("t", "", {}),))),
        key_of("m", request("another text")),
        key_of("m", request(sample=1)),
        key_of("m", request(occasion=(1,))),
        key_of("m", request(), (1,)),
    }
    assert len(keys) == 10
    assert key_of("m", request(step="another name")) in keys


def test_the_entry_that_is_most_alike_says_what_changed() -> None:
    reasons = Reasons([(parts(), "a.txt:1", "found"), (parts("old"), "a.txt:2", "found")])
    assert reasons.of(parts(prompt="Name it."), "a.txt:1", "found") == ("prompt",)
    assert reasons.of(parts(model="n"), "a.txt:1", "renamed") == ("model",)
    assert reasons.of(parts("edited"), "a.txt:2", "found") == ("text",)
    assert reasons.of(parts("edited"), "b.txt:1", "found") == (NEW,)
