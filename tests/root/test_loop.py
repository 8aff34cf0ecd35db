"""Roots that go wrong: each is told so in a line or two, and the run ends, and says how."""

from root.rooted import READY, TEXT, code, lead, setting

from rlmflow.runtime.repl.session import ReplLimits
from rlmflow.runtime.root import remarks

ENDLESS = 12


def wrong_then_right(*replies, **options):
    """A root that goes wrong first, and then answers properly."""
    return lead(TEXT, "the input", [*replies, setting('"fine"'), READY], **options)


def assert_complete(led):
    assert (led.outcome.status, led.outcome.answer.value) == ("complete", "fine")
    assert not led.outcome.failures


def test_a_root_that_writes_no_code_is_asked_for_it():
    led = wrong_then_right("I think the answer is 42.")
    assert remarks.NO_CODE in led.told[1]
    assert_complete(led)


def test_a_root_that_never_writes_code_is_stopped():
    led = lead(TEXT, "x", lambda r: f"The answer is {len(r.messages)}.", turns=ENDLESS)
    assert led.outcome.status == "incomplete"
    assert led.outcome.answer is None
    assert led.failures("root") == ["the root did nothing new in 5 turns"]
    assert len(led.turns) == 5


def test_code_of_another_language_is_named():
    led = wrong_then_right("```js\nconsole.log(1)\n```")
    assert "```js is not code for this REPL" in led.told[1]
    assert_complete(led)


def test_code_that_never_ends_costs_its_time_and_no_more():
    led = wrong_then_right(code("x = 1", "while True: pass"), repl=ReplLimits(seconds=0.3))
    assert led.turns[0].blocks[0].status == "timeout"
    assert "TimeUp" in led.told[1]
    assert_complete(led)


def test_a_flood_of_output_is_cut():
    flood = code('line = "x" * 2**20', "for _ in range(2**10):", "    print(line)")
    led = wrong_then_right(flood, code("print(len(line))"))
    assert len(led.told[1]) < 10_000
    assert str(2**20) in led.told[2]
    assert_complete(led)


def test_a_root_that_fails_the_same_way_again_and_again_is_told_and_stopped():
    led = lead(TEXT, "x", [code("raise KeyboardInterrupt")], turns=ENDLESS)
    assert remarks.REPEATED in led.told[2]
    assert led.failures("root") == ["the root did nothing new in 5 turns"]
    assert len(led.turns) == 6


def test_an_answer_that_was_replaced_is_put_back():
    led = wrong_then_right(code('answer = "fine"'))
    assert "`answer` was replaced by a str" in led.told[1]
    assert_complete(led)


def test_a_batch_of_numbers_is_refused_before_anything_is_asked():
    led = wrong_then_right(code("llm_batch([1, 2, 3])"))
    assert "prompt 1 of llm_batch must be a str, not an int" in led.told[1]
    assert led.outcome.root.usage.sub.calls == 0
    assert_complete(led)


def test_an_answer_announced_at_once_is_not_accepted():
    at_once = code('answer["content"] = "made up"', 'answer["ready"] = True')
    led = lead(TEXT, "x", [at_once, code('print(answer["ready"])'), READY])
    assert remarks.NOT_SEEN in led.told[1]
    assert "made up" in led.told[1], "a preview"
    assert "False" in led.told[2], "ready was put back"
    assert led.outcome.answer.value == "made up"
    assert len(led.turns) == 3


def test_an_answer_changed_in_the_turn_that_announces_it_is_not_accepted():
    changing = code('answer["content"] += "!"', 'answer["ready"] = True')
    led = lead(TEXT, "x", [setting('"fine"'), changing, READY])
    assert remarks.NOT_SEEN in led.told[2]
    assert led.outcome.answer.value == "fine!"


def test_a_root_that_repeats_its_announcement_gets_through_the_second_time():
    led = lead(TEXT, "x", [code('answer["content"] = "fine"', 'answer["ready"] = True')])
    assert_complete(led)
    assert len(led.turns) == 2


def test_nothing_can_not_be_announced():
    led = wrong_then_right(READY)
    assert remarks.EMPTY in led.told[1]
    assert_complete(led)


def test_an_invented_output_is_not_taken_for_one():
    made_up = "```repl\nprint(len(context))\n```\n```output\n1234\n```\nSo it is 1234."
    led = wrong_then_right(made_up)
    assert led.turns[0].blocks[0].output == "9\n"
    assert remarks.MADE_UP in led.told[1]
    assert_complete(led)


def test_a_root_that_repeats_itself_is_told_and_stopped():
    led = lead(TEXT, "x", [code("print(1)")], turns=ENDLESS)
    assert remarks.REPEATED not in led.told[1]
    assert remarks.REPEATED in led.told[2]
    assert led.outcome.status == "incomplete"
    assert len(led.turns) == 6


def test_a_root_that_has_an_answer_and_hesitates_is_shown_how_to_announce_it():
    led = lead(TEXT, "x", [setting('"fine"'), "That is it.", READY])
    announce = 'For example:\n```repl\nanswer["ready"] = True\n```'
    assert announce in led.told[1]
    assert announce in led.told[2]
    assert_complete(led)


def test_out_of_turns_is_incomplete_with_what_there_is():
    led = lead(TEXT, "x", [setting('"half"'), code("print(1)"), code("print(2)")], turns=3)
    assert led.outcome.status == "incomplete"
    assert led.outcome.answer.value == "half"
    assert led.failures("root") == ["the root is out of turns (3)"]


def test_an_answer_set_in_the_last_turn_is_no_answer_that_was_announced():
    led = lead(TEXT, "x", [code('answer["content"] = "x"', 'answer["ready"] = True')], turns=1)
    assert led.outcome.status == "incomplete"
    assert led.outcome.answer.value == "x"


def test_the_block_after_one_that_failed_does_not_run():
    three = code("a = 1") + "\n" + code("1 / 0") + "\n" + code("a = 3")
    led = wrong_then_right(three, code("print(a)"))
    assert "ZeroDivisionError" in led.told[1]
    assert remarks.not_run(2, 3) in led.told[1]
    assert led.turns[1].blocks[0].output == "1\n"
    assert_complete(led)


def test_what_is_left_is_shown_after_each_turn():
    led = wrong_then_right(code("print(1)"), calls=20, usd="2", turns=9)
    assert led.told[1].endswith("Left: 8 turns · 19 calls · 2.00 USD.")


def test_a_budget_that_is_used_up_ends_the_run():
    led = lead(TEXT, "x", lambda r: code(f"print({len(r.messages)})"), calls=3)
    assert led.outcome.status == "incomplete"
    assert led.failures("root") == ["over the budget: within 3 calls"]
    assert len(led.turns) == 3


def test_state_lasts_over_a_dead_worker():
    deadly = code("import os", "os._exit(1)")
    led = wrong_then_right(code("kept = 41"), deadly, code("print(kept + 1)"))
    assert led.turns[1].blocks[0].status == "died"
    assert led.turns[2].blocks[0].output == "42\n"
    assert_complete(led)
