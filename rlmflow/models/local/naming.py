"""From `local`, `local:NAME` or `local:PATH` to the model."""

from __future__ import annotations

from pathlib import Path

from rlmflow.diagnostics.codes import BAD_MODEL_NAME, NO_MODEL
from rlmflow.diagnostics.model import StrategyError
from rlmflow.diagnostics.suggest import did_you_mean_path
from rlmflow.models.config import EndpointTable, LocalTable
from rlmflow.models.local import store
from rlmflow.models.local.catalogue import DEFAULT, human_size, installed
from rlmflow.models.local.fetch import find
from rlmflow.models.local.model import LocalModel


def local_model(name: str, settings: LocalTable, endpoint: EndpointTable) -> LocalModel:
    """The model of that name, not yet opened. Nothing is downloaded.

    Raises `StrategyError` if there is no such model, its weights are not on this
    machine, or what runs them is not installed.
    """
    wanted = name.partition(":")[2] or DEFAULT
    path = Path(wanted).expanduser()
    if path.suffix == ".gguf" or "/" in wanted or "\\" in wanted:
        if not path.is_file():
            hint = did_you_mean_path(path) or "`rlmflow models` lists those that have a name"
            raise StrategyError([BAD_MODEL_NAME.at(None, f"there is no file {path}", hint=hint)])
    else:
        path = _named(wanted)
    if not installed():
        hint = 'run `pip install "rlmflow-lang[local]"`'
        message = "models on this machine need xllamacpp, which is not installed"
        raise StrategyError([NO_MODEL.at(None, message, hint=hint)])
    if endpoint.window is not None:
        settings = settings.model_copy(update={"context": endpoint.window})
    return LocalModel(name, path, settings, endpoint.timeout)


def _named(wanted: str) -> Path:
    weights = find(wanted)
    path = store.present(weights)
    if path is None:
        size = human_size(weights.size)
        message = f"the weights of {wanted} are not on this machine"
        hint = f"run `rlmflow models pull {wanted}` ({size}, {weights.licence})"
        raise StrategyError([NO_MODEL.at(None, message, hint=hint)])
    return path
