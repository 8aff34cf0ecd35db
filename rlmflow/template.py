"""Prompts: Jinja templates in a sandbox, in which an unknown name is an error.

A prompt holds instructions and scalar parameters. Data never passes through it, so
no document can rewrite it. The engine is imported when a prompt needs it: one that
only fills in names, as most do, is checked without.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rlmflow._lazy import heavy
from rlmflow.syntax import ast

if TYPE_CHECKING:
    import jinja2
    from jinja2 import nodes

_BEGIN = re.compile(r"\{[{%#]")
_PLAIN = re.compile(r"(?<!\{)\{\{\s*([A-Za-z_]\w*)\s*\}\}", re.ASCII)
_WORDS = {"and", "else", "false", "if", "in", "is", "none", "not", "or", "true"}
"""What the engine takes for no name."""


@cache
def _environment() -> jinja2.Environment:
    engine = heavy("jinja2")
    made: jinja2.Environment = heavy("jinja2.sandbox").ImmutableSandboxedEnvironment(
        undefined=engine.StrictUndefined, autoescape=False
    )
    # A prompt is the same at each run: nothing in it may draw a number or read globals.
    made.globals.clear()
    del made.filters["random"]
    return made


def text(prompt: ast.Text) -> str:
    """The template of a prompt, common indentation removed."""
    return inspect.cleandoc(prompt.value)


def render(prompt: ast.Text, values: Mapping[str, object]) -> str:
    """The text of a checked prompt, common indentation removed.

    `values`: the parameters that it names. Raises `jinja2.TemplateError` if what the
    template does with them fails.
    """
    return _compiled(text(prompt)).render(values)


def plain_places(template: str) -> list[str] | None:
    """The names in a template that does nothing but fill them in, each time they stand there.

    None for a template that does more.
    """
    names = _PLAIN.findall(template)
    return None if _BEGIN.search(_PLAIN.sub("", template)) else names


@cache
def _compiled(template: str) -> jinja2.Template:
    return _environment().from_string(template)


def _only_fills_in(template: str) -> bool:
    """Whether all that a template does is to put values in places: `{{ name }}`."""
    filled = [match[1].lower() for match in _PLAIN.finditer(template)]
    return len(_BEGIN.findall(_PLAIN.sub("", template))) == 0 and _WORDS.isdisjoint(filled)


@cache
def names(template: str) -> frozenset[str]:
    """The names that a template takes from outside; none where it is malformed."""
    if _only_fills_in(template):
        return frozenset(match[1] for match in _PLAIN.finditer(template))
    try:
        tree = _environment().parse(template)
        return frozenset(heavy("jinja2.meta").find_undeclared_variables(tree))
    except heavy("jinja2").TemplateSyntaxError:
        return frozenset()


@dataclass(frozen=True)
class Flaw:
    """What makes a template unusable, and the line of it (from 1) where it stands."""

    line: int
    message: str


def flaw(template: str) -> Flaw | None:
    """The first flaw of a template, None if it can be rendered."""
    if _only_fills_in(template):
        return None
    try:
        tree = _environment().parse(template)
        found = next(_flaws(tree), None)
        if found is None:
            heavy("jinja2.meta").find_undeclared_variables(tree)
    except heavy("jinja2").TemplateSyntaxError as error:
        return Flaw(error.lineno, (error.message or "malformed template").rstrip("."))
    return found


def _flaws(tree: nodes.Template) -> Iterator[Flaw]:
    kinds = heavy("jinja2.nodes")
    for loading in tree.find_all((kinds.Include, kinds.Import, kinds.FromImport, kinds.Extends)):
        yield Flaw(loading.lineno, "a prompt can't load another template")
    for used in tree.find_all(kinds.Filter):
        if used.name not in _environment().filters:
            yield Flaw(used.lineno, f"there is no filter `{used.name}`")
    for test in tree.find_all(kinds.Test):
        if test.name not in _environment().tests:
            yield Flaw(test.lineno, f"there is no test `{test.name}`")


def places(template: str, wanted: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Where the `wanted` names stand in a template, as (name, offset), in order."""
    if _only_fills_in(template):
        found = _PLAIN.finditer(template)
        yield from ((match[1], match.start(1)) for match in found if match[1] in wanted)
        return
    # The lexer turns every line end into one character; so must we, to keep offsets.
    source = template.replace("\r\n", " \n").replace("\r", "\n")
    offset, before = 0, ""
    for _, kind, token in _environment().lex(source):
        # White space that `{%-` strips is no token.
        while token and not source.startswith(token, offset) and offset < len(source):
            offset += 1
        if kind == "name" and token in wanted and before not in (".", "|"):
            yield token, offset
        if kind != "whitespace":
            before = token
        offset += len(token)
