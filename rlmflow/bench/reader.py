"""A modelled reader: it replies to a step's message from that message alone.

It parses what the frame shows, takes out what a task's `Knowledge` finds in it, overlooks
and confuses as its `Noise` says, and fills the form that the message asks for.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rlmflow.bench.noise import EXACT, Noise, drawn
from rlmflow.bench.task import Fact, Knowledge
from rlmflow.models._protocol import Message, Request, ToolCall
from rlmflow.models.token_bounds import o200k_count
from rlmflow.operators._frame import Question, read_items

LABEL, QUOTE, PLACE, ANSWER = "label", "quote", "place", "answer"
NOTES = "Take notes"
"""What the instruction begins with where notes are wanted, and no answer."""
WHOLE = (ANSWER, "text")
"""Fields of a record about all that is shown which are no single fact's."""
_SOURCE = re.compile(r'<item\d* id="(\d+)" source="([^"\n]+:\d+)">')
_CONTEXT = re.compile(r'<item\d* id="context">\n(.*?)\n</item', re.DOTALL)
_YES_OR_NO = ["yes", "no"]
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def reading(knowledge: Knowledge, noise: Noise = EXACT) -> Any:
    """A script that reads each message with this knowledge, and errs like this."""

    def script(request: Request) -> str | Mapping[str, object] | ToolCall:
        return _Message(request, knowledge, noise).reply()

    return script


class _Message:
    """One message, read."""

    def __init__(self, request: Request, knowledge: Knowledge, noise: Noise) -> None:
        first, second, *later = (*request.messages, Message("user", ""))
        question = Question(first.content, second.content)
        self._tools = [tool.name for tool in request.tools]
        self._returned = [message.content for message in later if message.role == "tool"]
        self._looked_up = {
            json.loads(call.arguments)["pattern"]
            for message in later
            for call in message.tool_calls
        }
        self._knowledge, self._noise = knowledge, noise
        self._schema: Any = request.schema
        self._sample = request.sample
        # A root that asks by itself puts the question and the text into one prompt.
        self._items = read_items(question) or {1: question.user}
        self._sources = {int(m[1]): html.unescape(m[2]) for m in _SOURCE.finditer(question.user)}
        context = "\n".join(_CONTEXT.findall(question.user))
        self._asked = f"{instruction(question)}\n{context}".strip()
        self._all_asked = "\n".join([self._asked, *self._items.values()])
        self._message = "\n".join(message.content for message in request.messages)
        self._tokens = o200k_count(request.messages) if noise.half is not None else 0

    def reply(self) -> str | Mapping[str, object] | ToolCall:
        every = [fact for n in self._items for fact in self._noticed(n)]
        if self._tools:
            found = [fact for text in self._returned for fact in self._knowledge.facts(text)]
            pattern = self._knowledge.look_up(self._all_asked, found)
            if pattern is not None and pattern not in self._looked_up:
                return ToolCall(self._tools[0], json.dumps({"pattern": pattern}))
            every += found
        if self._schema is None:
            return self._words(every)
        wanted = self._schema["properties"]
        if "items" in wanted:
            one = wanted["items"]["items"]
            bearing = [f for f in every if self._knowledge.bears(self._asked, f)]
            return {"items": [self._filled(one, fact) for fact in bearing]}
        if "groups" in wanted:
            return {"groups": self._equal()}
        if set(wanted) == {str(number) for number in self._items}:
            return {str(n): self._value(wanted[str(n)], n) for n in self._items}
        if set(wanted) == {"answer"}:
            return {"answer": self._of_all(wanted["answer"], every)}
        whole = {k: v for k, v in self._schema.items() if k != "$defs"}
        return dict(self._of_all(whole, every))

    def _noticed(self, number: int) -> list[Fact]:
        """The facts of an item, without those that are overlooked."""
        facts = [self._placed(f, number) for f in self._knowledge.facts(self._items[number])]
        if self._noise.half is None:
            return facts
        asked = drawn(self._message, self._sample)
        return [
            fact
            for place, fact in enumerate(facts)
            if self._noise.notices(self._tokens, asked, number, place)
        ]

    def _placed(self, fact: Fact, number: int) -> Fact:
        """A fact with its place, where the message says from where its item is."""
        source = self._sources.get(number)
        if source is None or PLACE in fact.says:
            return fact
        file, _, line = source.rpartition(":")
        down = self._items[number].count("\n", 0, fact.at)
        return replace(fact, says={**fact.says, PLACE: f"{file}:{int(line) + down}"})

    def _words(self, facts: Sequence[Fact]) -> str:
        labelled = [self._labelled(fact) for fact in facts]
        if NOTES in self._asked:
            return self._knowledge.notes(self._asked, labelled)
        return self._knowledge.answer(self._asked, labelled) or "I don't know."

    def _labelled(self, fact: Fact) -> Fact:
        """A fact as it is understood: its label may be taken for another."""
        if LABEL not in fact.says or "labels" not in fact.says:
            return fact
        said = self._noise.label(fact.says[LABEL], fact.says["labels"], self._sample, fact.text)
        return replace(fact, says={**fact.says, LABEL: said})

    def _value(self, schema: Mapping[str, Any], number: int) -> object:
        """The value for one item of a pack."""
        return self._of_all(schema, self._noticed(number), number)

    def _of_all(self, schema: Mapping[str, Any], facts: Sequence[Fact], number: int = 0) -> Any:
        schema = self._resolved(schema)
        if "anyOf" in schema:
            present = next(one for one in schema["anyOf"] if one.get("type") != "null")
            return self._of_all(present, facts, number) if facts else None
        if schema.get("enum") == _YES_OR_NO:
            bearing = [f for f in facts if self._knowledge.bears(self._asked, self._labelled(f))]
            return "yes" if bearing else "no"
        if "enum" in schema:
            return self._choice(schema["enum"], facts, number)
        bearing = [f for f in facts if self._knowledge.bears(self._asked, f)]
        if schema.get("type") == "array":
            return self._list(schema, bearing) or list(self._items.values())[:1]
        if "properties" in schema:
            fields = schema["properties"]
            only = self._filled(schema, (bearing or [Fact("")])[0])
            return {name: self._of_whole(name, fields[name], bearing, only) for name in fields}
        said = self._words(facts)
        if schema.get("type") in ("integer", "number"):
            found = _NUMBER.search(said)
            return _number(found[0]) if found else len(bearing)
        return said

    def _list(self, schema: Mapping[str, Any], facts: Sequence[Fact]) -> list[object]:
        return [self._filled(schema["items"], fact) for fact in facts]

    def _of_whole(
        self, name: str, schema: Mapping[str, Any], facts: Sequence[Fact], only: Mapping[str, Any]
    ) -> object:
        """A field of one record about all that is shown."""
        schema = self._resolved(schema)
        if schema.get("type") == "array":
            plain = "properties" not in self._resolved(schema["items"])
            return [] if plain else self._list(schema, facts)
        return self._words(facts) if name in WHOLE else only[name]

    def _choice(self, labels: Sequence[str], facts: Sequence[Fact], number: int) -> str:
        """The label of an item; of one in which nothing was noticed, any."""
        true = next((f for f in facts if f.says.get(LABEL) in labels), None)
        if true is None:
            guess = drawn(self._noise.seed, self._message, self._sample, number)
            return labels[int(guess * len(labels))]
        return self._noise.label(true.says[LABEL], labels, self._sample, true.text)

    def _filled(self, schema: Mapping[str, Any], fact: Fact) -> Any:
        """A value of this form that says what a fact says; fields are filled by their names."""
        schema = self._resolved(schema)
        if "properties" not in schema:
            return fact.says.get("value", fact.text)
        known = self._labelled(fact).says
        return {
            name: self._field(name, of, known, fact) for name, of in schema["properties"].items()
        }

    def _field(self, name: str, of: Any, known: Mapping[str, Any], fact: Fact) -> Any:
        schema = self._resolved(of)
        optional = "anyOf" in schema
        if optional:
            schema = self._resolved(
                next(one for one in schema["anyOf"] if one.get("type") != "null")
            )
        if name in known:
            return known[name]
        if name == QUOTE:
            return fact.text
        if "enum" in schema:
            told = next((v for v in known.values() if v in schema["enum"]), None)
            return told if told is not None else schema["enum"][0]
        if optional:
            return None
        match schema.get("type"):
            case "integer" | "number":
                return next((v for v in known.values() if isinstance(v, int | float)), 0)
            case "boolean":
                return True
            case "array":
                return []
            case "object":
                # Which cells there are is said in the instruction alone.
                asked = re.findall(r'"(\w+)"', self._asked)
                return {name: str(known[name]) for name in asked if name in known}
            case _:
                return known.get("value", fact.text)

    def _equal(self) -> list[list[int]]:
        """Groups of ids: items whose facts are the same."""
        same: dict[object, list[int]] = {}
        for number, text in self._items.items():
            facts = tuple(self._knowledge.same(fact) for fact in self._knowledge.facts(text))
            same.setdefault(facts or text, []).append(number)
        return [numbers for numbers in same.values() if len(numbers) > 1]

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        named = schema.get("$ref")
        return self._schema["$defs"][named.rsplit("/", 1)[1]] if named else schema


def _number(written: str) -> int | float:
    plain = written.replace(",", "")
    return float(plain) if "." in plain else int(plain)


def instruction(question: Question) -> str:
    """What a message asks, without the data that it shows."""
    return question.user.partition("\n\n<item")[0]
