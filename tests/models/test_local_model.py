"""Models on this machine: their names, and their server process."""

from __future__ import annotations

import asyncio
import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import Message, ModelFailure, Price, Request
from rlmflow.models.bind import bind
from rlmflow.models.config import ModelConfig
from rlmflow.models.doctor import examine, no_model
from rlmflow.models.local.catalogue import CATALOGUE
from rlmflow.models.local.fetch import pull

pytest.importorskip("xllamacpp")
NO_SETTINGS = ModelConfig()


@pytest.fixture
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLMFLOW_CACHE", str(tmp_path / "cache"))


def refused(name: str) -> str:
    with pytest.raises(StrategyError) as caught:
        bind(name, NO_SETTINGS)
    (found,) = caught.value.diagnostics
    return f"{found.code} {found.message} | {found.hint}"


@pytest.mark.usefixtures("_empty_cache")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("local", "RF501 the weights of qwen2.5-coder-1.5b are not on this machine"),
        ("local", "run `rlmflow models pull qwen2.5-coder-1.5b` (1.1 GB, Apache-2.0)"),
        ("local:smollm2-135m", "run `rlmflow models pull smollm2-135m` (98 MB, Apache-2.0)"),
        ("local:smolm2-135m", "RF502 no local model is named `smolm2-135m` | did you mean"),
        ("local:nowhere/x.gguf", "RF502 there is no file nowhere/x.gguf"),
    ],
)
def test_nothing_is_downloaded_unasked(name: str, said: str) -> None:
    assert said in refused(name)


def test_a_file_that_holds_no_model_is_said(tmp_path: Path) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    model = bind(f"local:{path}", NO_SETTINGS)
    assert model.price == Price(0, 0)
    with pytest.raises(StrategyError) as caught:
        asyncio.run(model.open())
    (found,) = caught.value.diagnostics
    assert f"could not be started from {path}: " in found.message
    assert "\n" not in found.message


@pytest.mark.usefixtures("_empty_cache")
def test_doctor_names_keys_and_never_shows_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "very-secret")
    found = examine()
    assert "GROQ_API_KEY" in found.keys
    assert "very-secret" not in repr(found)
    assert found.weights == ()
    assert found.litellm.allowed
    said = no_model("judge", found)
    assert said.code == "RF501"
    assert "GROQ_API_KEY" in said.message
    assert "`--model judge=PROVIDER/MODEL`" in (said.hint or "")


@pytest.mark.usefixtures("_empty_cache")
def test_without_anything_the_hint_is_what_to_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in examine().keys:
        monkeypatch.delenv(name)
    hint = no_model("sub", examine()).hint or ""
    assert "rlmflow models pull qwen2.5-coder-1.5b` (1.1 GB)" in hint


SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}

HOLD_OPEN = """
import asyncio, os, sys
from pathlib import Path
from rlmflow.models.config import LocalTable
from rlmflow.models.local.model import LocalModel

async def main():
    model = LocalModel("local", Path(sys.argv[1]), LocalTable())
    await model.open()
    print(model._process.pid, flush=True)
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


@pytest.mark.long
def test_the_smallest_model_is_pulled_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RLMFLOW_CACHE", str(tmp_path))
    path = pull("smollm2-135m")
    assert path.stat().st_size == CATALOGUE["smollm2-135m"].size

    async def run() -> None:
        model = bind("local:smollm2-135m", NO_SETTINGS)
        await model.open()
        try:
            ask = (Message("user", "Is water wet? Answer in JSON."),)
            requests = [Request(ask, schema=SCHEMA, max_output=80, sample=n) for n in range(4)]
            for reply in await asyncio.gather(*map(model.complete, requests)):
                assert json.loads(reply.text)["answer"] in ("yes", "no")
                assert reply.usage.tokens_in is not None
                assert reply.usage.tokens_in <= model.count_tokens(ask)
                assert model.count_tokens(ask) <= reply.usage.tokens_in + 10
            with pytest.raises(ModelFailure) as caught:
                await model.complete(Request((Message("user", "word " * 20_000),)))
            assert caught.value.kind == "too-long"
            with pytest.raises(ModelFailure) as caught:
                await model.complete(Request((Message("user", "Count to 1000."),), max_output=5))
            assert caught.value.kind == "cut-off"
        finally:
            await model.close()

    asyncio.run(run())

    command = [sys.executable, "-c", HOLD_OPEN, str(path)]
    root = str(Path(__file__).parents[2])
    killed = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, check=False
    )
    _wait_until_gone(int(killed.stdout))


def _wait_until_gone(process: int) -> None:
    """Return when a process that is not our child has ended."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        gone, _, _ = select.select([handle], [], [], 30)
    finally:
        os.close(handle)
    assert gone, "the server outlived whoever started it"
