"""A Python function as a tool."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rlmflow.functions import as_text
from rlmflow.models._protocol import Tool
from rlmflow.operators._function import PythonFunction
from rlmflow.operators._function_values import Misfit, python_value, read
from rlmflow.operators._step import Unanswered
from rlmflow.runtime.python_files import LoadedFunction
from rlmflow.runtime.tools._tool import Output, ToolFailed
from rlmflow.schema import json_schema, validated


@dataclass(frozen=True)
class FunctionTool:
    """See `RunningTool`."""

    loaded: LoadedFunction

    @property
    def _function(self) -> PythonFunction:
        return self.loaded.function

    @cached_property
    def tool(self) -> Tool:
        function = self._function
        return Tool(function.name, function.doc or function.signature, _parameters(function))

    async def call(self, arguments: Mapping[str, object]) -> Output:
        function = self._function
        given = self._given(arguments)
        try:
            return Output(_written(read(await self.loaded.call(given), function.returns)))
        except Misfit as error:
            raise ToolFailed(f"it returned {error}") from None
        except Unanswered as error:
            raise ToolFailed(str(error).removeprefix(f"`{function.name}` failed: ")) from None

    def _given(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """What the function is called with. Raises `ToolFailed` if the model left it wrong."""
        known = {parameter.name: parameter for parameter in self._function.parameters}
        unknown = sorted(set(arguments) - set(known))
        if unknown:
            takes = ", ".join(known) or "nothing"
            raise ToolFailed(f"it takes no `{unknown[0]}`; it takes {takes}")
        missing = [p.name for p in known.values() if p.required and p.name not in arguments]
        if missing:
            raise ToolFailed(f"`{missing[0]}` is missing")
        given: dict[str, object] = {}
        for name, value in arguments.items():
            try:
                valid = validated(value, known[name].type)
            except ValueError as error:
                raise ToolFailed(f"`{name}`: {error}") from None
            given[name] = python_value(valid, known[name].type, self.loaded)
        return given


def _parameters(function: PythonFunction) -> dict[str, object]:
    """The JSON Schema of a function's arguments."""
    definitions: dict[str, object] = {}
    properties: dict[str, object] = {}
    for parameter in function.parameters:
        schema: dict[str, Any] = dict(json_schema(parameter.type))
        definitions.update(schema.pop("$defs", {}))
        properties[parameter.name] = schema
    made: dict[str, object] = {
        "type": "object",
        "properties": properties,
        "required": [parameter.name for parameter in function.parameters if parameter.required],
        "additionalProperties": False,
    }
    return {**made, "$defs": definitions} if definitions else made


def _written(value: object) -> str:
    """A text as it is, anything else as JSON."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=as_text)
    return as_text(value)
