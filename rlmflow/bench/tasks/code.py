"""Questions on the source of an installed package, with answers from its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

from rlmflow.bench.scores import f1, listed
from rlmflow.bench.task import Case, Fact, Plain, Use

PACKAGE = "click"
# A definition begins a line, or stands as a quote in what someone found.
_HEAD = r"(?:^[ \t]*|quote: |\"quote\": \")"
_DEFINED = re.compile(_HEAD + r"(?:async )?def (?P<name>\w+)\(", re.MULTILINE)
_CLASS = re.compile(_HEAD + r"class (?P<name>\w+)(?:\((?P<bases>[^)]*)\))?:", re.MULTILINE)


_DOTTED = re.compile(r"\w+(?:\.\w+)*")
_NAME = re.compile(r"\b[A-Za-z_]\w*\b")


@dataclass(frozen=True)
class Definition:
    """A function or class of a source tree: where its name stands, and what it is made of."""

    name: str
    file: str
    line: int
    bases: tuple[str, ...] = ()
    is_class: bool = False

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


@lru_cache(maxsize=4)
def sources(package: str) -> Mapping[str, str]:
    """The Python files of an installed package, by name; nothing of it is run or imported."""
    found = find_spec(package)
    roots = list(found.submodule_search_locations or ()) if found else []
    if not roots:
        raise ModuleNotFoundError(f"no package `{package}` is installed")
    root = Path(roots[0])
    files = sorted(path for path in root.rglob("*.py") if "__pycache__" not in path.parts)
    return {str(path.relative_to(root.parent)): path.read_text("utf-8") for path in files}


def definitions(files: Mapping[str, str]) -> Iterator[Definition]:
    """What a source tree defines, at any depth, from its syntax trees."""
    for name, text in files.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                bases = tuple(ast.unparse(base) for base in node.bases)
                yield Definition(node.name, name, node.lineno, bases, is_class=True)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Definition(node.name, name, node.lineno)


_WHERE = "In which file and line is the {what} `{name}` defined? Reply with FILE:LINE alone."
_BASES = "Which classes name `{name}` as a direct base? Reply with their names, one a line."
_PLACE_NOTED = re.compile(r"  # (\S+\.py:\d+)$")
_BASE = "direct base"
_ASKED = re.compile(r"`([\w.]+)`")
_NONE = "None."


class Reading(Plain):
    """A reader that knows how definitions look in Python."""

    def facts(self, text: str) -> list[Fact]:
        functions = (
            Fact(_words(m), {"name": m["name"], "kind": "function"}, m.start("name"))
            for m in _DEFINED.finditer(text)
        )
        classes = (
            Fact(
                _words(m),
                {"name": m["name"], "kind": "class", "bases": _bases(m)},
                m.start("name"),
            )
            for m in _CLASS.finditer(text)
        )
        found = sorted([*functions, *classes], key=lambda fact: fact.at)
        return [_noted(fact, text) for fact in found]

    def notes(self, instruction: str, facts: Sequence[Fact]) -> str:
        told = [fact for fact in facts if self.bears(instruction, fact)]
        return "\n".join(f"{f.text}  # {f.says.get('place', '')}" for f in told) or _NONE

    def bears(self, instruction: str, fact: Fact) -> bool:
        asked = _ASKED.search(instruction)
        if asked is None:
            return True
        if _BASE in instruction:
            return asked[1] in fact.says.get("bases", ())
        return bool(asked[1] == fact.says["name"])

    def answer(self, instruction: str, facts: Sequence[Fact]) -> str:
        told = [fact.says for fact in facts if self.bears(instruction, fact)]
        wanted = "name" if _BASE in instruction else "place"
        return "\n".join(dict.fromkeys(str(of.get(wanted, of["name"])) for of in told)) or _NONE


def _words(found: re.Match[str]) -> str:
    return found[0].removeprefix("quote: ").removeprefix('"quote": "').strip()


def _noted(fact: Fact, text: str) -> Fact:
    """A definition with the place that a note on it names."""
    place = _PLACE_NOTED.search(text[fact.at :].partition("\n")[0])
    return replace(fact, says={**fact.says, "place": place[1]}) if place else fact


def _bases(found: re.Match[str]) -> tuple[str, ...]:
    return tuple(base.strip() for base in (found["bases"] or "").split(",") if base.strip())


@dataclass(frozen=True)
class Code:
    """Records are files: so many of the package's, those with the right answers among them."""

    package: str = PACKAGE
    name: str = "code"
    about: str = "find definitions and subclasses in the source of an installed package"
    strategy: str = "std/code_questions"
    sizes: Sequence[int] = (4, 16)

    @property
    def knowledge(self) -> Reading:
        return Reading()

    def cases(self, size: int, seed: int, each: int = 4) -> list[Case]:
        chance = Random(f"{self.name} {size} {seed}")
        every = sources(self.package)
        names = sorted(chance.sample(sorted(every), min(size, len(every))))
        files = {name: every[name] for name in names}
        defined = list(definitions(files))
        return [
            *self._places(files, defined, chance, each),
            *self._subclasses(files, defined, each),
        ]

    def _places(
        self, files: Mapping[str, str], defined: Sequence[Definition], chance: Random, each: int
    ) -> Iterator[Case]:
        names = [one.name for one in defined]
        single = [one for one in defined if names.count(one.name) == 1]
        for one in chance.sample(single, min(each, len(single))):
            what = "class" if one.is_class else "function"
            question = _WHERE.format(what=what, name=one.name)
            yield Case(
                files, question, one.place, "where", uses={self.strategy: self._use(question)}
            )

    def _subclasses(
        self, files: Mapping[str, str], defined: Sequence[Definition], each: int
    ) -> Iterator[Case]:
        below: dict[str, set[str]] = {}
        for one in defined:
            for base in filter(_DOTTED.fullmatch, one.bases):
                below.setdefault(base, set()).add(one.name)
        for base in sorted(below, key=lambda name: (-len(below[name]), name))[:each]:
            question = _BASES.format(name=base)
            gold = sorted(below[base])
            yield Case(
                files, question, gold, "subclasses", uses={self.strategy: self._use(question)}
            )

    def _use(self, question: str) -> Use:
        return Use({"question": question})

    def score(self, case: Case, answer: object) -> float:
        if case.form == "where":
            return float(case.gold in places_in(answer))
        said = [answer] if isinstance(answer, str | Mapping) else listed(answer)
        told = (one.get("answer", one) if isinstance(one, Mapping) else one for one in said)
        return f1({name for one in told for name in _NAME.findall(str(one))} - {"None"}, case.gold)


def places_in(answer: object) -> set[str]:
    """The places `file:line` that an answer names, in whatever field."""
    return set(re.findall(r"[\w./-]+\.py:\d+", str(answer)))


def on_package(name: str) -> Code:
    """The same questions on another package. Raises `ModuleNotFoundError`."""
    files = sources(name)
    return Code(name, sizes=(min(4, len(files)), min(16, len(files))))


TASKS = (Code(),)
