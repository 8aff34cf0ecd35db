"""Prompts: Jinja templates in a sandbox, in which an unknown name is an error.

A prompt holds instructions and scalar parameters. Data never passes through it, so
no document can rewrite it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rlmflow.syntax import ast

_LOADS = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


@cache
def _environment() -> jinja2.Environment:
    made = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=False)
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


@cache
def _compiled(template: str) -> jinja2.Template:
    return _environment().from_string(template)


@cache
def names(template: str) -> frozenset[str]:
    """The names that a template takes from outside; none where it is malformed."""
    try:
        return frozenset(meta.find_undeclared_variables(_environment().parse(template)))
    except jinja2.TemplateSyntaxError:
        return frozenset()


@dataclass(frozen=True)
class Flaw:
    """What makes a template unusable, and the line of it (from 1) where it stands."""

    line: int
    message: str


def flaw(template: str) -> Flaw | None:
    """The first flaw of a template, None if it can be rendered."""
    try:
        tree = _environment().parse(template)
    except jinja2.TemplateSyntaxError as error:
        return Flaw(error.lineno, (error.message or "malformed template").rstrip("."))
    return next(_flaws(tree), None)


def _flaws(tree: nodes.Template) -> Iterator[Flaw]:
    for loading in tree.find_all(_LOADS):
        yield Flaw(loading.lineno, "a prompt can't load another template")
    for used in tree.find_all(nodes.Filter):
        if used.name not in _environment().filters:
            yield Flaw(used.lineno, f"there is no filter `{used.name}`")
    for test in tree.find_all(nodes.Test):
        if test.name not in _environment().tests:
            yield Flaw(test.lineno, f"there is no test `{test.name}`")


def places(template: str, wanted: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Where the `wanted` names stand in a template, as (name, offset), in order."""
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
