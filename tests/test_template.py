"""Prompts as templates: their names, where those stand, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow import template
from rlmflow.source import Source, Span
from rlmflow.syntax import ast


def written(text: str) -> ast.Text:
    span = Span(Source("s.rlm", text), 0, len(text))
    return ast.Text(text, span, span=span)


def test_a_prompt_is_rendered_without_its_indentation() -> None:
    prompt = written("\n    Think of {{ it }}.\n      - {{ many | join(', ') }}\n  ")
    assert template.render(prompt, {"it": "{{ 1 }}", "many": ["a", "b"]}) == (
        "Think of {{ 1 }}.\n  - a, b"
    )


def test_a_value_that_is_missing_is_an_error_and_nothing_runs_by_chance() -> None:
    for text in ("{{ it }}", "{{ range(3) }}"):
        with pytest.raises(Exception, match="is undefined"):
            template.render(written(text), {})
    assert template.flaw("{{ [1, 2] | random }}") == template.Flaw(1, "there is no filter `random`")


PIECES = st.sampled_from(
    ["{{ a }}", "{{b}}", "{{ none }}", "{{ Not }}", "{", "}", "}}", "{{", "{%", "{# ", "#}", "x\n",
     "{{ a.b }}", "{{\ta\n}}", "{{ a b }}", "{% if a %}", "{%- endif -%}", "\r\n", "{{ é }}"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=6).map("".join))
def test_a_prompt_that_only_fills_in_names_is_seen_as_the_engine_sees_it(text: str) -> None:
    # A comment of no effect leaves it to the engine.
    comment = "{# #} "
    slow = comment + text
    assert template.names(text) == template.names(slow)
    assert (template.flaw(text) is None) == (template.flaw(slow) is None)
    if template.flaw(text) is None:
        names = template.names(text)
        slowly = [(name, at - len(comment)) for name, at in template.places(slow, names)]
        assert list(template.places(text, names)) == slowly


@given(st.lists(PIECES, max_size=6).map("".join))
def test_names_stand_where_they_are_said_to_stand(text: str) -> None:
    if template.flaw(text) is None:
        for name, offset in template.places(text, template.names(text)):
            assert text[offset : offset + len(name)] == name
