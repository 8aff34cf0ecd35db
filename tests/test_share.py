from pathlib import Path

import pytest

from rlmflow import share


def test_grammar_is_found_beside_the_package() -> None:
    assert share.path("grammar/rlm.lark").read_text(encoding="utf-8").startswith("//")


def test_error_pages_stand_elsewhere_in_the_repository() -> None:
    assert share.path("errors").parts[-2:] == ("docs", "errors")


def test_what_a_wheel_carries_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carried = tmp_path / "errors" / "RF102.md"
    carried.parent.mkdir()
    carried.write_text("carried")
    monkeypatch.setattr(share, "_CARRIED", tmp_path)
    assert share.path("errors/RF102.md") == carried


def test_what_is_nowhere_is_named_with_both_places() -> None:
    with pytest.raises(
        FileNotFoundError, match=r"stdlib/nothing\.rlm is neither at .*_share.* nor"
    ):
        share.path("stdlib/nothing.rlm")
