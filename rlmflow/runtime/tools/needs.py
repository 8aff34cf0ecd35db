"""What the steps' tools need of models and servers, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType

from rlmflow.diagnostics.codes import NO_TOOLS, TOOL_SERVER
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.expressions import compile_expression, references
from rlmflow.graph.model import StrategyGraph
from rlmflow.models._protocol import Model
from rlmflow.models.config import ServerTable
from rlmflow.operators._operator import Call
from rlmflow.operators._tools import ServerTool, resolved
from rlmflow.runtime.tools.servers import Servers
from rlmflow.types import TEXT, ListType

_CONFIGURE = 'name it in rlmflow.toml: `[mcp.{}]` with `command = "…"`'


def tool_servers(
    calls: Iterable[Call],
    models: Mapping[str, Model],
    configured: Mapping[str, ServerTable],
    given: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Servers:
    """The servers that some call's tools are from, not yet started.

    `models` by role. `given`: the parameters that are lists of texts, and may name tools.
    Raises `StrategyError`: a model can't call tools, a server is not configured.
    """
    findings: dict[Diagnostic, None] = {}
    named: dict[str, ServerTool] = {}
    for call in calls:
        tools = list(resolved(call.tools, lambda name: given.get(name, ())))
        if tools and call.roles:
            findings.update(dict.fromkeys(_of_model(call, models)))
            named |= {tool.server: tool for tool in tools if isinstance(tool, ServerTool)}
    findings.update(dict.fromkeys(_of_servers(named, configured)))
    if findings:
        raise StrategyError(list(findings))
    return Servers({name: configured[name] for name in named})


def lists_of_texts(
    strategy: StrategyGraph, values: Mapping[str, object]
) -> dict[str, Sequence[str]]:
    """The parameters that are lists of texts, each with its value or its default."""
    wanted = [p for p in strategy.parameters if p.type == ListType(TEXT)]
    written = [p for p in wanted if p.default is not None and not any(references(p.default))]
    known = {p.name: compile_expression(p.default, {})(None, None) for p in written if p.default}
    return {**known, **{p.name: values[p.name] for p in wanted if p.name in values}}


def _of_model(call: Call, models: Mapping[str, Model]) -> Iterator[Diagnostic]:
    model = models.get(call.roles[0])
    if model is not None and not model.tools:
        message = f"{model.name} can't call tools, and this step gives it some"
        hint = f"bind `{call.roles[0]}` to a model that can, or leave out `tools`"
        yield NO_TOOLS.at(call.arguments["tools"].span, message, hint=hint)


def _of_servers(
    named: Mapping[str, ServerTool], configured: Mapping[str, ServerTable]
) -> Iterator[Diagnostic]:
    for name, tool in named.items():
        if name not in configured:
            message = f"no server of tools is named `{name}`"
            hint = did_you_mean(name, configured) or _CONFIGURE.format(name)
            yield TOOL_SERVER.at(tool.span, message, hint=hint)
    if named and find_spec("mcp") is None:
        tool = next(iter(named.values()))
        message = "servers of tools need the package mcp, which is not installed"
        yield TOOL_SERVER.at(tool.span, message, hint='pip install "rlmflow-lang[mcp]"')
