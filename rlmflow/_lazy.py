"""The one place where a module is imported late, because importing it is slow or optional."""

from __future__ import annotations

from importlib import import_module
from sys import modules
from types import ModuleType


class MissingPackage(ImportError):
    """A package that is not installed. The message says what to install."""


def heavy(module: str, *, extra: str | None = None) -> ModuleType:
    """Import `module` now that it is needed.

    `extra` is the optional part of this distribution that brings it. Raises
    `MissingPackage` if it is not installed; what fails inside it is raised as it is.
    """
    loaded = modules.get(module)
    if loaded is not None:
        return loaded
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name != package:
            raise
        wanted = f'"rlmflow-lang[{extra}]"' if extra else package
        raise MissingPackage(f"{package} is not installed; run: pip install {wanted}") from None
