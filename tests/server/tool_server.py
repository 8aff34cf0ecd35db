"""A real MCP server over standard input and output, which misbehaves on request.

Run as a file. Its tools are below; the arguments say how it lives:

    python tool_server.py PIDS [fail | silent | stubborn]

It adds its process id to the file PIDS. `fail`: it says why on standard error, and ends.
`silent`: it never answers. `stubborn`: it answers, and ignores that its input ended and
the signal to end.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

WAY = sys.argv[2] if len(sys.argv) > 2 else ""
with Path(sys.argv[1]).open("a") as pids:
    pids.write(f"{os.getpid()}\n")
if WAY == "fail":
    sys.exit("no database at zoo.db")
if WAY == "silent":
    time.sleep(3600)
if WAY == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

try:
    from mcp.server.mcpserver import MCPServer as Server
except ImportError:
    from mcp.server.fastmcp import FastMCP as Server

server = Server("zoo")
KEPT = {"walrus": "two walruses\nsleep in the sun"}


@server.tool()
def look_up(name: str) -> str:
    """Look an animal up."""
    return KEPT[name]


@server.tool(name="count-all")
def count_all(names: list[str]) -> dict[str, int]:
    """How long names are."""
    return {name: len(name) for name in names}


@server.tool()
def secret() -> str:
    """What the environment holds."""
    return " ".join(str(os.environ.get(name)) for name in ("GIVEN", "PASSED", "HIDDEN"))


@server.tool()
def wait() -> str:
    """Never answers."""
    time.sleep(3600)
    return ""


@server.tool()
def die() -> str:
    """Ends the server."""
    os._exit(3)


server.run()
while WAY == "stubborn":
    time.sleep(60)
