"""Items in the REPL: what they are to code, and what the host gets back."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest
from repl.repl_host import ScriptedHost, outputs, running

from rlmflow.runtime.repl.wire import Failure, Handle, Piece, Sent, SentList

ITEMS = SentList(
    (
        Sent("plain", 1, "a.txt:1"),
        Sent(Piece(0, 4, 7), 2, "a.txt:2"),
        Sent({"name": "x", "tags": ["t"]}, 3, "a.txt:3"),
        Sent(4, 4, "b:c.txt:4"),
        Sent(0.5, 5, None),
        Failure("no answer"),
        Sent(True, 7, "a.txt:7"),
        Sent(datetime.date(2026, 1, 2), 8, "a.txt:8"),
        Sent([1, 2], 9, "a.txt:9"),
    )
)


class ItemHost(ScriptedHost):
    """Gives the items as a step; shows what came back of the call `llm_batch(…, items=…)`."""

    def __init__(self) -> None:
        super().__init__(step=lambda *_: ITEMS, llm_batch=self._seen)

    def _seen(self, _: str, *, items: list[object]) -> str:
        self.seen = items
        return "seen"


Shown = Callable[[str], str]


@pytest.fixture(scope="module")
def host() -> ItemHost:
    return ItemHost()


@pytest.fixture(scope="module")
def shown(host: ItemHost) -> Iterator[Shown]:
    """What code shows that finds the items as `x`."""
    with running(host) as run:
        yield lambda code: run(f"x = steps.parts()\n{code}").output.removesuffix("\n")


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("type(x).__name__, len(x)", "('Items', 9)"),
        ("x[:2], x[2], x[-1]", "(['plain', 'two'], {'name': 'x', 'tags': ['t']}, [1, 2])"),
        ("x[0] + '!', x[1].upper(), 'w' in x[1]", "('plain!', 'TWO', True)"),
        ("x[2]['name'], x[2].get('no'), isinstance(x[2], dict)", "('x', None, True)"),
        ("x[3] + 1, x[4] * 2, isinstance(x[3], int)", "(5, 1.0, True)"),
        ("x[0].source, x[0].name, x[3].name, x[4].source", "('a.txt:1', 'a.txt', 'b:c.txt', None)"),
        ("[t for t in x[:2]], x[:1] + x[1:2]", "(['plain', 'two'], ['plain', 'two'])"),
        ("x[:1] + ['y'], ['y'] + x[:1]", "(['plain', 'y'], ['y', 'plain'])"),
        ("x[6], x[7]", "(True, datetime.date(2026, 1, 2))"),
        ("'two' in x[:3], x[:3].index('two'), x[:2] == ['plain', 'two']", "(True, 1, True)"),
        ("import json\njson.dumps(x[:5]), json.dumps(x[2])", None),
        ("import random\nsorted(random.sample(x[:2], 2))", "['plain', 'two']"),
        ("{x[0]: 1}['plain'], x[2] | {'n': 1}", "(1, {'name': 'x', 'tags': ['t'], 'n': 1})"),
        ("import copy\ncopy.copy(x[1]).source, x[9:]", "('a.txt:2', [])"),
        ("x", "['plain', 'two', {'name': 'x', 'tags': ['t']}, 4, 0.5, <Failed: no answer>, "
              "True, datetime.date(2026, 1, 2), [1, 2]]"),
    ],
)  # fmt: skip
def test_items_are_the_values_that_they_stand_for(
    shown: Shown, code: str, what: str | None
) -> None:
    told = shown(code)
    assert "Traceback" not in told, told
    assert what is None or told == what


@pytest.mark.parametrize(
    "code", ["x[0] = 1", "x.append(1)", "del x[0]", "x[99]", "x['a']", "hash(x)"]
)
def test_items_are_read_only(shown: Shown, code: str) -> None:
    assert "Traceback" in shown(code)


@pytest.mark.parametrize(
    ("code", "back"),
    [
        ("x", [*map(Handle, range(1, 6)), Failure("no answer"), True, datetime.date(2026, 1, 2),
               Handle(9)]),
        ("x[1:3]", [Handle(2), Handle(3)]),
        ("x[:1] + x[3:4]", [Handle(1), Handle(4)]),
        ("[t for t in x[:3] if 'o' in t]", [Handle(2)]),
        ("sorted(x[:2], reverse=True)", [Handle(2), Handle(1)]),
        ("[x[0] + '', x[1].strip(), x[3] + 0]", ["plain", "two", 4]),
        ("[{'text': x[0], 'of': [x[2]]}]", [{"text": Handle(1), "of": [Handle(3)]}]),
        ("[x[2], x[2]['name']]", [Handle(3), "x"]),
        ("[dict(x[2])]", [{"name": "x", "tags": ["t"]}]),
    ],
)  # fmt: skip
def test_an_unchanged_item_goes_back_as_its_handle(
    shown: Shown, host: ItemHost, code: str, back: object
) -> None:
    assert shown(f"llm_batch('p', items={code})") == "'seen'"
    assert host.seen == back


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("x[2]['name'] = 'y'", {"name": "y", "tags": ["t"]}),
        ("x[2]['tags'].append('u')", {"name": "x", "tags": ["t", "u"]}),
        ("del x[2]['tags']", {"name": "x"}),
        ("x[2].update(n=1); x[2].pop('n')", Handle(3)),
    ],
)
def test_a_changed_record_goes_back_as_plain_data(
    shown: Shown, host: ItemHost, change: str, left: object
) -> None:
    assert shown(f"{change}\nllm_batch('p', items=[x[2], x[2:4][0]])") == "'seen'"
    assert host.seen == [left, left]


USES = """
def uses(failed):
    import json
    yield str, lambda: str(failed)
    yield format, lambda: f"{failed}"
    yield "%", lambda: "%s" % failed
    yield print, lambda: print(failed)
    yield "+", lambda: "a" + failed
    yield "+=", lambda: failed + "a"
    yield len, lambda: len(failed)
    yield iter, lambda: list(failed)
    yield "[]", lambda: failed[0]
    yield "in", lambda: "a" in failed
    yield "==", lambda: failed == "yes"
    yield "!=", lambda: failed != "yes"
    yield "<", lambda: sorted([failed, "a"])
    yield "key", lambda: {failed: 1}
    yield "strip", lambda: failed.strip()
    yield int, lambda: int(failed)
    yield json, lambda: json.dumps([failed])
    yield "sum", lambda: sum([failed, 1])

quiet = []
for name, use in uses(steps.parts()[5]):
    try:
        use()
        quiet.append(name)
    except RuntimeError as error:
        assert "this item failed (no answer)" in str(error), error
quiet
"""


def test_a_failed_item_is_falsy_and_says_why_wherever_it_is_used_as_a_value(shown: Shown) -> None:
    assert shown(USES) == "[]"
    asked = "x[5].reason, bool(x[5]), isinstance(x[5], Failed), repr(x[5]), x[5] is x[0]"
    assert shown(asked) == "('no answer', False, True, '<Failed: no answer>', False)"
    assert "ItemFailed: this item failed (no answer)" in shown("print(x[5])")


def test_a_text_by_its_place_is_taken_from_the_document() -> None:
    document = "ä𝄞" * 50_000
    pieces = SentList(tuple(Sent(Piece(1, n, n + 2), n, None) for n in range(0, 90_000, 2)))
    told = outputs(
        "x = steps.parts()\nlen(x), set(x), x[9:11], pieces[0]",
        documents=[("a", "no"), ("b", document)],
        names={"pieces": SentList((Sent(Piece(1, 0, 1), 1, None),))},
        host=ScriptedHost(step=lambda name: pieces),
    )
    assert told == ["(45000, {'ä𝄞'}, ['ä𝄞', 'ä𝄞'], 'ä')"]
