"""Distributions that lie on the search path as pip leaves them, without pip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

TALLY = '''\
"""How often each line stands there."""

strategy {name}(docs: corpus) -> dict[text, int]
  ensures keeps(lines)
  within  10 calls
{{
  lines = records(docs, by: line)
  answer count(lines, by: item.text)
}}
'''


def install(
    site: Path,
    library: str,
    files: Mapping[str, str],
    *,
    distribution: str = "",
    package: str = "",
    requires: str = "rlmflow-lang",
    lies_in: Path | None = None,
) -> Path:
    """Install a library on `site`; gives the folder of its package.

    `lies_in`: the package lies there instead, as after an editable installation.
    """
    distribution = distribution or f"{library}-strategies"
    package = package or f"{library}_strategies"
    records = site / f"{distribution.replace('-', '_')}-1.2.dist-info"
    records.mkdir(parents=True)
    (records / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\nRequires-Dist: {requires}\n"
    )
    value = package.replace("/", ".")
    (records / "entry_points.txt").write_text(f"[rlmflow.strategies]\n{library} = {value}\n")
    folder = (lies_in or site) / package
    folder.mkdir(parents=True)
    top = (lies_in or site) / package.partition("/")[0]
    (top / "__init__.py").write_text("raise SystemExit('a library was run')\n")
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder
