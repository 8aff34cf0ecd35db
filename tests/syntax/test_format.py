"""The canonical layout, on files that people can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlmflow.diagnostics.model import StrategyError
from rlmflow.source import Source
from rlmflow.syntax.format import format_file

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.rlm")), ids=lambda path: path.stem)
def test_layout(path: Path) -> None:
    formatted = format_file(Source(path.name, path.read_text(encoding="utf-8")))
    assert formatted == path.with_suffix(".formatted").read_text(encoding="utf-8")


def test_nothing_gives_nothing() -> None:
    assert format_file(Source("empty", " \n\n")) == ""


def test_a_file_that_does_not_parse_is_refused_with_its_errors() -> None:
    with pytest.raises(StrategyError, match="RF102") as refused:
        format_file(Source("bad", "type A { a: }\ntype B { b: }"))
    assert len(refused.value.diagnostics) == 2


def test_lines_end_alike_and_prompts_keep_their_own() -> None:
    text = 'strategy s() -> text {\r\n  answer f() """a\r\n  b"""  # c\r\n}\r\n'
    assert format_file(Source("crlf", text)) == (
        'strategy s() -> text {\n  answer f()\n    """a\r\n  b"""  # c\n}\n'
    )
