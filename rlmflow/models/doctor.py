"""What this machine has to run models with, as data."""

from __future__ import annotations

import os
from typing import NamedTuple

from rlmflow.diagnostics.codes import NO_MODEL
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.models.litellm_provider import REFUSED_VERSIONS, installed_version
from rlmflow.models.local.catalogue import DEFAULT, human_size, installed
from rlmflow.models.local.fetch import LocalListing, list_models

# The variables that providers' keys are usually in. Their values are never read here.
KEY_NAMES = (
    "RLMFLOW_API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GROQ_API_KEY",
    "MISTRAL_API_KEY",
    "OPENROUTER_API_KEY",
    "DEEPSEEK_API_KEY",
    "TOGETHERAI_API_KEY",
    "FIREWORKS_API_KEY",
    "XAI_API_KEY",
    "AZURE_API_KEY",
)


class Litellm(NamedTuple):
    """The installed version, None if there is none; `allowed` is False for a compromised one."""

    version: str | None
    allowed: bool


class Found(NamedTuple):
    """`keys`: names of variables that are set; `runner`: xllamacpp is installed."""

    keys: tuple[str, ...]
    local: tuple[LocalListing, ...]
    runner: bool
    litellm: Litellm

    @property
    def weights(self) -> tuple[str, ...]:
        """Names of the local models whose weights are here."""
        return tuple(listing.weights.name for listing in self.local if listing.path)


def examine() -> Found:
    """Look at the machine; nothing is opened, imported or asked over the network."""
    version = installed_version()
    return Found(
        keys=tuple(name for name in KEY_NAMES if os.environ.get(name)),
        local=tuple(list_models()),
        runner=installed(),
        litellm=Litellm(version, version is not None and version not in REFUSED_VERSIONS),
    )


def no_model(role: str, found: Found) -> Diagnostic:
    """That a role has no model, with what could be bound to it on this machine."""
    has = [f"a key in {', '.join(found.keys)}"] if found.keys else []
    if found.weights and found.runner:
        has.append(f"weights of {', '.join(found.weights)}")
    message = f"no model is bound to the role `{role}`; found {' and '.join(has) or 'no key here'}"
    return NO_MODEL.at(None, message, hint=_hint(role, found))


def _hint(role: str, found: Found) -> str:
    flag = f"--{role}" if role in ("sub", "root") else f"--model {role}="
    joined = flag if flag.endswith("=") else f"{flag} "
    if found.weights and found.runner:
        name = "local" if DEFAULT in found.weights else f"local:{found.weights[0]}"
        return f"try `{joined}{name}`"
    if found.keys:
        return f"name a model with `{joined}PROVIDER/MODEL` or `{joined}URL#model`"
    size = human_size(next(one for one in found.local if one.weights.name == DEFAULT).weights.size)
    return (
        f"name one with `{joined}URL#model`, set a provider's key, or run "
        f"`rlmflow models pull {DEFAULT}` ({size}) and use `{joined}local`"
    )
