"""`rlmflow doctor`: what this machine has to run strategies with."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path

import click

from rlmflow.models.config import EndpointTable, find_config, load_config
from rlmflow.models.doctor import KEY_NAMES, Found, examine
from rlmflow.models.local.catalogue import human_size
from rlmflow.report.figures import counted
from rlmflow.runtime.repl.isolation.probe import probe, strongest


@click.command()
def command() -> None:
    """Say what was found on this machine: keys, models, packages.

    No key is read or printed, nothing is downloaded, and no endpoint is asked.
    """
    for title, said in _rows(examine()):
        click.echo(f"{title:<14}{said}")


def _rows(found: Found) -> Iterator[tuple[str, str]]:
    yield "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield "keys", ", ".join(found.keys) or f"none of {', '.join(KEY_NAMES)} is set"
    yield "litellm", _litellm(found)
    yield "local runner", "xllamacpp" if found.runner else 'no; pip install "rlmflow-lang[local]"'
    for weights, path in found.local:
        here = "here" if path else f"not here ({human_size(weights.size)})"
        yield "local model", f"{weights.name}: {here}"
    yield from _isolation()
    yield from _config()


def _isolation() -> Iterator[tuple[str, str]]:
    """How code that a root model writes is shut in, and why not in a stronger way."""
    best = strongest()
    yield "isolation", best.name if best else "none: such code is run with --unsafe-repl only"
    for kind in probe():
        if kind.against:
            yield "isolation", f"not {kind.name}: {kind.against}"


def _litellm(found: Found) -> str:
    version, allowed = found.litellm
    if version is None:
        return "not installed"
    return version if allowed else f"{version}: a compromised version, and not used"


def _config() -> Iterator[tuple[str, str]]:
    """The settings that hold in this folder. Raises `StrategyError` if they are wrong."""
    path = find_config(Path.cwd())
    config = load_config(path)
    yield "settings", str(path) if path else "no rlmflow.toml here or above"
    for role, name in config.models.items():
        yield f"role {role}", name
    for name, table in config.endpoint.items():
        if table.paced:
            yield "pace", f"{name}: {', '.join(_pace(table))}"


def _pace(table: EndpointTable) -> Iterator[str]:
    if table.width is not None:
        yield f"{counted(table.width, 'call')} at a time"
    if table.requests_per_minute is not None:
        yield f"{counted(table.requests_per_minute, 'call')} a minute"
    if table.tokens_per_minute is not None:
        yield f"{counted(table.tokens_per_minute, 'token')} a minute"
