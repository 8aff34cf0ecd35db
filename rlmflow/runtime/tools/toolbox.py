"""From the tools that a step names to tools that can be called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rlmflow.operators._tools import InputTool, KnownTool, PythonTool, ServerTool
from rlmflow.runtime.python_files import NO_FILES, PythonFiles
from rlmflow.runtime.tools._tool import RunningTool
from rlmflow.runtime.tools.inputs import LOOKUPS, InputLookup
from rlmflow.runtime.tools.python import FunctionTool
from rlmflow.runtime.tools.servers import Servers
from rlmflow.values import Document

# What providers take as the name of a tool.
_UNFIT = re.compile(r"[^\w-]", re.ASCII)
_LONGEST_NAME = 64


@dataclass(frozen=True)
class Toolbox:
    """What a run has to offer. Of servers that are not started, tools are left out."""

    documents: Sequence[Document] = ()
    files: PythonFiles = NO_FILES
    servers: Servers = field(default_factory=Servers)

    async def tools(
        self, named: Sequence[KnownTool], deadline: float | None
    ) -> dict[str, RunningTool]:
        """The tools, by the name that a model calls each by. Raises `Unanswered`."""
        found: dict[str, RunningTool] = {}
        for tool in named:
            for name, running in (await self._running(tool, deadline)).items():
                found[_free(name, found)] = running
        return found

    def unknown(self, named: Sequence[KnownTool]) -> int:
        """How many of the servers that are named may offer what is not known here."""
        if self.servers.started:
            return 0
        return len({tool.server for tool in named if isinstance(tool, ServerTool)})

    async def _running(self, named: KnownTool, deadline: float | None) -> Mapping[str, RunningTool]:
        match named:
            case PythonTool(function=function):
                return {function.name: FunctionTool(self.files.get(function.id, deadline))}
            case InputTool(name=name):
                tool, look_up = LOOKUPS[name]
                return {name: InputLookup(tool, self.documents, look_up)}
            case _ if not self.servers.started:
                return {}
            case _:
                return await self.servers.tools(named)


EMPTY = Toolbox()


def _free(name: str, taken: Mapping[str, object]) -> str:
    """A name that a provider takes, and that no other tool has."""
    plain = _UNFIT.sub("_", name)[:_LONGEST_NAME]
    free, number = plain, 1
    while free in taken:
        number += 1
        free = f"{plain[: _LONGEST_NAME - 4]}_{number}"
    return free
