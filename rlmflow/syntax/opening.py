"""What a strategy file says of itself in its first line, without parsing the rest."""

from __future__ import annotations

import inspect
import re

from rlmflow.source import Source
from rlmflow.strategy_file import is_yaml
from rlmflow.syntax import literals
from rlmflow.syntax.yaml_form.document import Entries, Scalar, documents

_DOC = re.compile(
    r'''
    (?: \s | \#[^\n]*(?:\n|\Z) )*
    ( r?"""(?:[^"\\]|\\[\s\S]|"(?!""))*""" | r?"(?!"")(?:[^"\\\n]|\\.)*" )
    ''',
    re.VERBOSE,
)


def summary(source: Source) -> str:
    """The first line of a file's documentation; empty where it has none."""
    lines = inspect.cleandoc(_yaml_doc(source) if is_yaml(source) else _doc(source)).split("\n")
    return lines[0].strip()


def _doc(source: Source) -> str:
    found = _DOC.match(source.text)
    if found is None:
        return ""
    quoted = literals.unquote(found[1])
    return quoted.inner if quoted.raw else literals.unescape(quoted.inner)[0]


def _yaml_doc(source: Source) -> str:
    first = next(iter(documents(source)[0]), None)
    found = first.entries if isinstance(first, Entries) else ()
    return next((v.value for k, v in found if k.value == "doc" and isinstance(v, Scalar)), "")
