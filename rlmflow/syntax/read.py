"""A strategy file in either form, as one tree."""

from __future__ import annotations

import re

from rlmflow.diagnostics.model import Diagnostic
from rlmflow.source import Source
from rlmflow.strategy_file import STDIN
from rlmflow.syntax import ast
from rlmflow.syntax.parse import parse
from rlmflow.syntax.yaml_form.read import parse_yaml

YAML = ".yaml"
_FIRST_KEY = re.compile(r"(?:\s|#[^\n]*\n|---\s)*(?:doc|use|types|strategies|tests):")


def read_tree(source: Source) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a file and what is wrong with it."""
    return parse_yaml(source) if is_yaml(source) else parse(source)


def is_yaml(source: Source) -> bool:
    """Whether a file is in the YAML form: by its name, or where it has none by its first key."""
    if source.name == STDIN:
        return _FIRST_KEY.match(source.text) is not None
    return source.name.endswith(YAML)
