"""What providers' models cost and can do: litellm's table, read without importing litellm."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import NamedTuple

from rlmflow.models._protocol import Price

_TABLE = "litellm/model_prices_and_context_window_backup.json"
_TIER = re.compile(r"(input|output)_cost_per_token_above_(\d+)k_tokens")
_PROVIDERS = "litellm/provider_endpoints_support_backup.json"


class Listing(NamedTuple):
    """What the table says of one model.

    `structured`: it takes a JSON Schema for its reply. `tools`: it can call tools; so it
    may be for a model that the table lacks, which is tried.
    """

    price: Price | None = None
    window: int | None = None
    structured: bool = False
    tools: bool = True


@cache
def _table() -> dict[str, dict[str, object]]:
    table: dict[str, dict[str, object]] = _read(_TABLE)
    table.pop("sample_spec", None)
    return table


def _read(name: str) -> dict[str, dict[str, object]]:
    try:
        file = distribution("litellm").locate_file(name)
        with open(str(file), encoding="utf-8") as stream:
            parsed: dict[str, dict[str, object]] = json.load(stream)
    except (PackageNotFoundError, OSError, ValueError):
        return {}
    return parsed


def look_up(name: str) -> Listing | None:
    """The listing of `provider/model` or `model`, None for a model that the table lacks."""
    table = _table()
    entry = table.get(name)
    provider, slash, model = name.partition("/")
    if entry is None and slash:
        entry = table.get(model)
        if entry is not None and entry.get("litellm_provider") != provider:
            entry = None
    if entry is None or entry.get("mode", "chat") not in ("chat", "responses", "completion"):
        return None
    window = entry.get("max_input_tokens") or entry.get("max_tokens")
    return Listing(
        _price(entry),
        window if isinstance(window, int) else None,
        entry.get("supports_response_schema") is True,
        entry.get("supports_function_calling") is True,
    )


def provider_of(model: str) -> str:
    """Whose a chat model is that is named without its provider; empty where the table lacks it."""
    entry = _table().get(model, {})
    return str(entry.get("litellm_provider", "")) if entry.get("mode", "chat") == "chat" else ""


def _price(entry: dict[str, object]) -> Price | None:
    costs = entry.get("input_cost_per_token"), entry.get("output_cost_per_token")
    tokens_in, tokens_out = costs
    if not isinstance(tokens_in, int | float) or not isinstance(tokens_out, int | float):
        return None
    plain = Price(float(tokens_in), float(tokens_out))
    tiers = [(int(found[2]) * 1000, found[1]) for key in entry if (found := _TIER.fullmatch(key))]
    if not tiers:
        return plain
    long = {"input": plain.tokens_in, "output": plain.tokens_out}
    for above, what in tiers:
        cost = entry[f"{what}_cost_per_token_above_{above // 1000}k_tokens"]
        long[what] = max(long[what], cost) if isinstance(cost, int | float) else long[what]
    # Of several tiers the dearest counts from the first on: no more is spent than was said.
    return replace(plain, above=min(tiers)[0], long=(long["input"], long["output"]))


def table_date() -> tuple[str, str] | None:
    """The version of litellm whose table this is, and the day (ISO) it was installed on.

    The table says no date of its own; its prices are no newer than that day.
    """
    try:
        installed = distribution("litellm")
        changed = os.stat(str(installed.locate_file(_TABLE))).st_mtime
    except (PackageNotFoundError, OSError):
        return None
    return installed.version, date.fromtimestamp(changed).isoformat()


@cache
def known_providers() -> frozenset[str]:
    """The names that may stand before the slash."""
    listed = _read(_PROVIDERS).get("providers", {})
    priced = (str(entry.get("litellm_provider", "")) for entry in _table().values())
    return frozenset(name.partition("/")[0] for name in (*listed, *priced) if name)


@cache
def known_models() -> tuple[str, ...]:
    """Chat models of the table, as `provider/model` or as the table names them."""
    return tuple(
        name if "/" in name else f"{entry.get('litellm_provider')}/{name}"
        for name, entry in _table().items()
        if entry.get("mode") == "chat"
    )
