"""One block of code: compiled, run, its last expression echoed, its errors told."""

from __future__ import annotations

import ast
import linecache
import sys
import traceback
from importlib import import_module
from inspect import CO_COROUTINE
from types import CodeType, ModuleType
from typing import Any

from rlmflow.runtime.repl.messages import NOT_COUNTED, Ended
from rlmflow.runtime.repl.worker.capture import Capture
from rlmflow.runtime.repl.worker.code_time import CodeTime, TimeUp
from rlmflow.runtime.repl.worker.echo import echo

_VALUE = "<value>"
_FRAMES = 200


class Blocks:
    """Runs blocks in one namespace, that of `__main__`."""

    def __init__(self, time: CodeTime, output: Capture, seconds: float) -> None:
        module = ModuleType("__main__")
        sys.modules["__main__"] = module
        self.namespace: dict[str, Any] = vars(module)
        self._time = time
        self._output = output
        self._seconds = seconds

    def run(self, number: int, code: str) -> Ended:
        """Run a block; what it prints is in the output. How it ended."""
        try:
            with self._time.exposed(self._seconds):
                try:
                    self._run(f"<block {number}>", code)
                    return "ok"
                except TimeUp:
                    raise
                except BaseException as error:
                    self._output.write(_told(error))
                    return "error"
        except TimeUp as up:
            self._time.shelter()
            self._output.write(_told(up))
            self._output.write(
                f"TimeUp: the block was stopped: it ran for more than {self._seconds:g} s, "
                f"{NOT_COUNTED}; what it had done until then is kept\n"
            )
            return "timeout"

    def _run(self, name: str, code: str) -> None:
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        compiled = _compiled(code, name)
        self.namespace[_VALUE] = None
        try:
            awaited = eval(compiled, self.namespace)
            if compiled.co_flags & CO_COROUTINE:
                import_module("asyncio").run(awaited)
        finally:
            value = self.namespace.pop(_VALUE, None)
        if value is not None:
            self._output.write(echo(value, self._output.most) + "\n")


def _compiled(code: str, name: str) -> CodeType:
    """The block, with its last expression's value put under a name that no code can have."""
    tree = ast.parse(code, name)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        target = ast.Name(_VALUE, ast.Store())
        kept = ast.Assign([target], last.value)
        tree.body[-1] = ast.fix_missing_locations(ast.copy_location(kept, last))
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    compiled: CodeType = compile(tree, name, "exec", flags=flags, dont_inherit=True)
    return compiled


def _told(error: BaseException) -> str:
    """The traceback of an error: the frames of blocks, and no others."""
    told = traceback.TracebackException.from_exception(error, limit=-_FRAMES, compact=True)
    seen: set[int] = set()
    _only_blocks(told, seen)
    lines = list(told.format())
    if isinstance(error, TimeUp):
        lines.pop()
    return "".join(lines)


def _only_blocks(told: traceback.TracebackException | None, seen: set[int]) -> None:
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    frames = [frame for frame in told.stack if frame.filename.startswith("<block ")]
    told.stack = traceback.StackSummary.from_list(frames)
    for other in (told.__cause__, told.__context__, *(told.exceptions or ())):
        _only_blocks(other, seen)
