"""What was found once and is shown again, as long as all that it was made from is the same.

So that looking takes no longer than reading: nothing is imported and compiled for a page that
was made before. What can't be kept is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from rlmflow import cache

Stamps: TypeAlias = dict[str, "list[int] | None"]

_OURS = Path(__file__).parents[1]


class Made(NamedTuple):
    """A value that JSON can hold, and the files and folders that it was made from.

    `lasting`: whether it may be shown again.
    """

    value: Any
    of: Iterable[Path | str]
    lasting: bool = True


def kept(what: str, make: Callable[[], Made]) -> Any:
    """The value of `what`, made anew if anything that it was made from has changed."""
    place = cache.folder("looks") / f"{_key(what)}.json"
    try:
        held = json.loads(place.read_text("utf-8"))
        if all(_stamp(path) == stamp for path, stamp in held["of"].items()):
            return held["value"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        pass  # there is none, or it is none of ours
    made = make()
    if made.lasting:
        stamps = {str(path): _stamp(str(path)) for path in made.of}
        cache.keep(place, json.dumps({"of": stamps, "value": made.value}).encode())
    return made.value


def _key(what: str) -> str:
    """Changes with the program itself, and with where things are looked for."""
    stamps = []
    for folder, inner, files in os.walk(_OURS):
        inner[:] = sorted(name for name in inner if name != "__pycache__")
        stamps += [(folder, name, _stamp(os.path.join(folder, name))) for name in sorted(files)]
    said = json.dumps([what, os.getcwd(), sys.path, stamps])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _stamp(path: str) -> list[int] | None:
    """When a file or a folder was last changed, and its size; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size]
