"""What a model is shown, where `show:` says it and where it can't."""

import pytest

from rlmflow.testing import items_of, run_text

STRATEGY = """
type Line { n: int }
type Found { quote: quote }
strategy shown(docs: corpus) -> int {
  lines = records(docs, by: r"(?P<n>\\d+).*") -> Line
  found = CALL
  answer len([found])
}
"""
CALLS = [
    'map(lines, show: text(6 / item.n)) -> text "?"',
    'filter(lines, show: text(6 / item.n)) "?"',
    'extract(lines, show: text(6 / item.n)) -> text "?"',
    'reduce(lines, show: text(6 / item.n)) -> text "?"',
    'fold(lines, from: "", show: text(6 / item.n)) -> text "?"',
    'refine(lines, until: item.n > 5, show: text(6 / item.n)) "?"',
]


def any_reply(request):
    """A reply of the form that is asked for."""
    wanted = (request.schema or {}).get("properties", {})
    if "items" in wanted:
        return {"items": []}
    if "n" in wanted:
        return {"n": 6}
    return dict.fromkeys(wanted, "yes") or "x"


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.partition("(")[0])
def test_an_item_that_can_not_be_shown_is_listed_and_costs_no_other(call):
    outcome = run_text(STRATEGY.replace("CALL", call), "1\n0\n3\n", any_reply)
    assert outcome.status == "incomplete"
    assert [(f.place, f.reason) for f in outcome.failures] == [("input.txt:2", "division by zero")]
    assert outcome.answer.value == 1


GROUPED = """
type Found {{ quote: quote }}
strategy found(docs: corpus) -> list[Found] {{
  lines = records(docs, by: line)
  answer extract({items}) -> Found "List the numbers."
}}
"""


@pytest.mark.parametrize(
    "items",
    ["group(lines, by: len(item.text))", "pairs(lines)", "zip(lines, lines)"],
    ids=lambda items: items.partition("(")[0],
)
def test_a_quote_from_a_record_of_items_is_found_where_it_stands(items):
    def script(request):
        (text,) = items_of(request).values()
        words = text.replace("left: ", "").replace("right: ", "").splitlines()
        return {"items": [{"quote": word} for word in words]}

    outcome = run_text(GROUPED.format(items=items), "one\ntwo\nsix\n", script)
    lines = {"one": "input.txt:1", "two": "input.txt:2", "six": "input.txt:3"}
    quotes = [value["quote"] for value in outcome.answer.value]
    assert outcome.status == "complete"
    assert set(quotes) == set(lines)
    assert list(outcome.answer.places) == [lines[quote] for quote in quotes]


LISTED = [
    "[docs]",
    "[[docs]]",
    "[records(docs, by: line), chunk(docs, size: 9 chars)]",
    "[group(docs, by: item.name)]",
    "[text(docs)]",
]


@pytest.mark.parametrize("items", LISTED)
def test_a_list_of_lists_shows_the_items_in_it(items):
    head = "strategy s(docs: corpus) -> text ensures covers(docs)"
    text = f'{head} {{ answer ask({items}) -> text "?" }}'
    shown = []
    outcome = run_text(
        text, 'say "one"\ntwo\n', lambda r: shown.extend(items_of(r).values()) or "x"
    )
    assert outcome.status == "complete"
    assert 'say "one"' in shown[0]
    assert outcome.coverage.read == outcome.coverage.total


def test_what_was_found_is_read_where_a_list_of_lists_shows_it():
    outcome = run_text(
        """
strategy s(docs: corpus) -> text ensures covers(found), covers(more) {
  found = extract(docs) -> text "Numbers."
  more = extract(docs) -> text "Others."
  answer ask([found, more]) -> text "?"
}
""",
        "one\ntwo\n",
        lambda r: {"items": ["one", "two"]} if "items" in str(r.schema) else "x",
    )
    assert outcome.status == "complete", outcome.verdicts


def test_the_name_of_a_field_is_no_part_of_a_quote():
    """What the frame writes beside the text is nobody's words."""
    said = []

    def script(request):
        if "who" in str(request.schema):
            return {"items": [{"who": "ada", "what": "pays the rent"}]}
        said.append(request.messages[-1].content)
        return {"items": [{"quote": "what: pays the rent"}, {"quote": "pays the rent"}]}

    outcome = run_text(
        """
type Duty { who: text  what: text }
type Found { quote: quote }
strategy s(docs: corpus) -> list[Found] ensures grounded(duties) {
  duties = extract(docs) -> Duty "Duties."
  answer extract(duties) -> Found "Quotes."
}
""",
        "ada pays the rent\n",
        script,
    )
    assert "what: pays the rent" in said[0]
    assert "do not stand word for word" in said[1]
    assert [value["quote"] for value in outcome.answer.value] == ["pays the rent"]
    assert [one.reason for one in outcome.rejected] == ['not in the text: "what: pays the rent"']
    assert all(verdict.holds for verdict in outcome.verdicts)
