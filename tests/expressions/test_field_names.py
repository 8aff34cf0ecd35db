"""A field may have any name that is a word, also one that Python's own objects use."""

from __future__ import annotations

import warnings

import pytest

from rlmflow.testing import run_text


@pytest.mark.parametrize("name", ["copy", "json", "dict", "schema", "count", "values"])
def test_no_one_is_told_of_the_names_that_python_uses(name: str) -> None:
    text = f"""
    type Seen{name.title()} {{ {name}: text }}
    strategy seen(docs: corpus) -> Seen{name.title()} {{
      answer ask(docs) -> Seen{name.title()} "What?"
    }}
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = run_text(text, "one", lambda _: {name: "said"})
    assert outcome.answer is not None
    assert outcome.answer.value == {name: "said"}
    assert getattr(outcome.answer.typed, name) == "said"
