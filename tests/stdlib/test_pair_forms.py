"""std/pairs answers each of the twenty forms in which pairs are asked for."""

from __future__ import annotations

import pytest
from stdlib.std_task import STDLIB
from stdlib.tasks.pairs import FORMS, TASK, made

TEXT = (STDLIB / "pairs.rlm").read_text("utf-8")


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_a_form_is_answered_exactly(number: int) -> None:
    given = made(140, 7 + number, FORMS[number])
    assert given.gold, "a form that fits no pair says nothing"
    assert TASK.scored(TEXT, given) == 1.0
