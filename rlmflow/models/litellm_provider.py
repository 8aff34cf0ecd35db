"""A provider's model, by way of litellm, which is imported when the first one is opened."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from rlmflow._lazy import heavy
from rlmflow.diagnostics.codes import NO_MODEL
from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import Message, ModelFailure, Rate, Reply, Request
from rlmflow.models.completion import read_completion
from rlmflow.models.failures import Problem, of_status, retry_after, shorten
from rlmflow.models.openai_form import as_openai, tool_as_openai
from rlmflow.models.price_table import Listing
from rlmflow.models.token_bounds import byte_bound
from rlmflow.models.truncation import whole, words_bound

# 1.82.7 and 1.82.8 carried a credential stealer; 1.107.0 is reported compromised.
REFUSED_VERSIONS = frozenset({"1.82.7", "1.82.8", "1.107.0"})

# The exceptions of litellm whose status alone would not say what they mean.
_BY_CLASS = {
    "ContextWindowExceededError": ("too-long", False),
    "ContentPolicyViolationError": ("refused", False),
    "Timeout": ("timeout", True),
    "APIConnectionError": ("connection", True),
    "APIResponseValidationError": ("malformed", True),
}

# What litellm writes before the words of a provider.
_PREFIX = re.compile(r"^(litellm\.)?\w+Error: (\w+Exception - )?")


def installed_version() -> str | None:
    """The version of litellm that an import would bring, or None."""
    try:
        return version("litellm")
    except PackageNotFoundError:
        return None


def load_litellm() -> Any:
    """Import litellm, quiet and without fetching anything; a version known to be bad is refused."""
    if installed_version() in REFUSED_VERSIONS:
        message = f"litellm {installed_version()} is known to be compromised and is not loaded"
        hint = "remove it, change every key it could read, and install another version"
        raise StrategyError([NO_MODEL.at(None, message, hint=hint)])
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    litellm: Any = heavy("litellm")
    litellm.suppress_debug_info = True
    litellm.drop_params = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm


class LiteLLMModel:
    """A model by its litellm name, such as `anthropic/claude-sonnet-4-5`.

    `key` and `url` override what litellm takes from the environment; `where` is what that
    says of where the provider is, and a part of the identity; `timeout` is in seconds a
    call. Sample 0 is asked at temperature 0, sample n at 0.7 with seed n, where the
    provider takes these.
    """

    def __init__(
        self,
        name: str,
        listing: Listing,
        *,
        key: str | None = None,
        url: str | None = None,
        where: str = "",
        timeout: float = 600.0,
        extra: Mapping[str, object] | None = None,
        count: Callable[[Sequence[Message]], int] = byte_bound,
    ) -> None:
        self.name = name
        self.identity = f"{name} {url or where} {json.dumps(extra or {}, sort_keys=True)}"
        self.price = listing.price
        self.window = listing.window
        self.structured = listing.structured
        self.tools = listing.tools
        self.small = False
        self.rate: Rate | None = None
        self._secrets = (key,) if key else ()
        self._count = count
        self._constant = {
            "model": name,
            "timeout": timeout,
            "num_retries": 0,
            "max_retries": 0,
            **({"api_key": key} if key else {}),
            **({"api_base": url} if url else {}),
            **(extra or {}),
        }
        self._litellm: Any = None

    def __repr__(self) -> str:
        return f"LiteLLMModel({self.name!r})"

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return self._count(messages)

    async def open(self) -> None:
        """Import litellm. Raises `StrategyError` if the provider's key is not set."""
        self._litellm = await asyncio.to_thread(load_litellm)
        if self._secrets:
            return
        found = self._litellm.validate_environment(self.name)
        missing = found.get("missing_keys") or []
        if missing and not found.get("keys_in_environment"):
            message = f"{self.name} needs a key: {' and '.join(missing)} is not set"
            raise StrategyError([NO_MODEL.at(None, message, hint=f"export {missing[0]}=…")])

    async def close(self) -> None:
        if self._litellm is not None:
            await self._litellm.close_litellm_async_clients()
            self._litellm = None

    async def complete(self, request: Request) -> Reply:
        if self._litellm is None:
            raise RuntimeError(f"{self.name} was not opened")
        try:
            answer = await self._litellm.acompletion(**self._arguments(request))
        except Exception as error:  # litellm lets exceptions of every kind through
            raise self._failure(error) from None
        return whole(request, read_completion(answer.model_dump(), self._secrets), words_bound)

    def _arguments(self, request: Request) -> dict[str, object]:
        arguments: dict[str, object] = {
            **self._constant,
            "messages": [as_openai(message) for message in request.messages],
            "max_tokens": request.max_output,
            "temperature": 0.7 if request.sample else 0.0,
        }
        if request.sample:
            arguments["seed"] = request.sample
        if request.schema is not None and self.structured:
            shape = {"name": "reply", "strict": True, "schema": request.schema}
            arguments["response_format"] = {"type": "json_schema", "json_schema": shape}
        if request.tools:
            arguments["tools"] = [tool_as_openai(tool) for tool in request.tools]
            arguments["tool_choice"] = request.tool_choice
        return arguments

    def _failure(self, error: Exception) -> ModelFailure:
        said = _PREFIX.sub("", str(getattr(error, "message", None) or error))
        for kind in type(error).__mro__:
            if kind.__name__ in _BY_CLASS:
                failure, again = _BY_CLASS[kind.__name__]
                return ModelFailure(failure, shorten(said, self._secrets), again=again)
        status = getattr(error, "status_code", None)
        if not isinstance(status, int):
            said = shorten(f"{type(error).__name__}: {said}", self._secrets)
            return ModelFailure("other", said, again=False)
        answered = getattr(getattr(error, "response", None), "headers", None)
        headers = getattr(error, "litellm_response_headers", None) or answered or {}
        problem = Problem(said, str(getattr(error, "code", "") or ""))
        return of_status(status, problem, after=retry_after(headers), secrets=self._secrets)
