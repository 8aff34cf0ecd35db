"""Names of models, `rlmflow.toml`, and what is said when they are wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from server.model_server import ModelServer

from rlmflow.diagnostics.model import StrategyError
from rlmflow.models._protocol import Message, Price, Request
from rlmflow.models.bind import bind
from rlmflow.models.config import LocalTable, ModelConfig, find_config, load_config
from rlmflow.models.litellm_provider import LiteLLMModel
from rlmflow.models.local.model import LocalModel
from rlmflow.models.openai_endpoint import OpenAIEndpoint
from rlmflow.models.roles import unheeded
from rlmflow.models.scripted import ScriptedModel

NO_SETTINGS = ModelConfig()
KEYS = ("OPENAI_API_KEY", "RLMFLOW_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE")


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


def refused(name: str, config: ModelConfig = NO_SETTINGS) -> str:
    with pytest.raises(StrategyError) as caught:
        bind(name, config)
    (found,) = caught.value.diagnostics
    return f"{found.code} {found.message} | {found.hint}"


def ask_once(name: str, config: ModelConfig = NO_SETTINGS) -> str:
    async def run() -> str:
        model = bind(name, config)
        await model.open()
        try:
            return (await model.complete(Request((Message("user", "ping"),)))).text
        finally:
            await model.close()

    return asyncio.run(run())


def test_a_url_is_an_endpoint(model_server: ModelServer) -> None:
    assert ask_once(model_server.name) == "ping"
    assert "Authorization" not in model_server.headers[0]


def test_a_url_without_a_path_means_v1(model_server: ModelServer) -> None:
    assert ask_once(model_server.name.replace("/v1", "")) == "ping"
    assert ask_once(model_server.name.replace("/v1", "/")) == "ping"


def test_the_key_comes_from_the_environment(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RLMFLOW_API_KEY", "usual")
    monkeypatch.setenv("MINE", "own")
    ask_once(model_server.name)
    named = ModelConfig.model_validate({"endpoint": {model_server.name: {"key_env": "MINE"}}})
    ask_once(model_server.name, named)
    sent = [headers["Authorization"] for headers in model_server.headers]
    assert sent == ["Bearer usual", "Bearer own"]


def test_an_openai_key_is_not_sent_elsewhere(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    ask_once(model_server.name)
    assert "Authorization" not in model_server.headers[0]


def test_a_provider_has_price_and_window(monkeypatch: pytest.MonkeyPatch) -> None:
    model = bind("anthropic/claude-sonnet-4-5", NO_SETTINGS)
    assert isinstance(model, LiteLLMModel)
    assert model.price == Price(3e-6, 15e-6)
    assert model.window == 200_000
    assert model.structured

    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    direct = bind("openai/gpt-4o", NO_SETTINGS)
    assert isinstance(direct, OpenAIEndpoint)
    assert direct.price == Price(2.5e-6, 10e-6)
    assert direct.window == 128_000


def test_another_base_for_openai_is_left_to_litellm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    assert isinstance(bind("openai/gpt-4o", NO_SETTINGS), LiteLLMModel)


def test_a_long_call_costs_what_the_provider_asks_for_one() -> None:
    price = bind("gemini/gemini-2.5-pro", NO_SETTINGS).price
    assert price is not None
    assert price.of(200_000) == (1.25e-6, 10e-6)
    assert price.of(200_001) == (2.5e-6, 15e-6)


@pytest.mark.parametrize(
    ("name", "variable"),
    [("openai/gpt-4o", "OPENAI_BASE_URL"), ("ollama/of-mine", "OLLAMA_API_BASE")],
)
def test_the_same_name_at_another_server_is_another_model(
    name: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:1/v1")
    first = bind(name, NO_SETTINGS, asked=False).identity
    monkeypatch.setenv(variable, "http://127.0.0.1:2/v1")
    assert bind(name, NO_SETTINGS, asked=False).identity != first


def test_weights_of_the_same_name_and_size_are_another_model(tmp_path: Path) -> None:
    path = tmp_path / "tuned.gguf"
    identities = set()
    for byte in (b"a", b"b"):
        path.write_bytes(b"GGUF" + byte * 1000)
        identities.add(LocalModel("local:tuned.gguf", path, LocalTable()).identity)
    assert len(identities) == 2


def test_an_unlisted_model_of_a_known_provider_is_taken() -> None:
    model = bind("ollama/some-model-of-mine", NO_SETTINGS)
    assert model.price is None
    assert model.window is None


def test_settings_override_the_table() -> None:
    name = "anthropic/claude-sonnet-4-5"
    table = {"price": {"input": 1, "output": 2}, "window": 1000}
    model = bind(name, ModelConfig.model_validate({"endpoint": {name: table}}))
    assert model.price == Price(1e-6, 2e-6)
    assert model.window == 1000


def test_a_file_of_rules_is_a_scripted_model(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("[[rule]]\nreply = 'pong'\n")
    assert isinstance(bind(f"scripted:{path}", NO_SETTINGS), ScriptedModel)
    assert ask_once(f"scripted:{path}") == "pong"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("http://127.0.0.1:80/v1", "RF502 `http://127.0.0.1:80/v1` names no model | write the"),
        ("ftp://host/v1#m", "is not an http URL"),
        ("http://#m", "is not an http URL"),
        ("http://host:port/v1#m", "is not a URL"),
        ("http://me:pass@host/v1#m", "holds a key"),
        ("scripted:nowhere.toml", "RF502 there is no file nowhere.toml"),
        ("openai/gpt-4o", "RF501 openai/gpt-4o needs a key: OPENAI_API_KEY is not set"),
        ("gpt-4o", "RF501 gpt-4o needs a key: OPENAI_API_KEY is not set"),
        ("gpt-4oo", "RF502 no model is named `gpt-4oo` | did you mean `openai/gpt-4o`?"),
        ("antropic/claude-opus-9", "did you mean `anthropic/claude-opus-9`?"),
        ("☃☃☃☃", "RF502 no model is named `☃☃☃☃` | write `URL#model`"),
    ],
)
def test_a_bad_name_is_said_with_what_to_write(name: str, said: str) -> None:
    shown = refused(name)
    assert said in shown
    assert "pass" not in shown


def test_a_key_variable_that_is_not_set_is_named() -> None:
    name = "http://127.0.0.1:80/v1#m"
    config = ModelConfig.model_validate({"endpoint": {name: {"key_env": "MY_KEY"}}})
    assert "RF501 MY_KEY" in refused(name, config)


CONFIG = """
[models]
sub = "http://127.0.0.1:8080/v1#qwen"

[endpoint."http://127.0.0.1:8080/v1#qwen"]
key_env = "MINE"
price = { input = 0.25, output = 2.0 }
window = 32768

[local]
weights = "gguf"
"""


def test_the_file_is_found_above_and_read(tmp_path: Path) -> None:
    (tmp_path / "rlmflow.toml").write_text(CONFIG)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    config = load_config(find_config(below))
    assert config.models == {"sub": "http://127.0.0.1:8080/v1#qwen"}
    assert config.of(config.models["sub"]).window == 32768
    assert config.local.weights == tmp_path / "gguf"


def test_no_file_means_no_settings() -> None:
    assert load_config(None) == ModelConfig()


def test_each_mistake_in_the_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "rlmflow.toml"
    path.write_text('[local]\nthread = 2\ncontext = "big"\n[endpoint.x]\nwindow = 0\n')
    with pytest.raises(StrategyError) as caught:
        load_config(path)
    shown = [f"{d.code} {d.message} | {d.hint}" for d in caught.value.diagnostics]
    assert len(shown) == 3
    assert any(
        "`local.thread`: there is no such setting | did you mean `threads`?" in s for s in shown
    )
    assert any('`local.context`: "big" is not a whole number' in s for s in shown)
    assert any("`endpoint.x.window`: 0 is not more than 0" in s for s in shown)


@pytest.mark.parametrize(
    ("written", "said", "hint"),
    [
        ("[limit]\nusd = 1", "`limit`: there is no such setting", "did you mean `limits`?"),
        ('[endpoints."x/y"]\nwindow = 1', "`endpoints`: there is", "did you mean `endpoint`?"),
        ("[colours]\nx = 1", "`colours`: there is no such setting", None),
        ("colour = 1", "`colour`: there is no such setting", None),
        (
            '[endpoint."x/y"]\nprize = {input = 1, output = 1}',
            "`endpoint.x/y.prize`: there is no such setting",
            "did you mean `price`?",
        ),
    ],
)
def test_what_nothing_reads_is_a_mistake(
    written: str, said: str, hint: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "rlmflow.toml"
    path.write_text(written)
    with pytest.raises(StrategyError) as caught:
        load_config(path)
    (found,) = caught.value.diagnostics
    assert said in found.message
    assert found.hint == hint


@pytest.mark.parametrize(
    ("name", "setting", "said"),
    [
        ("opanai/gpt-5-mini", "window", "no model can be bound by that name"),
        ("gpt5mini", "width", "no model can be bound by that name"),
        ("openai", "price", "`price` is set for one model, and `openai` is a provider"),
        ("http://localhost:8000/v1", "window", "`window` is set for one model"),
    ],
)
def test_a_table_that_can_be_of_no_model_is_warned_of(name: str, setting: str, said: str) -> None:
    value = {"input": 1, "output": 1} if setting == "price" else 8
    config = ModelConfig.model_validate({"endpoint": {name: {setting: value}}})
    (found,) = unheeded(config)
    assert (found.severity, found.code) == ("warning", "RF520")
    assert said in found.message
    assert found.hint


def test_a_table_that_may_be_of_a_model_is_not_warned_of() -> None:
    names = ("openai/gpt-5-mini", "openai/of-tomorrow", "http://x/v1#y", "local", "scripted:a.toml")
    tables = {name: {"window": 8} for name in names}
    config = ModelConfig.model_validate({"endpoint": {**tables, "openai": {"width": 8}}})
    assert unheeded(config) == []


def test_a_file_that_is_not_toml_is_said(tmp_path: Path) -> None:
    path = tmp_path / "rlmflow.toml"
    path.write_text("[models\n")
    with pytest.raises(StrategyError, match="RF520"):
        load_config(path)
