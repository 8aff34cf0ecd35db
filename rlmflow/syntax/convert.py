"""A tree as the text of either form, whatever form it was read from."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from rlmflow.source import Source, Span
from rlmflow.syntax import ast
from rlmflow.syntax.format import format_tree
from rlmflow.syntax.yaml_form.write import write_yaml

_NOWHERE = Span(Source("", ""), 0, 0)


def as_yaml(file: ast.File) -> str:
    """The YAML form. Comments are left out."""
    return write_yaml(file)


def as_rlm(file: ast.File) -> str:
    """The language's own form, in its canonical layout. Comments are left out."""
    return format_tree(_nowhere(file))


def _nowhere(value: Any) -> Any:
    """The tree without places, so that no layout is taken from where it was read."""
    if isinstance(value, Span):
        return _NOWHERE
    if isinstance(value, tuple):
        return tuple(map(_nowhere, value))
    if isinstance(value, Source):
        return _NOWHERE.source
    if not isinstance(value, ast.Node | ast.File):
        return value
    moved = {each.name: _nowhere(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, ast.Text):
        moved["offsets"] = ()
    return replace(value, **moved)
