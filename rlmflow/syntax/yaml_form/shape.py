"""What a YAML file may hold where: its keys, and what is said of what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.diagnostics.suggest import suggest
from rlmflow.source import Source, Span
from rlmflow.syntax.yaml_form.document import Entries, Items, Scalar, Yaml


@dataclass
class Shape:
    """Takes YAML apart, and collects what is wrong with its shape."""

    source: Source
    found: list[Diagnostic] = field(default_factory=list)

    def refuse(self, span: Span, message: str, hint: str | None = None) -> None:
        self.found.append(codes.YAML_SHAPE.at(span, message, hint=hint))

    def keys(self, node: Yaml, what: str, known: Sequence[str], needed: str = "") -> Fields:
        """The values of a mapping by key. What is unknown or missing is reported."""
        found: dict[str, Yaml] = {}
        meant: set[str | None] = set()
        if not isinstance(node, Entries):
            if not is_nothing(node):
                listed = ", ".join(f"`{key}:`" for key in known)
                self.refuse(node.span, f"{what} is a mapping", f"its keys are {listed}")
            return Fields(found, node.span, broken=True)
        for key, value in node.entries:
            if key.value in known:
                found[key.value] = value
            else:
                likely = suggest(key.value, known)
                meant.add(likely)
                listed = ", ".join(f"`{each}:`" for each in known)
                hint = f"did you mean `{likely}:`?" if likely else f"it has {listed}"
                self.refuse(key.span, f"{what} has no key `{key.value}`", hint)
        missing = [word for word in needed.split() if word not in found]
        for word in set(missing) - meant:
            self.refuse(_head(node), f"{what} has no `{word}:`", f"add `{word}: …`")
        return Fields(found, node.span, broken=bool(missing or meant - {None, *found}))

    def named(self, node: Yaml | None, what: str) -> Iterator[tuple[Scalar, Yaml]]:
        """Names with what stands behind them: a mapping, or a list of mappings."""
        if node is None or is_nothing(node):
            return
        for part in node.items if isinstance(node, Items) else (node,):
            if isinstance(part, Entries):
                yield from part.entries
            else:
                self.refuse(
                    part.span, f"{what} are names, each with what is behind it", "`name: …`"
                )

    def several(self, node: Yaml | None) -> Sequence[Yaml]:
        """The items of a list; what is no list is a list of one."""
        if node is None or is_nothing(node):
            return ()
        return node.items if isinstance(node, Items) else (node,)

    def scalar(self, node: Yaml, what: str, tags: Sequence[str] = ()) -> Scalar | None:
        """A scalar; what is none is reported, and a tag that is not among `tags`."""
        if isinstance(node, Scalar):
            if node.tag and node.tag not in tags:
                message = f"a tag (`{node.tag}`) can't stand here"
                self.refuse(node.span, message, "leave it out")
            return node
        self.refuse(node.span, f"{what} is a text, not a list or a mapping")
        return None


@dataclass(frozen=True)
class Fields:
    """The values of a mapping. `broken`: it is none, or something that it needs is missing."""

    values: dict[str, Yaml]
    span: Span
    broken: bool

    def get(self, key: str) -> Yaml | None:
        return self.values.get(key)


def is_nothing(node: Yaml) -> bool:
    """Whether nothing stands there, as in `key:` without a value."""
    return isinstance(node, Scalar) and not node.value and not node.style


def _head(node: Entries) -> Span:
    return node.entries[0][0].span if node.entries else node.span
