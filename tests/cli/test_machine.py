"""Commands about this machine: `doctor` and `models`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlmflow.models.local.catalogue import CATALOGUE, DEFAULT, human_size
from rlmflow.models.local.store import path_of
from rlmflow.runtime.repl.isolation.probe import probe, strongest

Command = Callable[..., Any]


def put_weights(name: str) -> Path:
    """A file of the right size where the verified weights of a model would be."""
    path = path_of(CATALOGUE[name])
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(CATALOGUE[name].size)
    return path


def test_models_are_listed_with_their_sizes(command: Command) -> None:
    ran = command("models")
    assert (ran.code, ran.err) == (0, "")
    for name, weights in CATALOGUE.items():
        assert f"local:{name}" in ran.out
        assert f"{human_size(weights.size)} · {weights.licence} · not on this machine" in ran.out


def test_nothing_is_downloaded_unasked(command: Command) -> None:
    ran = command("models", "pull")
    assert (ran.code, ran.out) == (2, "")
    size = human_size(CATALOGUE[DEFAULT].size)
    assert ran.err == (
        f"{CATALOGUE[DEFAULT].title} is {size} (Apache-2.0)\n"
        "error: nothing is downloaded unasked\n  hint: pass --yes\n"
    )


def test_pull_of_what_is_here_says_where(command: Command) -> None:
    path = put_weights(DEFAULT)
    assert command("models", "pull") == (0, f"{path}\n", f"ready: --sub local:{DEFAULT}\n")
    assert str(path) in command("models").out


def test_pull_of_an_unknown_model(command: Command) -> None:
    ran = command("models", "pull", "qwen2.5-coder-1b")
    assert ran.code == 2
    assert "error RF502 [bad-model-name]" in ran.err
    assert "did you mean `qwen2.5-coder-1.5b`?" in ran.err


def test_doctor_names_keys_and_never_shows_them(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    put_weights(DEFAULT)
    Path("rlmflow.toml").write_text('[models]\nsub = "local"\n')
    ran = command("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert "OPENAI_API_KEY" in ran.out
    assert "secret" not in ran.out
    assert f"{DEFAULT}: here\n" in ran.out
    assert "role sub      local\n" in ran.out


def test_doctor_says_how_code_is_isolated(command: Command) -> None:
    said = [line for line in command("doctor").out.splitlines() if line.startswith("isolation")]
    best, against = strongest(), [kind for kind in probe() if kind.against]
    assert said[0] == f"isolation     {best.name}" if best else "--unsafe-repl" in said[0]
    assert said[1:] == [f"isolation     not {kind.name}: {kind.against}" for kind in against]


def test_doctor_says_how_fast_models_may_be_asked(command: Command) -> None:
    Path("rlmflow.toml").write_text(
        '[endpoint."openai/gpt-5-mini"]\nrequests_per_minute = 500\ntokens_per_minute = 200_000\n'
        "[endpoint.openai]\nwidth = 1\n"
    )
    said = [line for line in command("doctor").out.splitlines() if line.startswith("pace")]
    assert said == [
        "pace          openai/gpt-5-mini: 500 calls a minute, 200,000 tokens a minute",
        "pace          openai: 1 call at a time",
    ]


def test_doctor_says_what_is_wrong_with_the_settings(command: Command) -> None:
    Path("rlmflow.toml").write_text("[local]\nthreds = 2\n")
    ran = command("doctor")
    assert ran.code == 2
    assert "error RF520 [bad-setting]" in ran.err
    assert "did you mean `threads`?" in ran.err
