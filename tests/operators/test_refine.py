"""Refining: only what fails is asked about, with its draft and what it was made from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import ModelFailure
from rlmflow.models.scripted import ScriptedModel
from rlmflow.operators._frame import Question, read_beside
from rlmflow.testing import items_of, run_text

few = settings(max_examples=30)

SHORT = """
strategy short(docs: corpus, most: int = 3) -> list[text] {
  lines  = records(docs, by: line)
  sums   = map(lines, pack: 1) -> text "Sum it up."
  better = refine(sums, until: len(item) <= most, rounds: ROUNDS KNOBS) "Make it shorter."
  answer ANSWER
}
"""


def short(rounds=3, knobs="", answer="better"):
    text = SHORT.replace("ROUNDS", str(rounds)).replace("KNOBS", knobs)
    return text.replace("ANSWER", answer)


def beside(request):
    system, user = request.messages[0], request.messages[1]
    return read_beside(Question(system.content, user.content))


def cutting(request):
    """The line itself as its sum; of a draft, all but its last letter."""
    return items_of(request)[1] if request.step == "sums" else items_of(request)[1][:-1]


def asked(model):
    return [items_of(r)[1] for r in model.requests if r.step == "better"]


@given(st.lists(st.text("ab", min_size=1, max_size=8), max_size=6), st.integers(1, 4))
@few
def test_an_item_is_asked_about_until_it_holds_or_no_round_is_left(lines, rounds):
    model, text = ScriptedModel(cutting), "\n".join(lines)
    outcome = run_text(short(rounds, ", retries: 999 "), text, model)
    shortened = [line[: max(3, len(line) - rounds)] for line in lines]
    assert outcome.answer.value == shortened
    assert outcome.status == "complete"
    times = [max(0, min(rounds, len(line) - 3)) for line in lines]
    drafts = [line[: len(line) - n] for at, line in enumerate(lines) for n in range(times[at])]
    assert sorted(asked(model)) == sorted(drafts)
    failing = run_text(short(rounds, ", retries: 999 ", "better.failing"), text, cutting)
    assert failing.answer.value == [line for line in shortened if len(line) > 3]


def test_what_still_fails_is_told():
    outcome = run_text(short(1), "abcdef\nab\nabcde\n", cutting)
    assert [note.message for note in outcome.notes] == ["2 still fail `len(item) <= most`"]
    assert run_text(short(1), "abc\n", cutting).notes == ()


def test_rounds_after_the_first_are_taken_from_what_may_be_repeated():
    outcome = run_text(short(3, ", retries: 1 "), "abcdef\nabcdef\n", cutting)
    assert sorted(outcome.answer.value) == ["abcd", "abcde"]
    assert outcome.status == "complete"
    (note,) = outcome.notes
    assert note.message.startswith("2 still fail")
    assert "2 had rounds left: the step's retries are used up" in note.message


def test_a_draft_is_shown_with_what_it_was_made_from_and_what_does_not_hold():
    model = ScriptedModel(lambda r: "long" if r.step == "sums" else "abc")
    run_text(short(), "the first line\n", model)
    request = model.requests[-1]
    assert items_of(request) == {1: "long"}
    verdict = "`len(item)` is 4\n`most` is 3"
    assert beside(request) == {"source": "the first line", "verdict": verdict}
    said = request.messages[1].content
    assert "Make it shorter." in said
    assert "does not hold yet: `len(item) <= most`" in said


def test_a_source_that_is_too_long_is_not_shown():
    model = ScriptedModel(lambda r: "long" if r.step == "sums" else "abc")
    outcome = run_text(short(), "word " * 20_000, model)
    assert "source" not in beside(model.requests[-1])
    assert "source" not in model.requests[-1].messages[1].content
    assert outcome.answer.value == ["abc"]


def test_an_item_that_can_not_be_mended_stays_and_is_listed():
    def broken(request):
        if request.step == "better":
            return ModelFailure("other", "broken", again=False)
        return cutting(request)

    outcome = run_text(short(), "abcde\nab\n", broken)
    assert outcome.answer.value == ["abcde", "ab"]
    assert outcome.status == "incomplete"
    assert [f.reason for f in outcome.failures] == ["it was not mended: other: broken"]
    failing = run_text(short(answer="better.failing"), "abcde\nab\n", broken)
    assert failing.answer.value == ["abcde"]


def test_a_condition_that_has_no_value_does_not_hold():
    text = short().replace("len(item) <= most", "6 / (len(item) - 4) < 0")
    outcome = run_text(text, "abcd\n", cutting)
    assert outcome.answer.value == ["abc"]
    assert outcome.status == "complete"


def test_one_value_is_mended_and_stays_one():
    text = """
    strategy short(docs: corpus) -> text {
      sum    = ask(docs) -> text "Sum it up."
      better = refine(sum, until: len(item) < 6) "Make it shorter."
      answer better + text(len(better.failing))
    }
    """
    script = {"sum": "long long", "better": "short"}
    assert run_text(text, "abc", lambda r: script[r.step]).answer.value == "short0"
    script["better"] = "long"
    text = text.replace("< 6", "< 2")
    assert run_text(text, "abc", lambda r: script[r.step]).answer.value == "long1"


DUTIES = """
type Duty { what: text  quote: quote }
strategy duties(docs: corpus) -> list[Duty] {
  parts  = chunk(docs, size: 2 lines, margin: 1 lines, at: line)
  found  = extract(parts) -> Duty "List every duty."
  better = refine(found, until: len(item.what) < 5) "Say it in one word."
  answer better
}
"""
TEXT = "Ann must pay.\nBob must go.\nCid must stay.\nDan must wait.\n"


def duty(what, quote):
    return {"what": what, "quote": quote}


def finding(mended):
    """A duty of each part, and what a draft of the first becomes, one reply after the other."""
    coming = iter(mended)

    def script(request):
        if request.step == "better":
            return next(coming)
        first = items_of(request)[1].splitlines()[0]
        return {"items": [duty("something", first)]} if first.startswith("Ann") else {"items": []}

    return ScriptedModel(script)


@pytest.mark.parametrize(
    ("quote", "place"), [("Ann must pay.", 1), ("Bob must go.", 2), ("must  stay", 3)]
)
def test_a_new_quote_is_found_in_what_the_item_was_made_from(quote, place):
    model = finding([duty("pay", quote)])
    outcome = run_text(DUTIES, TEXT, model)
    assert outcome.answer.value == [duty("pay", quote)]
    assert outcome.answer.places == (f"input.txt:{place}",)
    assert beside(model.requests[-1])["source"] == "Ann must pay.\nBob must go.\nCid must stay.\n"


def test_a_quote_that_is_not_found_is_pointed_out_and_then_its_draft_is_not_taken():
    invented = duty("pay", "Eve must pay.")
    model = finding([invented, duty("pay", "Bob must go.")])
    outcome = run_text(DUTIES, TEXT, model)
    assert outcome.answer.value == [duty("pay", "Bob must go.")]
    assert "do not stand word for word" in model.requests[-1].messages[-1].content

    outcome = run_text(DUTIES, TEXT, finding([invented] * 9))
    assert outcome.answer.value == [duty("something", "Ann must pay.")]
    assert outcome.answer.places == ("input.txt:1",)
    assert len(outcome.rejected) == 3
    assert all("Eve must pay." in one.reason for one in outcome.rejected)


def test_a_merged_item_is_mended_and_keeps_its_members():
    text = DUTIES.replace("refine(found", "refine(merge(found)").replace(
        "answer better", "answer filter(better, where: len(item.members) == 1)"
    )
    model = finding([duty("pay", "Ann must pay.")])
    assert run_text(text, TEXT, model).answer.value == [duty("pay", "Ann must pay.")]
    assert "members" not in model.requests[-1].schema["properties"]


def test_a_record_cut_from_the_input_is_its_own_source():
    text = """
    type Line { who: text  what: text }
    strategy lines(docs: corpus) -> list[Line] {
      lines = records(docs, by: r"(?P<who>\\w+): (?P<what>.*)") -> Line
      answer refine(lines, until: len(item.what) < 4, rounds: 2) "Shorten `what`."
    }
    """
    replies = iter([{"who": "ann", "what": "going"}, {"who": "ann", "what": "go"}])
    model = ScriptedModel(lambda r: next(replies))
    outcome = run_text(text, "ann: going home\n", model)
    assert outcome.answer.value == [{"who": "ann", "what": "go"}]
    told = [(beside(r).get("source"), beside(r)["verdict"]) for r in model.requests]
    lengths = ("`len(item.what)` is 10", "`len(item.what)` is 5")
    assert told == [(None, lengths[0]), ("ann: going home", lengths[1])]
    assert [items_of(r)[1] for r in model.requests] == [
        "ann: going home",
        "who: ann\nwhat: going",
    ]


def test_a_trial_mends_the_first_items_alone():
    outcome = run_text(short(), "abcd\nabcd\nabcd\n", cutting, limit=2)
    assert outcome.answer.value == ["abc", "abc"]


COPIES = """
type Copy { text: text }
strategy copies(docs: corpus) -> list[text] {
  lines  = records(docs, by: line)
  drafts = map(lines, as: copy, pack: 1) -> Copy "Copy it."
  better = refine(drafts, field: copy, show: item.text, STRICT
                  until: diff(item.text, item.copy.text) == "") "Make it the same."
  answer [text(better), text(len(better.failing))]
}
"""


def copying(request):
    """Copies badly; mends a copy by the lines that a diff says are missing."""
    if request.step == "drafts":
        return {"text": items_of(request)[1].replace("a", "")}
    added = [line[1:] for line in beside(request)["verdict"].splitlines() if line[:1] == "+"]
    removed = [line[1:] for line in beside(request)["verdict"].splitlines() if line[:1] == "-"]
    assert added[0] == "++ b"
    assert items_of(request)[1] in (f"text: {added[1]}", "text: ")
    return {"text": removed[1]}


def test_a_field_is_mended_by_a_diff_and_the_rest_stays():
    model = ScriptedModel(copying)
    outcome = run_text(COPIES.replace("STRICT", ""), "banana\nkiwi\n", model)
    mended = "name: input.txt\ntext: {0}\ncopy: text: {0}"
    both = "\n".join(mended.format(fruit) for fruit in ("banana", "kiwi"))
    assert outcome.answer.value == [both, "0"]
    (request,) = (r for r in model.requests if r.step == "better")
    assert beside(request)["source"] == "banana"
    assert "stays as it is" in request.messages[1].content


def test_what_still_fails_is_missing_where_it_must_not():
    def never(request):
        return {"text": "?"}

    lax = run_text(COPIES.replace("STRICT", ""), "kiwi\n", never)
    assert (lax.status, lax.answer.value[1]) == ("complete", "1")
    strict = run_text(COPIES.replace("STRICT", "strict: true,"), "kiwi\n", never)
    assert (strict.status, strict.answer.value) == ("incomplete", lax.answer.value)
    (failure,) = strict.failures
    assert failure.reason.endswith("still does not hold of it")
    assert failure.place == "input.txt:1"


@pytest.mark.parametrize("field", ["copi", "name.x", "1"])
def test_only_a_field_that_is_there_is_mended(field):
    with pytest.raises(StrategyError):
        run_text(COPIES.replace("STRICT", "").replace("field: copy", f"field: {field}"), "a", None)


def test_what_a_condition_comes_to_is_told_up_to_a_bound():
    told = """
    strategy told(docs: corpus, goal: text) -> list[text] {
      said = map(records(docs, by: line), pack: 1) -> text "Say it."
      answer refine(said, until: item == upper(goal), rounds: 1) "Mend it."
    }
    """
    model = ScriptedModel(lambda _: "no")
    goal = "from here " + "on and " * 50_000 + "to there"
    run_text(told, "one line", model, values={"goal": goal})
    (request,) = (r for r in model.requests if r.step == "answer")
    verdict = beside(request)["verdict"]
    assert verdict.startswith("`upper(goal)` is FROM HERE ON")
    assert verdict.endswith("AND TO THERE")
    assert len(verdict.encode()) <= 8_192
