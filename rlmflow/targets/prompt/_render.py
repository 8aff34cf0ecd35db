"""The templates beside this file, rendered. What is filled in is never read as a template."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rlmflow._lazy import heavy

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> jinja2.Environment:
    engine = heavy("jinja2")
    made: jinja2.Environment = engine.Environment(
        loader=engine.FileSystemLoader(_TEMPLATES),
        undefined=engine.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return made


def render(template: str, **values: object) -> str:
    """The text of a template file, such as `root.md.j2`."""
    return _environment().get_template(template).render(values)
