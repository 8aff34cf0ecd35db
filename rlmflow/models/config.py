"""`rlmflow.toml`: the model of each role, what is known of endpoints, limits, servers."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from rlmflow.diagnostics.codes import BAD_SETTING
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.schema import misfit

FILE_NAME = "rlmflow.toml"

Positive = Annotated[float, Field(gt=0)]
PositiveInt = Annotated[int, Field(gt=0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class PriceTable(_Table):
    """US dollars a million tokens."""

    input: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]


_PACE = {"width", "requests_per_minute", "tokens_per_minute"}


class EndpointTable(_Table):
    """`[endpoint."NAME"]`: what is set for one model, by the name it is bound by.

    The last three may be set for a whole provider too, by its name: `openai`, or the URL
    before the `#`. `width` is calls at a time; calls and tokens, read and written, are
    those that may begin in any minute.

    `key_env` is the environment variable that holds the key; `window` is in tokens,
    `timeout` and `connect_timeout` in seconds; `extra` are further fields of the body.
    """

    key_env: str | None = None
    price: PriceTable | None = None
    window: PositiveInt | None = None
    timeout: Positive = 600.0
    connect_timeout: Positive = 10.0
    extra: dict[str, object] = {}
    width: PositiveInt | None = None
    requests_per_minute: PositiveInt | None = None
    tokens_per_minute: PositiveInt | None = None

    @property
    def paced(self) -> bool:
        """Whether it says how fast the model, or the provider, may be asked."""
        return not self.model_fields_set.isdisjoint(_PACE)

    @property
    def of_one_model(self) -> list[str]:
        """What it sets that no provider has as a whole."""
        return sorted(self.model_fields_set - _PACE)


class LocalTable(_Table):
    """`[local]`: how models on this machine run.

    `weights` is a folder of GGUF files, or one; `threads` and `parallel` are counts;
    `context` is the window of one request in tokens.
    """

    weights: Path | None = None
    threads: PositiveInt | None = None
    context: PositiveInt = 8192
    parallel: PositiveInt = 2


class LimitsTable(_Table):
    """`[limits]`: the most that one run may use, beside what its strategy's `within` says."""

    calls: PositiveInt | None = None
    tokens: PositiveInt | None = None
    usd: Annotated[Decimal, Field(ge=0)] | None = None
    minutes: Positive | None = None


class ServerTable(_Table):
    """`[mcp.NAME]`: an MCP server, whose tools models may call.

    `command` with `args` starts it. Of the environment it sees `PATH` and its like, what
    `env` sets, and the variables that `pass_env` names. `start_timeout`: seconds for its
    start; `timeout`: for each call.
    """

    command: Annotated[str, Field(min_length=1)]
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    pass_env: tuple[str, ...] = ()
    start_timeout: Positive = 30.0
    timeout: Positive = 30.0

    def environment(self) -> dict[str, str]:
        """What is set for the server beside the usual variables."""
        passed = {name: os.environ[name] for name in self.pass_env if name in os.environ}
        return {**passed, **self.env}


class ModelConfig(_Table):
    """What `rlmflow.toml` says of models, limits and tools; empty where there is no file."""

    models: dict[str, str] = {}
    endpoint: dict[str, EndpointTable] = {}
    local: LocalTable = LocalTable()
    limits: LimitsTable = LimitsTable()
    mcp: dict[str, ServerTable] = {}

    def of(self, name: str) -> EndpointTable:
        """The settings of the model that is bound by `name`."""
        return self.endpoint.get(name, _NOTHING_SET)


_NOTHING_SET = EndpointTable()
_TABLES: Mapping[str, type[BaseModel] | None] = MappingProxyType(
    {
        "models": None,
        "endpoint": EndpointTable,
        "local": LocalTable,
        "limits": LimitsTable,
        "mcp": ServerTable,
    }
)


def find_config(start: Path) -> Path | None:
    """The nearest `rlmflow.toml` in `start` or a folder above it."""
    folder = start.resolve()
    places = (place / FILE_NAME for place in (folder, *folder.parents))
    return next((place for place in places if place.is_file()), None)


def load_config(path: Path | None) -> ModelConfig:
    """Read the settings of models. Raises `StrategyError` with a finding for each mistake."""
    if path is None:
        return ModelConfig()
    try:
        parsed = tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        message = f"{path}: it is not UTF-8 text (byte {error.start + 1})"
        raise StrategyError([BAD_SETTING.at(None, message, hint="save it as UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        hint = 'it is TOML: `[models]`, and below it `sub = "local"`'
        raise StrategyError([BAD_SETTING.at(None, f"{path}: {error}", hint=hint)]) from None
    except OSError as error:
        raise StrategyError([BAD_SETTING.at(None, f"{path}: {error.strerror}")]) from None
    try:
        config = ModelConfig.model_validate(parsed)
    except ValidationError as error:
        raise StrategyError([_finding(path, each) for each in error.errors()]) from None
    weights = config.local.weights
    if weights is None:
        return config
    # A relative path means the same from every folder below the file.
    local = config.local.model_copy(update={"weights": path.parent / weights.expanduser()})
    return config.model_copy(update={"local": local})


def _finding(path: Path, error: ErrorDetails) -> Diagnostic:
    place = error["loc"]
    key = ".".join(str(part) for part in place)
    if error["type"] != "extra_forbidden":
        return BAD_SETTING.at(None, f"{path}: `{key}`: {misfit(error)}")
    table = _TABLES.get(str(place[0]))
    known = _TABLES if len(place) == 1 else table.model_fields if table else ()
    hint = did_you_mean(str(place[-1]), known)
    return BAD_SETTING.at(None, f"{path}: `{key}`: there is no such setting", hint=hint)
