"""What a root model is told that a call does."""

from __future__ import annotations

import pytest

from rlmflow.analysis import analyse
from rlmflow.compiler import no_file
from rlmflow.diagnostics.model import Diagnostics
from rlmflow.graph.model import Graph, Operation
from rlmflow.source import Source

BEFORE = """
type Line { id: int  body: text }
type Duty { who: text  quote: quote }

strategy topic(doc: document) -> text { answer ask(doc) -> text "What is it about?" }
strategy topics(doc: document) -> list[text] { answer ask(doc) -> list[text] "What is in it?" }

strategy all(docs: corpus, old: corpus, query: text, n: int) -> int {
  lines = records(docs, by: r"(?P<id>\\d+) (?P<body>.*)") -> Line
  duties = extract(docs) -> Duty "Who owes what?"
  _made = CALL
  answer len(lines) + len(duties)
}
"""
_TREE = "neighbours a call, then their results, until one is left."

SAID = [
    (
        "chunk(docs, size: 6k tokens)",
        "Cuts `docs` into parts of at most 6,000 tokens, at paragraph ends.",
    ),
    (
        "chunk(docs, size: 9 lines, margin: 2 lines, at: heading)",
        "Cuts `docs` into parts of at most 9 lines, before headings; each also shows 2 lines of "
        "its neighbours.",
    ),
    (
        "records(docs, by: heading)",
        "Makes a record of each section (heading, level, body) of `docs`; no model is asked.",
    ),
    (
        "records(docs, by: csv) -> Line",
        "Makes a record of each row of the CSV in `docs`; no model is asked.",
    ),
    (
        'records(docs, by: r"(?P<id>\\d+)")',
        "Makes a record of each match of the pattern `(?P<id>\\d+)` in `docs`; no model is asked.",
    ),
    ("filter(lines, where: item.id > n)", "Keeps the items of `lines` for which `item.id > n`."),
    (
        'filter(lines) "Is it a question?"',
        "Asks a model yes or no about each item of `lines`; keeps those with a yes.",
    ),
    (
        'map(docs) -> int "How many?"',
        "Asks a model about each item of `docs`; one answer an item, in their order.",
    ),
    (
        'map(lines, as: kind) -> text "Which?"',
        "Asks a model about each item of `lines`; the answer is the item's new field `kind`.",
    ),
    (
        "map(docs, with: topic)",
        "Runs the strategy `topic` on each item of `docs`; one answer an item, in their order.",
    ),
    (
        'extract(docs) -> Line "What is there?"',
        "Asks a model for every `Line` in each item of `docs`; one flat list.",
    ),
    (
        'extract(docs) -> Duty "Who owes what?"',
        "Asks a model for every `Duty` in each item of `docs`; one flat list. Each must quote its "
        "item word for word, or it is rejected.",
    ),
    (
        "extract(docs, with: topics)",
        "Runs the strategy `topics` on each item of `docs` and joins the lists it gives.",
    ),
    (
        "merge(duties, near: 8)",
        "Makes one item of those in `duties` that are the same thing; its `members` are what it "
        "was made of. Each is compared with the 8 that are most like it in words. "
        "A model says which are the same and writes the one.",
    ),
    (
        "merge(duties, by: item.who)",
        "Makes one item of those in `duties` that are the same thing; its `members` are what it "
        "was made of. Those with an equal `item.who` are compared. "
        "A model says which are the same and writes the one.",
    ),
    (
        "merge([query])",
        "Makes one item of those in `[query]` that are the same thing. All are compared. "
        "A model says which are the same and writes the one.",
    ),
    (
        'ask(query) -> int "How many?"',
        "Asks a model one question, in one call, about all of `query`.",
    ),
    (
        'ask(docs, old, lines) -> int "How many?"',
        "Asks a model one question, in one call, about all of `docs`, `old` and `lines`.",
    ),
    (
        'reduce(docs) -> text "Sum it up."',
        f"Combines `docs` into one value with a model: about 8 {_TREE}",
    ),
    (
        'reduce(docs, width: n) -> text "Sum it up."',
        f"Combines `docs` into one value with a model: about `n` {_TREE}",
    ),
    (
        "count(lines, by: item.id)",
        "Counts the items of `lines` by `item.id`, exactly; no model is asked.",
    ),
    (
        "sum(lines, by: item.id)",
        "Adds up `item.id` of each item of `lines`, exactly; no model is asked.",
    ),
    (
        "search(docs, query, top: 3)",
        "Keeps the 3 items of `docs` that match `query` best by words (BM25); no model is asked.",
    ),
    (
        "sort(lines, by: item.id)",
        "Sorts `lines` by `item.id`; no model is asked.",
    ),
    (
        "sort(lines, by: item.id, descending: true)",
        "Sorts `lines` by `item.id`, largest first; no model is asked.",
    ),
    (
        "sort(lines, by: item.id, descending: n > 3)",
        "Sorts `lines` by `item.id`, largest first if `n > 3`; no model is asked.",
    ),
    (
        "group(lines, by: item.id)",
        "Groups `lines` by `item.id`: a list of records with `key` and `items`; no model is asked.",
    ),
    (
        "concat(docs, old)",
        "Makes one list of `docs` and `old`, in this order; no model is asked.",
    ),
    (
        "zip(lines, docs)",
        "Puts the items of `lines` and `docs` together by their place, as records with `left` and "
        "`right`; the lists must be of one length. No model is asked.",
    ),
    (
        "distinct(lines)",
        "Keeps the first of the items of `lines` that are equal; no model is asked.",
    ),
    (
        "distinct(lines, by: item.id)",
        "Keeps the first of the items of `lines` that are equal in `item.id`; no model is asked.",
    ),
    (
        "top(lines, n, by: item.id)",
        "Keeps the `n` items of `lines` with the largest `item.id`, largest first; no model is "
        "asked.",
    ),
    (
        "sample(lines, 10, seed: n)",
        "Keeps 10 items of `lines` by lot, the same in every run (seed `n`); no model is asked.",
    ),
    (
        'grep(docs, r"shall|must")',
        "Keeps the items of `docs` that match `shall|must`; no model is asked.",
    ),
    (
        "pairs(lines)",
        "Pairs each two items of `lines`, as records with `left` and `right`; no model is asked.",
    ),
    (
        "pairs(lines, docs, where: left.body == right.name)",
        "Pairs each item of `lines` with each of `docs` for which `left.body == right.name`, as "
        "records with `left` and `right`; no model is asked.",
    ),
    (
        'fold(docs, from: "") -> text "Go on."',
        "Goes through `docs` in order with a model, one call after the other: each sees the result "
        'so far, which begins as `""`, and the next items.',
    ),
    (
        'refine(duties, until: len(item.who) < n) "Shorten it."',
        "Has a model mend `duties` until `len(item.who) < n` holds, in at most 3 rounds; only what "
        "fails is asked about, and what still fails stays.",
    ),
]


@pytest.mark.parametrize(("call", "said"), SAID, ids=[call for call, _ in SAID])
def test_a_fragment_says_what_a_call_does(call: str, said: str) -> None:
    node = analysed(BEFORE.replace("CALL", call))["_made"]
    assert isinstance(node, Operation)
    assert node.call.operator.told is not None
    assert node.call.operator.told(node.call) == said


def analysed(text: str) -> Graph:
    """The graph of the strategy `made`, as written: no step is dropped."""
    found = Diagnostics()
    program = analyse(Source("test.rlm", text), no_file, lambda _: (), "all", found)
    assert not found.errors
    assert program is not None
    return program.strategies["all"].graph


def test_a_long_expression_is_quoted_from_its_beginning() -> None:
    texts = ", ".join(f'"{number}"' for number in range(500))
    node = analysed(BEFORE.replace("CALL", f"filter(lines, where: item.body in [{texts}])"))[
        "_made"
    ]
    assert isinstance(node, Operation)
    assert node.call.operator.told is not None
    said = node.call.operator.told(node.call)
    assert said.startswith('Keeps the items of `lines` for which `item.body in ["0", "1", "2",')
    assert len(said) < 220
    assert said.endswith(", …`.") or said.endswith(",…`.")
