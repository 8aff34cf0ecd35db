"""The usual slips, each with its mending: what it means is plain, so parsing goes on.

A slip is a function from a `Trouble` to a `Fix`, or None if it is not that slip.
"""

from __future__ import annotations

from collections.abc import Callable

from rlmflow.syntax.explain import Trouble
from rlmflow.syntax.slips import characters, gaps, marks, numbers, words
from rlmflow.syntax.slips._fix import Fix

__all__ = ["SLIPS", "Fix"]

SLIPS: tuple[Callable[[Trouble], Fix | None], ...] = (
    characters.unfinished_text,
    characters.other_quotes,
    characters.stray_character,
    characters.slash_comment,
    marks.arrow_in_match,
    marks.double_bar,
    marks.equal_for_colon,
    marks.braces_around_fields,
    marks.mark_after_answer,
    marks.equal_for_equals,
    marks.mark_for_equal,
    marks.arrow_after_prompt,
    marks.colon_for_arrow,
    gaps.missing_strategy,
    gaps.missing_parameters,
    gaps.missing_result_type,
    gaps.missing_bar,
    numbers.unit_on_next_line,
    numbers.limit_without_unit,
    numbers.spaced_suffix,
    words.formatted_text,
    words.prompt_without_call,
    words.reserved_word,
    words.reserved_value,
    gaps.missing_colon,
    gaps.missing_equal,
    gaps.missing_comma,
    gaps.needless_comma,
    gaps.stray_bracket,
    words.bare_call_at_end,
)
"""In the order in which they are tried."""
