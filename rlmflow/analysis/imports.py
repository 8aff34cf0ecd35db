"""`use`: the files that a file needs, and the names it takes from them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TypeAlias

from rlmflow.analysis.declare import taken
from rlmflow.analysis.module import Module
from rlmflow.analysis.python_file import PythonFile, read_python
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostics, Note, StrategyError
from rlmflow.diagnostics.suggest import did_you_mean, did_you_mean_below
from rlmflow.source import Source
from rlmflow.strategy_file import PYTHON, SUFFIX, is_strategy, without_suffix
from rlmflow.syntax import ast
from rlmflow.syntax.read import read_tree

Load: TypeAlias = Callable[[str], Source | None]
"""Gives the file at a path, or of a library (`std/needle`); None where there is none."""

Beside: TypeAlias = Callable[[str], Sequence[str]]
"""Gives what could have been written in place of a path or a library's file."""


def location(written: str, importer: Source, path: str) -> str:
    """What `use` is to load: a path beside the importing file, or a library's file.

    `path`: that of the importing file, or what a library's file is known as. Beside that
    stands another file of its library.
    """
    if not written.startswith(("./", "../")):
        return written
    beside = os.path.normpath(PurePath(path).parent / written)
    if importer.known_as:
        return without_suffix(beside)
    return beside if is_strategy(beside) else f"{beside}{SUFFIX}"


def _python_location(use: ast.Use, importer: Source) -> str | None:
    """The path of a Python file, which stands beside the importing file.

    None where it would lie outside the importing file's library.
    """
    beside = PurePath(importer.known_as).parent / use.path.text
    if importer.library and PurePath(os.path.normpath(beside)).parts[0] != importer.library:
        return None
    return os.path.normpath(PurePath(importer.name).parent / use.path.text)


def _as_written(path: str, use: ast.Use, importer: str) -> str:
    """How `use` names a file, in the way in which it named another."""
    if path.startswith(".") or not use.path.text.startswith("."):
        return path
    beside = os.path.relpath(without_suffix(path), PurePath(importer).parent)
    return beside if beside.startswith("..") else f"./{beside}"


@dataclass
class Importer:
    """Loads a file and all that it uses. `modules`: those loaded, used before using."""

    load: Load
    beside: Beside
    found: Diagnostics
    modules: dict[str, Module] = field(default_factory=dict)
    _under_way: list[tuple[str, ast.Use]] = field(default_factory=list)
    _python: dict[str, PythonFile | None] = field(default_factory=dict)

    def main(self, source: Source) -> Module:
        return self._module(source, source.known_as or os.path.normpath(source.name), prefix="")

    def _module(self, source: Source, path: str, prefix: str) -> Module:
        file, problems = read_tree(source)
        for problem in problems:
            self.found.add(problem)
        module = Module(file, prefix, damaged=bool(problems))
        for item in file.items:
            if isinstance(item, ast.Use):
                self._use(item, path, module)
        self.modules[path] = module
        return module

    def _use(self, use: ast.Use, importer: str, module: Module) -> None:
        if use.python:
            self._use_python(use, module)
            return
        path = location(use.path.text, module.source, importer)
        self._under_way.append((importer, use))
        other = self.modules.get(path)
        if path in (each for each, _ in self._under_way):
            self._report_circle(path)
        elif other is None:
            other = self._loaded(use, path, importer)
        self._under_way.pop()
        if other is None:
            self._fail(use, module)
        else:
            module.uses.append((use, other))

    def _loaded(self, use: ast.Use, path: str, importer: str) -> Module | None:
        try:
            source = self.load(path)
        except StrategyError as error:
            for problem in error.diagnostics:
                self.found.add(replace(problem, span=problem.span or use.path.span))
            return None
        if source is not None:
            return self._module(source, path, prefix=f"{path}:")
        known = [_as_written(o, use, importer) for o in self.beside(path) if o != importer]
        hint = did_you_mean_below(use.path.text, known)
        if use.path.text.startswith("."):
            message = f"there is no file `{path}`"
        else:
            message = f"there is no `{use.path.text}`"
            library, of_library, _ = use.path.text.partition("/")
            hint = hint or (
                f"`rlmflow show {library}` lists what it has"
                if of_library
                else "a file beside this one is written `./name`"
            )
        self.found.add(codes.IMPORT_NOT_FOUND.at(use.path.span, message, hint=hint))
        return None

    def _use_python(self, use: ast.Use, module: Module) -> None:
        path = _python_location(use, module.source)
        if path is None:
            message = f"`{use.path.text}` is outside the library `{module.source.library}`"
            hint = "a library uses Python files of its own"
            self.found.add(codes.IMPORT_NOT_FOUND.at(use.path.span, message, hint=hint))
            self._fail(use, module)
            return
        if path not in self._python:
            self._python[path] = self._read_python(use, path, module.source)
        offered = self._python[path]
        if offered is None:
            self._fail(use, module)
        else:
            module.uses.append((use, offered))

    def _read_python(self, use: ast.Use, path: str, importer: Source) -> PythonFile | None:
        source = self.load(path) if path.endswith(PYTHON) else None
        if source is not None:
            known_as = importer.library and f"{importer.library}/{use.path.text}"
            read = read_python(replace(source, known_as=known_as), use.path.span)
            if isinstance(read, PythonFile):
                return read
            self.found.add(read)
            return None
        if not path.endswith(PYTHON):
            hint = f'name a Python file: `use python "./tools{PYTHON}" (…)`'
        else:
            beside = [f"./{PurePath(other).name}" for other in self.beside(path)]
            hint = did_you_mean(use.path.text, beside) or "its place is beside this file"
        message = f"there is no Python file `{path}`"
        self.found.add(codes.IMPORT_NOT_FOUND.at(use.path.span, message, hint=hint))
        return None

    def _report_circle(self, path: str) -> None:
        """Draw the circle that the last `use` closes."""
        paths = [each for each, _ in self._under_way]
        circle = self._under_way[paths.index(path) :]
        names = [PurePath(each).name for each, _ in [*circle[1:], circle[0]]]
        drawn = f"{PurePath(path).name} uses {', which uses '.join(names)}"
        notes = tuple(
            Note(f"{PurePath(importer).name} uses `{use.path.text}` here", use.span)
            for importer, use in circle[:-1]
        )
        last = circle[-1][1]
        hint = "move what both need into a file that uses neither"
        self.found.add(codes.IMPORT_CIRCLE.at(last.path.span, drawn, hint=hint, notes=notes))

    def _fail(self, use: ast.Use, module: Module) -> None:
        """Let no use of a name be reported that could not be imported."""
        names = [use.alias] if use.alias and len(use.names) < 2 else use.names
        for name in names:
            module.names[name.text] = None
            module.places[name.text] = name.span
        if not names:
            module.open = True


def bind_imports(module: Module, found: Diagnostics) -> None:
    """Make known in a module what it takes from those it uses, which are declared."""
    for use, other in module.uses:
        offered = other.exported()
        chosen = use.names or tuple(ast.Name(name, span=use.path.span) for name in offered)
        alias = _alias(use, chosen, found)
        for name in chosen:
            local = alias or name
            if name.text not in offered:
                _report_absent(name, use, list(offered), found)
            for problem in other.problems(name.text):
                found.add(problem)
            what = taken(local.text)
            if what:
                message = f"`{local.text}` is {what}"
                hint = _under_another_name(use, name)
                found.add(codes.RESERVED_NAME.at(local.span, message, hint=hint))
                continue
            if local.text in module.names:
                note = Note("it is made known here", module.places[local.text])
                message = f"there is a `{local.text}` already"
                hint = _under_another_name(use, name)
                found.add(codes.DUPLICATE_NAME.at(local.span, message, hint=hint, notes=(note,)))
                continue
            module.names[local.text] = offered.get(name.text)
            module.places[local.text] = local.span


def _under_another_name(use: ast.Use, name: ast.Name) -> str:
    path = f'python "{use.path.text}"' if use.python else use.path.text
    return f"take it under another name: `use {path} ({name.text}) as …`"


def _alias(use: ast.Use, chosen: Sequence[ast.Name], found: Diagnostics) -> ast.Name | None:
    if use.alias is None or len(chosen) == 1:
        return use.alias
    message = f"`as` gives one name, and `{use.path.text}` is used for {len(chosen)}"
    hint = f"name the one that is meant: `use {use.path.text} (…) as {use.alias.text}`"
    found.add(codes.ALIAS_OF_SEVERAL.at(use.alias.span, message, hint=hint))
    return None


def _report_absent(
    name: ast.Name, use: ast.Use, offered: Sequence[str], found: Diagnostics
) -> None:
    message = f"`{use.path.text}` has no `{name.text}`"
    listed = ", ".join(f"`{each}`" for each in offered)
    hint = did_you_mean(name.text, offered) or (f"it has {listed}" if listed else None)
    found.add(codes.NOT_IN_IMPORT.at(name.span, message, hint=hint))
