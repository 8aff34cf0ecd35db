"""The models of a run's roles, and what of their settings does nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from rlmflow.diagnostics.codes import BAD_SETTING, PRICE_UNKNOWN
from rlmflow.diagnostics.model import Diagnostic, StrategyError
from rlmflow.models._protocol import Model
from rlmflow.models.assumed import AssumedModel
from rlmflow.models.bind import bind, did_you_mean_model, is_provider, may_be_a_model
from rlmflow.models.config import ModelConfig
from rlmflow.models.doctor import examine, no_model


def bind_roles(
    wanted: set[str],
    given: Mapping[str, str | Model],
    config: ModelConfig,
    optional: Collection[str] = (),
    *,
    planning: bool = False,
) -> dict[str, Model]:
    """A model for each role. One name given for two roles is one model.

    `optional` roles are bound where a model is given for them. Raises `StrategyError` for
    other roles that no model is given for; where it is only planned, one is assumed.
    """
    named: dict[str, str | Model] = {**config.models, **given}
    missing = sorted(wanted - set(named))
    if planning:
        named |= {role: AssumedModel(role) for role in missing}
    elif missing:
        found = examine()
        raise StrategyError([no_model(role, found) for role in missing])
    by_name: dict[str, Model] = {}
    bound: dict[str, Model] = {}
    for role in sorted(wanted | (set(optional) & set(named))):
        name = named[role]
        if isinstance(name, str):
            bound[role] = by_name.setdefault(
                name, by_name.get(name) or bind(name, config, asked=not planning)
            )
        else:
            bound[role] = name
    return bound


def unheeded(config: ModelConfig) -> list[Diagnostic]:
    """Warnings of `[endpoint.NAME]` tables in which no model is named, whatever a run binds."""
    findings = []
    for name, table in config.endpoint.items():
        place = f"rlmflow.toml: `endpoint.{name}`"
        if is_provider(name):
            if table.of_one_model:
                keys = " and ".join(f"`{key}`" for key in table.of_one_model)
                message = f"{place}: {keys} is set for one model, and `{name}` is a provider"
                hint = "name the model, as it is bound, in quotes"
                findings.append(BAD_SETTING.at(None, message, hint=hint, severity="warning"))
        elif not may_be_a_model(name):
            message = f"{place}: no model can be bound by that name"
            hint = did_you_mean_model(name)
            findings.append(BAD_SETTING.at(None, message, hint=hint, severity="warning"))
    return findings


def unlimited(models: Iterable[Model], usd: Decimal | None) -> list[Diagnostic]:
    """Warnings of models for which a limit in USD limits nothing."""
    if usd is None:
        return []
    hint = "set `price` for it in rlmflow.toml, or limit calls or tokens"
    return [
        PRICE_UNKNOWN.at(
            None,
            f"the limit of {usd:f} USD limits nothing for {name}: its price is not known",
            hint=hint,
            severity="warning",
        )
        for name in dict.fromkeys(model.name for model in models if model.price is None)
    ]
