"""What a condition is said to come to, for an item for which it does not hold."""

from __future__ import annotations

import pytest
from expressions.written import parsed

from rlmflow.expressions import compile_verdict
from rlmflow.values import Item


@pytest.mark.parametrize(
    ("condition", "item", "said"),
    [
        ("len(item) <= most", "abcd", "`len(item)` is 4\n`most` is 3"),
        ("most >= len(item)", "abcd", "`most` is 3\n`len(item)` is 4"),
        ("item.n == 2", {"n": 3}, ""),
        ("item == 2", 3, ""),
        ('contains(item, "x")', "y", ""),
        ("item.n + 1 == 2", {"n": 3}, "`item.n + 1` is 4"),
        ("item.n > 1 and len(item.t) > 3", {"n": 3, "t": "ab"}, "`len(item.t)` is 2"),
        ("len(item) < 1 and len(item) > 0", "ab", "`len(item)` is 2"),
        ("len(item) < 1 or tokens(item) == 9", "ab", "`len(item)` is 2\n`tokens(item)` is 1"),
        ("not len(item) == 2", "ab", "`len(item)` is 2"),
        ("lower(item) in [key]", "AB", "`lower(item)` is ab\n`[key]` is k"),
        ("1 / item > 1", 0, "`1 / item` has no value: division by zero"),
        (
            'diff(item.a, item.b) == ""',
            {"a": "x", "b": "y"},
            "`diff(item.a, item.b)` is:\n--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y",
        ),
    ],
)
def test_what_is_computed_is_told(condition: str, item: object, said: str) -> None:
    tell = compile_verdict(parsed(condition), {"most": 3, "key": "k"})
    assert tell(Item(item, "items")) == said
