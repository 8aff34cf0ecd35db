"""MCP servers that run beside a strategy, for the tools they offer.

Each is a process of its own that speaks over its standard input and output. It is
started when the run is, and ended with it, whatever happens in between.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, Any

from rlmflow._lazy import MissingPackage, heavy
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.models._protocol import Tool
from rlmflow.models.config import ServerTable
from rlmflow.operators._step import Unanswered
from rlmflow.operators._tools import ServerTool
from rlmflow.runtime.tools._tool import Output, RunningTool, ToolFailed
from rlmflow.text.one_line import one_line

_MOST_PAGES = 50
_LONGEST_SAID = 240
_LOG_TAIL = 4096


@dataclass(frozen=True)
class McpTool:
    """See `RunningTool`."""

    tool: Tool
    server: McpServer

    async def call(self, arguments: Mapping[str, object]) -> Output:
        return Output(await self.server.call(self.tool.name, dict(arguments)))


class McpServer:
    """One server. Its life is one task, since what it opens must be closed by who opened it."""

    def __init__(self, name: str, settings: ServerTable) -> None:
        self.name = name
        self._settings = settings
        self._closing = asyncio.Event()
        self._session: Any = None
        self._started: asyncio.Future[tuple[Tool, ...]] = asyncio.get_running_loop().create_future()
        self._life = asyncio.create_task(self._live())

    async def tools(self) -> tuple[Tool, ...]:
        """What it offers, once it has started. Raises `Unanswered` if it did not."""
        return await asyncio.shield(self._started)

    async def call(self, tool: str, arguments: dict[str, object]) -> str:
        """The text that a tool returned. Raises `ToolFailed`."""
        try:
            async with asyncio.timeout(self._settings.timeout):
                result = await self._session.call_tool(tool, arguments)
        except TimeoutError:
            seconds = f"{self._settings.timeout:g} seconds"
            raise ToolFailed(f"the server `{self.name}` sent nothing within {seconds}") from None
        except Exception as error:  # what the package raises for a dead server, or a wrong answer
            said = one_line(str(error), _LONGEST_SAID) or type(error).__name__
            raise ToolFailed(f"the server `{self.name}`: {said}") from None
        said = result.model_dump(by_alias=True, mode="json")
        text = _text_of(said)
        if said.get("isError"):
            raise ToolFailed(one_line(text, _LONGEST_SAID) or "it said no more than that it failed")
        return text

    async def close(self) -> None:
        """End the process, and wait until it has ended."""
        self._closing.set()
        if not self._started.done():
            self._life.cancel()
        await asyncio.gather(self._life, return_exceptions=True)

    async def _live(self) -> None:
        with tempfile.TemporaryFile("w+", errors="replace") as log:
            try:
                async with AsyncExitStack() as opened:
                    async with asyncio.timeout(self._settings.start_timeout):
                        self._session = await self._open(opened, log)
                        tools = await self._offered()
                    self._started.set_result(tools)
                    await self._closing.wait()
            except (Exception, asyncio.CancelledError) as error:
                if not self._started.done():
                    self._started.set_exception(Unanswered(self._why(error, log)))
                    # It may be that nobody asks for its tools.
                    self._started.exception()

    async def _open(self, opened: AsyncExitStack, log: IO[str]) -> Any:
        package = heavy("mcp", extra="mcp")
        stdio = heavy("mcp.client.stdio", extra="mcp")
        settings = self._settings
        parameters = package.StdioServerParameters(
            command=settings.command, args=list(settings.args), env=settings.environment()
        )
        streams = await opened.enter_async_context(stdio.stdio_client(parameters, log))
        session = await opened.enter_async_context(package.ClientSession(*streams))
        await session.initialize()
        return session

    async def _offered(self) -> tuple[Tool, ...]:
        """The tools of all pages."""
        types = heavy("mcp.types", extra="mcp")
        tools: list[Tool] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            asked = types.PaginatedRequestParams(cursor=cursor) if cursor else None
            page = (await self._session.list_tools(params=asked)).model_dump(by_alias=True)
            tools += [_tool(each) for each in page["tools"]]
            cursor = page.get("nextCursor")
            if not cursor:
                break
        return tuple(tools)

    def _why(self, error: BaseException, log: IO[str]) -> str:
        """Why a server did not start, with the last line that it wrote to its errors."""
        what = f"the server of tools `{self.name}` did not start"
        first = _first(error)
        if isinstance(first, TimeoutError):
            return f"{what} within {self._settings.start_timeout:g} seconds"
        said = one_line(str(first), _LONGEST_SAID) or type(first).__name__
        if isinstance(first, OSError) and first.strerror:
            said = f"`{self._settings.command}`: {first.strerror.lower()}"
        elif not isinstance(first, MissingPackage) and (line := _last_line(log)):
            said = line
        return f"{what}: {said}"


class Servers:
    """The servers of a run, by name: started when it is entered, ended when it is left.

    `started`: whether it is entered; else what the servers offer is not known.
    """

    def __init__(self, settings: Mapping[str, ServerTable] = MappingProxyType({})) -> None:
        self._settings = settings
        self._servers: dict[str, McpServer] = {}
        self.started = False

    async def __aenter__(self) -> Servers:
        self._servers = {name: McpServer(name, each) for name, each in self._settings.items()}
        self.started = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self.started = False
        closing = (server.close() for server in self._servers.values())
        await asyncio.gather(*closing)

    async def tools(self, named: ServerTool) -> dict[str, RunningTool]:
        """The tool of a server, or all of them. Raises `Unanswered`."""
        server = self._servers.get(named.server)
        if server is None:
            raise Unanswered(f"there is no server of tools `{named.server}`")
        offered = {tool.name: tool for tool in await server.tools()}
        if named.tool is None:
            chosen = list(offered.values())
        elif named.tool in offered:
            chosen = [offered[named.tool]]
        else:
            hint = did_you_mean(named.tool, offered) or f"it has {', '.join(offered) or 'none'}"
            raise Unanswered(f"the server `{named.server}` has no tool `{named.tool}`; {hint}")
        return {f"{named.server}_{tool.name}": McpTool(tool, server) for tool in chosen}


def _last_line(log: IO[str]) -> str:
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - _LOG_TAIL))
    lines = [line.strip() for line in log.read().splitlines() if line.strip()]
    return one_line(lines[-1], _LONGEST_SAID) if lines else ""


def _tool(told: Mapping[str, Any]) -> Tool:
    return Tool(told["name"], told.get("description") or "", told["inputSchema"])


def _text_of(result: Mapping[str, Any]) -> str:
    """The text of a result; what is no text is named."""
    pieces = [_piece(block) for block in result.get("content") or ()]
    if not pieces and result.get("structuredContent") is not None:
        return json.dumps(result["structuredContent"], ensure_ascii=False)
    return "\n".join(pieces)


def _piece(block: Mapping[str, Any]) -> str:
    if "text" in block:
        return str(block["text"])
    held = block.get("resource")
    if isinstance(held, Mapping) and "text" in held:
        return str(held["text"])
    where = block.get("uri") or (held or {}).get("uri") or block.get("mimeType") or ""
    return f"[{block.get('type', 'something')} {where}: no text]".replace(" :", ":")


def _first(error: BaseException) -> BaseException:
    """The first of the errors of tasks side by side."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
