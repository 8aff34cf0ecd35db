"""Expressions for tests, as an author writes them."""

from __future__ import annotations

from rlmflow.source import Source
from rlmflow.syntax import ast
from rlmflow.syntax.parse import parse


def parsed(expression: str) -> ast.Expression:
    text = f"strategy s() -> text {{ answer {expression} }}"
    file, problems = parse(Source("s.rlm", text))
    assert problems == []
    [strategy] = file.items
    assert isinstance(strategy, ast.Strategy)
    [answer] = strategy.body
    assert isinstance(answer, ast.Answer)
    return answer.value
