"""What the worker's interpreter runs: `python boot.py PACKAGE CHANNEL MAPPED RING [SYS.PATH…]`.

The worker uses a few files of this package and nothing else of it. So the folders above
those files are put in place as empty packages, whose own code doesn't run, and an
interpreter without `site` gets the host's `sys.path`: a worker is ready the sooner.
"""

import sys
from types import ModuleType

_FOLDERS = (
    "rlmflow",
    "rlmflow.runtime",
    "rlmflow.runtime.repl",
    "rlmflow.runtime.repl.isolation",
    "rlmflow.runtime.repl.worker",
)


def _stand_in(name: str, package: str) -> None:
    folder = ModuleType(name)
    folder.__path__ = ["/".join((package, *name.split(".")[1:]))]
    sys.modules[name] = folder


_package, _channel, _mapped, _ring, *_path = sys.argv[1:]
sys.argv = [""]
sys.path[:] = _path
for _name in _FOLDERS:
    _stand_in(_name, _package)

from rlmflow.runtime.repl.worker.serve import serve  # noqa: E402  # needs the folders above

serve(int(_channel), int(_mapped), int(_ring))
