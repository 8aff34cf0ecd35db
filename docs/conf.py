"""The site: the pages of this folder, and those made from what operators and commands declare.

`make site` builds it; nothing is fetched.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_site"))

from generate import write_pages  # noqa: E402  it lies beside this file
from rlm_lexer import RlmLexer  # noqa: E402

project = "rlmflow"
author = "the rlmflow authors"
version = release = metadata.version("rlmflow-lang")
html_title = f"rlmflow {release}"
extensions = ["myst_parser"]
exclude_patterns = ["_site"]
myst_heading_anchors = 3
html_theme = "furo"
html_show_copyright = False
html_show_sphinx = False


def setup(app: object) -> None:
    app.add_lexer("rlm", RlmLexer)
    write_pages(DOCS / "reference")
