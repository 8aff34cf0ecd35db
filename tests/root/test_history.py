"""What a root is sent stays bounded, and keeps the last turns whole."""

from hypothesis import given
from hypothesis import strategies as st

from rlmflow.runtime.root.history import History, Turn


def characters(messages):
    return sum(len(message.content) for message in messages)


def history(room=None):
    return History("the system prompt", "the opening", characters, room)


def turn(number, size=5000):
    return Turn(f"reply {number} " + "r" * size, f"output {number} " + "o" * size, "remarks")


def test_the_first_request_is_the_prompt_alone():
    roles = [(m.role, m.content) for m in history().messages()]
    assert roles == [("system", "the system prompt"), ("user", "the opening")]


def test_old_turns_are_folded_to_their_head_with_a_note():
    kept = history()
    for number in range(20):
        kept.add(turn(number))
    shown = kept.messages()
    assert shown[2].content.startswith("reply 0 rrr")
    assert shown[2].content.endswith("more characters of this reply are left out here]")
    assert shown[3].content.endswith("more characters of this output are left out here]")
    whole = [m for m in shown if m.role == "assistant" and len(m.content) > 5000]
    assert 4 <= len(whole) <= 8
    assert shown[-1].content.endswith("\n\nremarks")


def test_a_turn_adds_a_bounded_number_of_characters():
    kept = history()
    sizes = []
    for number in range(40):
        kept.add(turn(number, size=100_000))
        sizes.append(characters(kept.messages()))
    assert max(sizes) < 8 * 200_100 + 40 * 1500


def test_most_requests_begin_with_the_one_before():
    kept, same = history(), 0
    before = kept.messages()
    for number in range(30):
        kept.add(turn(number))
        now = kept.messages()
        same += now[: len(before)] == before
        before = now
    assert same >= 20


def test_short_turns_are_never_changed():
    kept = history()
    for number in range(12):
        kept.add(Turn(f"reply {number}", f"output {number}", ""))
    assert [m.content for m in kept.messages()[2:4]] == ["reply 0", "output 0"]


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=25), st.integers(200, 9000))
def test_a_request_fits_its_room_or_holds_one_turn(sizes, room):
    kept = history(room)
    for number, size in enumerate(sizes):
        kept.add(turn(number, size))
        shown = kept.messages()
        assert characters(shown) <= room or len(shown) == 4
        assert shown[-1].content.startswith(f"output {number}")
