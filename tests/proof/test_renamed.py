"""No verdict rests on what an operator is called: a copy with other names gives the same."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from proof.test_corpus import LOSSY, SOUND, Chunk, refusals

from rlmflow.operators import all_operators

ROOT = Path(__file__).parent.parent.parent
COMPILE_ALL = """
import json, sys
import rlmflow
from rlmflow.compiler import compile_source
from rlmflow.operators import all_operators
from rlmflow.source import Source
assert rlmflow.__file__.startswith(sys.argv[1]), rlmflow.__file__
def found(text):
    for finding in compile_source(Source("renamed.rlm", text)).diagnostics:
        line, _ = finding.span.source.line_column(finding.span.start)
        yield line, finding.code
texts = json.load(sys.stdin)
print(json.dumps({"verdicts": [[*found(t)] for t in texts], "names": sorted(all_operators())}))
"""


def other_name(name: str) -> str:
    return f"{name}_by_another_name"


def renamed_package(folder: Path) -> None:
    """A copy of the package in which every operator has another name."""
    shutil.copytree(ROOT / "rlmflow", folder / "rlmflow", ignore=shutil.ignore_patterns("_share"))
    shutil.copytree(ROOT / "grammar", folder / "grammar")
    for operator in all_operators().values():
        name = operator.body.__name__
        file = (
            folder / "rlmflow" / "operators" / f"{operator.body.__module__.rpartition('.')[2]}.py"
        )
        defined = rf"^(async def |@)?{name}\b(?=\(|\.)"
        text = re.sub(
            defined, rf"\g<1>{other_name(name)}", file.read_text("utf-8"), flags=re.MULTILINE
        )
        file.unlink()
        (file.parent / f"{other_name(name)}.py").write_text(text, "utf-8")


def renamed(text: str) -> str:
    names = "|".join(all_operators())
    return re.sub(rf"\b({names})\(", lambda found: f"{other_name(found[1])}(", text)


def verdicts_of(chunks: list[Chunk]) -> list[list[list[object]]]:
    return [[[line, code] for line, code, _ in refusals(chunk)] for chunk in chunks]


def test_other_names_give_the_same_verdicts(tmp_path: Path) -> None:
    chunks = [*LOSSY, *SOUND]
    renamed_package(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", COMPILE_ALL, str(tmp_path)],
        input=json.dumps([renamed(chunk.text) for chunk in chunks]),
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["names"] == sorted(map(other_name, all_operators()))
    assert made["verdicts"] == verdicts_of(chunks)
