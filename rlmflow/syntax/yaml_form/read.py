"""From a `.rlm.yaml` file to the same tree that a `.rlm` file gives."""

from __future__ import annotations

from collections.abc import Iterator

from rlmflow.diagnostics.model import Diagnostic
from rlmflow.source import Source
from rlmflow.syntax import ast
from rlmflow.syntax.yaml_form.document import Entries, Items, Scalar, Yaml, documents
from rlmflow.syntax.yaml_form.fragments import AMOUNT, CLAUSE, NAME, TYPE, USE, WORD
from rlmflow.syntax.yaml_form.values import Values

_SECTIONS = ("doc", "use", "types", "strategies", "tests")
_STRATEGY = ("parameters", "returns", "ensures", "within", "steps")
_STEP = ("name", "hint", "value", "op", "args", "with", "returns", "prompt")
_TEST = ("name", "strategy", "given", "reply", "reader", "expect")


def parse_yaml(source: Source) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a file and what is wrong with it, in the order of the text.

    The documents of a stream (`---` between them) are read as one file, so that types,
    strategies and tests may come in any order.
    """
    found, problems = documents(source)
    reading = _Reading(source, problems)
    doc: ast.Text | None = None
    items: list[ast.Item] = []
    for number, each in enumerate(found):
        said, more = reading.document(each, first=number == 0)
        doc = doc or said
        items.extend(more)
    wrong = sorted(reading.found, key=lambda d: d.span.start if d.span else 0)
    return ast.File(source, doc, tuple(items)), wrong


class _Reading(Values):
    def document(self, node: Yaml, *, first: bool) -> tuple[ast.Text | None, list[ast.Item]]:
        doc: ast.Text | None = None
        items: list[ast.Item] = []
        sections = _SECTIONS if first else _SECTIONS[1:]
        for name, value in self.keys(node, "a strategy file", sections).values.items():
            match name:
                case "doc":
                    doc = self.text(value, "`doc:`")
                case "use":
                    uses = (self.piece(each, USE) for each in self.several(value))
                    items.extend(use for use in uses if use is not None)
                case "types":
                    items.extend(self._types(value))
                case "strategies":
                    for key, body in self.named(value, "strategies"):
                        items.append(self._strategy(key, body))
                case _:
                    items.extend(self._tests(value))
        return doc, items

    # Types

    def _types(self, node: Yaml) -> Iterator[ast.Item]:
        for key, value in self.named(node, "types"):
            name, span = self.name(key, NAME), key.span.to(value.span)
            if isinstance(value, Items) and not _names_of_fields(value):
                texts = tuple(t for v in value.items if (t := self.text(v, "a choice")))
                yield ast.EnumDefinition(name, texts, span=span)
            else:
                yield ast.RecordDefinition(name, tuple(self._fields(value)), span=span)

    def _fields(self, node: Yaml) -> Iterator[ast.FieldDefinition]:
        for key, value in self.named(node, "fields"):
            kind, _, doc = self._typed(value, ("type", "doc"))
            name, span = self.name(key, WORD), key.span.to(value.span)
            yield ast.FieldDefinition(name, kind, doc, span=span)

    def _typed(
        self, node: Yaml, keys: tuple[str, ...]
    ) -> tuple[ast.NamedType, ast.Expression | None, ast.Text | None]:
        """A type alone, or a mapping that says more of it."""
        if not isinstance(node, Entries):
            return self.type(node), None, None
        fields = self.keys(node, "this", keys, needed="type")
        kind, default, doc = (fields.get(key) for key in ("type", "default", "doc"))
        return (
            self.type(kind) if kind else ast.NamedType("", span=node.span),
            self.expression(default) if default else None,
            self.text(doc, "`doc:`") if doc else None,
        )

    def type(self, node: Yaml) -> ast.NamedType:
        kind: ast.NamedType | None = self.piece(node, TYPE)
        return kind or ast.NamedType("", span=node.span)

    # Strategies

    def _strategy(self, key: Scalar, node: Yaml) -> ast.Strategy:
        fields = self.keys(node, "a strategy", _STRATEGY, needed="returns steps")
        returns = fields.get("returns")
        clauses = (self.piece(each, CLAUSE) for each in self.several(fields.get("ensures")))
        limits = (self.piece(each, AMOUNT) for each in self.several(fields.get("within")))
        return ast.Strategy(
            self.name(key, NAME),
            tuple(self._parameters(fields.get("parameters"))),
            self.type(returns) if returns else ast.NamedType("", span=key.span),
            tuple(clause for clause in clauses if clause is not None),
            tuple(limit for limit in limits if limit is not None),
            tuple(s for n in self.several(fields.get("steps")) if (s := self._statement(n))),
            span=key.span.to(node.span),
        )

    def _parameters(self, node: Yaml | None) -> Iterator[ast.Parameter]:
        for key, value in self.named(node, "parameters"):
            kind, default, doc = self._typed(value, ("type", "default", "doc"))
            span = key.span.to(value.span)
            yield ast.Parameter(self.name(key, NAME), kind, default, doc, span=span)

    def _statement(self, node: Yaml) -> ast.Statement | None:
        fields = self.keys(node, "a step", _STEP)
        if fields.broken:
            return None
        hint = fields.get("hint")
        if hint is not None:
            said = self.text(hint, "`hint:`")
            if len(fields.values) > 1:
                self.refuse(node.span, "a hint is a step of its own", "give it a `- ` of its own")
            return ast.Hint(said, span=node.span) if said else None
        name = fields.get("name")
        if name is None:
            self.refuse(node.span, "this step has no `name:`", "the last step is `name: answer`")
            return None
        named = self.scalar(name, "a name")
        value = self.step_value(fields, node.span)
        if named is None:
            return None
        if named.value == "answer":
            return ast.Answer(value, span=node.span)
        return ast.Step(self.name(named, NAME), value, span=node.span)

    # Tests

    def _tests(self, node: Yaml) -> Iterator[ast.Test]:
        for each in self.several(node):
            fields = self.keys(each, "a test", _TEST, needed="name strategy")
            title, strategy = fields.get("name"), fields.get("strategy")
            of = self.scalar(strategy, "`strategy:`") if strategy else None
            said = self.text(title, "`name:`") if title else None
            if fields.broken or said is None or of is None:
                continue
            readers = (self.scalar(r, "a reader") for r in self.several(fields.get("reader")))
            yield ast.Test(
                said,
                self.name(of, NAME),
                tuple(self._bindings(fields.get("given"))),
                tuple(self._bindings(fields.get("reply"))),
                tuple(self.name(reader, NAME) for reader in readers if reader is not None),
                tuple(map(self.expression, self.several(fields.get("expect")))),
                span=each.span,
            )

    def _bindings(self, node: Yaml | None) -> Iterator[ast.Binding]:
        for key, value in self.named(node, "what is given and replied"):
            name = (
                ast.Name("answer", span=key.span) if key.value == "answer" else self.name(key, NAME)
            )
            yield ast.Binding(name, self.expression(value), span=key.span.to(value.span))


def _names_of_fields(node: Items) -> bool:
    """Whether a list is of fields that are given one by one, and not of choices."""
    return bool(node.items) and all(isinstance(each, Entries) for each in node.items)
