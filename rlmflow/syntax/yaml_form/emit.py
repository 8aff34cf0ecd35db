"""YAML as people write it: two columns a level, lists further in, quotes where they must be."""

from __future__ import annotations

from typing import Any, NamedTuple

from rlmflow._lazy import heavy

_TEXT = "tag:yaml.org,2002:str"
_WIDTH = 1_000_000
"""No line is broken: where it would be is no part of what is meant."""

FOREIGN_ENDS = "\x85\u2028\u2029"
"""What ends a line in YAML and nowhere else: it is folded like one, unless it is an escape."""


class Word(NamedTuple):
    """A scalar. `is_text`: it stands for itself, so that no reader may take it for a number."""

    value: str
    style: str = ""
    tag: str = ""
    is_text: bool = False


def emit(made: Any) -> str:
    """The YAML of words, lists and dicts."""
    yaml = heavy("yaml")

    class Dumper(yaml.SafeDumper):  # type: ignore[misc, name-defined]  # it comes late
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  as its base has it

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002  a list stands further in
            super().increase_indent(flow, False)

    node = _node(made, yaml)
    text: str = yaml.serialize(node, Dumper=Dumper, allow_unicode=True, width=_WIDTH)
    return text


def _node(made: Any, yaml: Any) -> Any:
    nodes = yaml.nodes
    match made:
        case Word():
            return nodes.ScalarNode(made.tag or _TEXT, made.value, style=_style(made, yaml))
        case list():
            inside = [_node(each, yaml) for each in made]
            return nodes.SequenceNode("tag:yaml.org,2002:seq", inside, flow_style=not made)
        case _:
            pairs = [(_node(Word(k), yaml), _node(v, yaml)) for k, v in made.items()]
            return nodes.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=not made)


def _style(word: Word, yaml: Any) -> str | None:
    """The style asked for; else quotes, where a text has lines or looks like something else."""
    if word.style:
        return word.style
    if any(mark in word.value for mark in FOREIGN_ENDS) or (word.is_text and "\n" in word.value):
        return '"'
    if not word.is_text:
        return None
    resolver = yaml.resolver.Resolver()
    seems = resolver.resolve(yaml.nodes.ScalarNode, word.value, (True, False))
    return '"' if seems != _TEXT else None
