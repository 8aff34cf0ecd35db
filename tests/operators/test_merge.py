"""Merging: groups of ids from the model, union-find and provenance in code."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.operators._candidates import all_pairs, joined, same_key, similar
from rlmflow.testing import items_of, run_text

MERGE = """
type Thing { name: text  quote: quote }
strategy things(docs: corpus) -> list[Thing] {
  lines = records(docs, by: line)
  found = extract(lines) -> Thing "List the thing."
  answer merge(found HOW) "Things with the same first letter are the same."
}
"""


def script(request):
    items = items_of(request)
    if request.step == "found":
        return {"items": [{"name": items[1].split()[0], "quote": items[1]}]}
    names = {number: text.split("\n")[0].removeprefix("name: ") for number, text in items.items()}
    if "groups" in request.schema["properties"]:
        letters = {name[0] for name in names.values()}
        groups = [[n for n, name in names.items() if name[0] == letter] for letter in letters]
        return {"groups": [group for group in groups if len(group) > 1]}
    first = min(names.values())
    quote = next(t.split("quote: ")[1] for t in items.values() if f"name: {first}\n" in t)
    return {"name": first, "quote": quote}


TEXT = "ant one\nbee two\nape three\ncat four\nbat five\nasp six\n"


def names(outcome):
    return [item["name"] for item in outcome.answer.value]


def test_without_a_knob_all_pairs_meet():
    outcome = run_text(MERGE.replace("HOW", ""), TEXT, script)
    assert names(outcome) == ["ant", "bat", "cat"]
    assert outcome.notes == ()
    assert outcome.answer.places == ("input.txt:1", "input.txt:5", "input.txt:4")


def test_by_a_key_only_equal_keys_meet_and_the_rest_is_reported():
    outcome = run_text(MERGE.replace("HOW", ", by: len(item.name) > 5"), TEXT, script)
    assert names(outcome) == ["ant", "bat", "cat"]
    outcome = run_text(MERGE.replace("HOW", ", by: item.name"), TEXT, script)
    assert len(names(outcome)) == 6
    assert [note.message for note in outcome.notes] == ["15 pairs were never compared"]


def test_the_declared_type_hides_the_members_and_a_field_shows_them():
    text = MERGE.replace("list[Thing]", "list[int]").replace(
        "answer merge(found HOW)", "all = merge(found)"
    )
    text = text.replace(
        'same."\n}', 'same."\n  answer map(all, show: text(len(item.members))) -> int "?"\n}'
    )
    outcome = run_text(
        text,
        TEXT,
        lambda r: {n: int(t) for n, t in items_of(r).items()} if r.step == "answer" else script(r),
    )
    assert outcome.answer.value == [3, 2, 1]
    assert "members" not in run_text(MERGE.replace("HOW", ""), TEXT, script).answer.value[0]


def test_a_merged_quote_must_be_one_of_the_members():
    def invents(request):
        reply = script(request)
        return {**reply, "quote": "made up"} if "name" in reply else reply

    outcome = run_text(MERGE.replace("HOW", ""), TEXT, invents)
    assert outcome.status == "incomplete"
    assert sorted(names(outcome)) == ["ant", "ape", "asp", "bat", "bee", "cat"]
    assert "none of the items' quotes" in outcome.failures[0].reason


def test_an_invented_id_is_refused():
    def invents(request):
        reply = script(request)
        return {"groups": [[1, 99]]} if "groups" in reply else reply

    outcome = run_text(MERGE.replace("HOW", ""), TEXT, invents)
    assert outcome.status == "incomplete"
    assert "no item with the id 99" in outcome.failures[0].reason
    assert len(names(outcome)) == 6


@given(st.integers(0, 60), st.integers(2, 17))
def test_all_pairs_meet_in_blocks_that_fit(count, most):
    candidates = all_pairs(count, most)
    met = {(a, b) for block in candidates.blocks for a in block for b in block if a < b}
    assert met == {(a, b) for b in range(count) for a in range(b)}
    assert all(len(block) <= most for block in candidates.blocks)
    assert candidates.never_compared == 0


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(2, 9))
def test_equal_keys_meet(keys, most):
    candidates = same_key(keys, most)
    met = {(a, b) for block in candidates.blocks for a in block for b in block if a < b}
    assert met == {(a, b) for b in range(len(keys)) for a in range(b) if keys[a] == keys[b]}
    assert candidates.never_compared == len(keys) * (len(keys) - 1) // 2 - len(met)


words = st.lists(st.sampled_from(["red", "blue", "green", "old", "new"]), max_size=4).map(" ".join)


@given(st.lists(words, max_size=20), st.integers(1, 4), st.integers(2, 9))
@settings(deadline=None, max_examples=40)
def test_similar_texts_meet_and_what_never_met_is_counted(texts, near, most):
    candidates = similar(texts, near, most)
    met = {(a, b) for block in candidates.blocks for a in block for b in block if a < b}
    assert all(len(block) <= most for block in candidates.blocks)
    assert candidates.never_compared == len(texts) * (len(texts) - 1) // 2 - len(met)
    for number, text in enumerate(texts):
        if text and texts.count(text) == 2 and near >= 4 and len(set(texts)) > 3:
            other = next(n for n, t in enumerate(texts) if t == text and n != number)
            assert tuple(sorted((number, other))) in met


@given(
    st.integers(1, 12).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(st.lists(st.integers(0, n - 1), min_size=1, max_size=4), max_size=6),
        )
    )
)
def test_joining_makes_the_finest_sets_that_hold_all_groups(case):
    count, groups = case
    sets = joined(count, groups)
    assert Counter(n for s in sets for n in s) == Counter(range(count))
    home = {n: index for index, s in enumerate(sets) for n in s}
    assert all(len({home[n] for n in group}) == 1 for group in groups)
    assert len(sets) >= count - sum(len(set(group)) - 1 for group in groups)
