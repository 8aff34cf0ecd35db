"""A strategy file in either form, as one tree."""

from __future__ import annotations

from rlmflow.diagnostics.model import Diagnostic
from rlmflow.source import Source
from rlmflow.strategy_file import is_yaml
from rlmflow.syntax import ast
from rlmflow.syntax.parse import parse
from rlmflow.syntax.yaml_form.read import parse_yaml


def read_tree(source: Source) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a file and what is wrong with it."""
    return parse_yaml(source) if is_yaml(source) else parse(source)
