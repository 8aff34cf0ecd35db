"""The site is built without a warning, and needs nothing from elsewhere to be shown."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rlmflow import share
from rlmflow.cli._lazy_group import COMMANDS
from rlmflow.operators import all_operators

DOCS = Path(__file__).parents[2] / "docs"
_LOADED = re.compile(r"""<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=["']?(?:https?:)?//""")


@pytest.mark.long
def test_the_site_holds_a_page_for_all_there_is(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going"]
    built = subprocess.run(
        [*build, "-d", tmp_path / "trees", DOCS, tmp_path / "site"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    site = tmp_path / "site"
    pages = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    library = [path.stem for path in share.path("stdlib").glob("*.rlm")]
    assert {f"reference/operators/{name}" for name in all_operators()} <= pages
    assert {f"reference/commands/{name}" for name in COMMANDS} <= pages
    assert {f"reference/library/{name}" for name in library} <= pages
    assert {f"errors/{path.stem}" for path in share.path("errors").glob("*.md")} <= pages
    assert {path.stem for path in DOCS.glob("*.md")} <= pages
    fetching = [
        page for page in pages if _LOADED.search((site / f"{page}.html").read_text("utf-8"))
    ]
    assert fetching == []
