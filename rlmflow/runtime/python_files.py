"""Functions of Python files that a run is told to trust: imported once, and called.

The text that was checked is the text that runs. A function that is no coroutine runs
in a thread of its own, so that nothing else waits for it.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, TypeAlias, TypeVar

from rlmflow.diagnostics.codes import PYTHON_FAILED, UNTRUSTED_PYTHON
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.functions import FunctionFailed
from rlmflow.libraries import OWN, STD
from rlmflow.operators._function import PythonFunction
from rlmflow.operators._function_values import Misfit, python_value, read
from rlmflow.operators._step import Unanswered
from rlmflow.source import Source, Span
from rlmflow.text.one_line import one_line

T = TypeVar("T")

_LONGEST_SAID = 240


@dataclass(frozen=True)
class PythonFiles:
    """The functions that a program needs, by id, with the modules they were found in."""

    found: Mapping[str, tuple[PythonFunction, ModuleType]]

    def get(self, function: str, deadline: float | None = None) -> LoadedFunction:
        """One of them; its calls end at `deadline`, a time of the event loop."""
        return LoadedFunction(*self.found[function], deadline)


NO_FILES = PythonFiles({})


Trust: TypeAlias = bool | str | Collection[str]
"""Whose Python may be run: True for files of one's own, or the names of libraries.

Among names `.` stands for one's own. The library that comes with the program is trusted as
the program is.
"""


def load_trusted(functions: Mapping[str, PythonFunction], trust: Trust) -> PythonFiles:
    """Import the files of those functions that are trusted. Raises `StrategyError`."""
    trusted = {id_: f for id_, f in functions.items() if _is_trusted(f, trust)}
    return load_functions(trusted, trust=trust)


def load_functions(functions: Mapping[str, PythonFunction], *, trust: Trust) -> PythonFiles:
    """Import the files of the functions that a program needs.

    Raises `StrategyError`: they are not trusted, or can't be imported.
    """
    untrusted = [function for function in functions.values() if not _is_trusted(function, trust)]
    if untrusted:
        owners = dict.fromkeys(function.span.source.library for function in untrusted)
        raise StrategyError([_untrusted(owner, untrusted) for owner in owners])
    found = {}
    for function in functions.values():
        module = _imported(function.span.source)
        if not callable(getattr(module, function.name, None)):
            message = f"`{function.name}` is no function any more once its file is imported"
            raise StrategyError([PYTHON_FAILED.at(function.span, message)])
        found[function.id] = (function, module)
    return PythonFiles(found)


def _is_trusted(function: PythonFunction, trust: Trust) -> bool:
    if isinstance(trust, bool):
        trust = (OWN,) if trust else ()
    names = (trust,) if isinstance(trust, str) else trust
    return (function.span.source.library or OWN) in (*names, STD)


def _untrusted(of: str, functions: list[PythonFunction]) -> Diagnostic:
    theirs = [function for function in functions if function.span.source.library == of]
    first = theirs[0]
    listed = ", ".join(f"`{function.name}`" for function in theirs)
    message = f"{listed} would run with all your rights, and the run is not told to trust Python"
    flag, in_python = (f"--trust {of}", f'"{of}"') if of else ("--trust", "True")
    hint = f"read {first.span.source.name}; then say `{flag}`, or `trust={in_python}` in Python"
    return UNTRUSTED_PYTHON.at(first.span, message, hint=hint)


def _imported(source: Source) -> ModuleType:
    try:
        return _module(source.name, source.text)
    except (Exception, SystemExit) as error:
        message = f"{source.name} can't be imported: {_said(error)}"
        raise StrategyError([PYTHON_FAILED.at(_line(error, source), message)]) from None


@cache
def _module(name: str, text: str) -> ModuleType:
    """The module of a file; the same text is run once in a process."""
    module = ModuleType(name)
    module.__file__ = name
    # Where dataclasses and pydantic look for what a class's annotations name.
    sys.modules[name] = module
    try:
        with _beside(name):
            exec(compile(text, name, "exec", dont_inherit=True), vars(module))
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextmanager
def _beside(name: str) -> Iterator[None]:
    """Let a file import its neighbours at its top."""
    folder = str(Path(name).resolve().parent)
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


@dataclass(frozen=True)
class LoadedFunction:
    """A function that can be called. See the `Loaded` protocol."""

    function: PythonFunction
    module: ModuleType
    deadline: float | None = None

    def record(self, name: str, fields: Mapping[str, object]) -> object:
        make = vars(self.module).get(name)
        try:
            return make(**fields) if callable(make) else dict(fields)
        except Exception as error:
            raise Unanswered(self._failure(error)) from None

    async def call(self, arguments: Mapping[str, object]) -> object:
        try:
            async with asyncio.timeout_at(self.deadline):
                if self.function.waits:
                    return _drained(await self._run(**arguments))
                return await in_thread(lambda: _drained(self._run(**arguments)))
        except TimeoutError as error:
            if self.deadline is None or asyncio.get_running_loop().time() < self.deadline:
                raise Unanswered(self._failure(error)) from None
            raise Unanswered(f"the run's time was up before `{self.function.name}` ended") from None
        except (Exception, SystemExit) as error:
            raise Unanswered(self._failure(error)) from None

    def compute(self, plain: Sequence[object], named: Mapping[str, object]) -> object:
        """The value of a call in an expression. Raises `FunctionFailed`."""
        types = {parameter.name: parameter.type for parameter in self.function.parameters}
        arguments = {**dict(zip(types, plain, strict=False)), **named}
        try:
            given = {name: python_value(v, types[name], self) for name, v in arguments.items()}
            return read(_drained(self._run(**given)), self.function.returns)
        except Misfit as error:
            raise FunctionFailed(f"`{self.function.name}` returned {error}") from None
        except Unanswered as error:
            raise FunctionFailed(str(error)) from None
        except (Exception, SystemExit) as error:
            raise FunctionFailed(self._failure(error)) from None

    @property
    def _run(self) -> Callable[..., Any]:
        run: Callable[..., Any] = getattr(self.module, self.function.name)
        return run

    def _failure(self, error: BaseException) -> str:
        """What the function said, and the line of its file that said it."""
        line = _line(error, self.function.span.source)
        place = f" ({line.place})" if line is not None else ""
        return f"`{self.function.name}` failed: {_said(error)}{place}"


def _drained(result: object) -> object:
    """The items of a generator, taken where it runs."""
    return list(result) if isinstance(result, Iterator) else result


def _said(error: BaseException) -> str:
    said = one_line(str(error), _LONGEST_SAID)
    name = type(error).__name__
    return f"{name}: {said}" if said else name


def _line(error: BaseException, source: Source) -> Span | None:
    """The last line of a file that an exception came through, None if it came through none."""
    if isinstance(error, SyntaxError) and error.filename == source.name:
        return _line_span(source, error.lineno or 1)
    found = None
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == source.name:
            found = trace.tb_lineno
        trace = trace.tb_next
    return _line_span(source, found) if found is not None else None


def _line_span(source: Source, line: int) -> Span:
    number = min(line, len(source.line_starts))
    start = source.line_starts[number - 1]
    text = source.line_text(number)
    indent = len(text) - len(text.lstrip())
    return Span(source, start + indent, start + len(text))


async def in_thread(work: Callable[[], T]) -> T:
    """Do work in a thread of its own, which nobody waits for once this is cancelled."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[tuple[T | None, BaseException | None]] = loop.create_future()
    context = contextvars.copy_context()

    def settle(result: T | None, error: BaseException | None) -> None:
        if not future.done():
            future.set_result((result, error))

    def run() -> None:
        result, failure = None, None
        try:
            result = context.run(work)
        except BaseException as error:  # whatever it is, who asked for it is told
            failure = error
        # The loop may have ended in the meantime.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, daemon=True).start()
    result, failure = await future
    if failure is not None:
        raise failure
    return result  # type: ignore[return-value]  # None only where the work gives it
