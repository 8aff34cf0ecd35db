"""From the name of a model, as people write it, to the model."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from yarl import URL

from rlmflow._lazy import heavy
from rlmflow.diagnostics.codes import BAD_MODEL_NAME, NO_MODEL
from rlmflow.diagnostics.model import StrategyError
from rlmflow.diagnostics.suggest import did_you_mean_path, suggest
from rlmflow.models._protocol import Model, Price
from rlmflow.models.config import EndpointTable, ModelConfig
from rlmflow.models.litellm_provider import LiteLLMModel
from rlmflow.models.price_table import (
    Listing,
    known_models,
    known_providers,
    look_up,
    provider_of,
)
from rlmflow.models.scripted import ScriptedModel, by_rules, read_rules
from rlmflow.models.token_bounds import counting, is_known
from rlmflow.models.truncation import Bound, exactly, words_bound

OPENAI = "api.openai.com"
_SCRIPT = (
    "a script is TOML: `[[rule]]`, and below it `reply = …`, for what `contains = …` if wanted"
)


class Form(NamedTuple):
    """One way to name a model: how it is told apart, and what it makes."""

    written: str
    fits: Callable[[str], bool]
    make: Callable[[str, ModelConfig, bool], Model]


def bind(name: str, config: ModelConfig, *, asked: bool = True) -> Model:
    """The model that `name` stands for, not yet opened.

    `asked`: whether it will be asked anything; for what is only planned no key is needed.
    Raises `StrategyError` with a `bad-model-name` or `no-model`.
    """
    form = next(form for form in FORMS if form.fits(name))
    return form.make(name.strip(), config, asked)


def _bad(message: str, hint: str | None = None) -> StrategyError:
    return StrategyError([BAD_MODEL_NAME.at(None, message, hint=hint)])


def _endpoint(name: str, config: ModelConfig, asked: bool) -> Model:
    url, _, model = name.partition("#")
    if not model:
        raise _bad(f"`{name}` names no model", "write the model after a `#`: `URL#model`")
    try:
        base = URL(url)
    except ValueError as error:
        raise _bad(f"`{url}` is not a URL: {error}") from None
    if base.scheme not in ("http", "https") or not base.host:
        raise _bad(f"`{url}` is not an http URL", "write `http://HOST:PORT/v1#model`")
    if base.user or base.password:
        shown = base.with_user(None)
        raise _bad(f"the URL {shown} holds a key", "put the key into RLMFLOW_API_KEY")
    settings = config.of(name)
    root = base if base.path not in ("", "/") else base / "v1"
    listing = look_up(f"openai/{model}") if base.host == OPENAI else None
    return _openai(name, str(root), model, settings, listing, asked)


def _openai(
    name: str,
    url: str,
    model: str,
    settings: EndpointTable,
    listing: Listing | None,
    asked: bool,
) -> Model:
    official = URL(url).host == OPENAI
    found = listing or Listing()
    key = _key(settings, asked, "OPENAI_API_KEY" if official else "RLMFLOW_API_KEY")
    if official and key is None and asked:
        message = f"{name} needs a key: OPENAI_API_KEY is not set"
        raise StrategyError([NO_MODEL.at(None, message, hint="export OPENAI_API_KEY=…")])
    made: Model = heavy("rlmflow.models.openai_endpoint").OpenAIEndpoint(
        url,
        model,
        key=key,
        name=name,
        price=_price(settings) or found.price,
        window=settings.window or found.window,
        refuses=("max_tokens",) if official else (),
        timeout=settings.timeout,
        connect_timeout=settings.connect_timeout,
        extra=settings.extra,
        count=counting(model),
        least=words_bound if official else _least(model),
    )
    return made


def _least(model: str) -> Bound:
    return exactly(counting(model)) if is_known(model) else words_bound


def _key(settings: EndpointTable, asked: bool, usual: str | None = None) -> str | None:
    """The key from the variable that the settings name, else from the usual one."""
    if settings.key_env is not None:
        key = os.environ.get(settings.key_env)
        if not key and asked:
            message = f"{settings.key_env}, named as `key_env`, is not set"
            raise StrategyError([NO_MODEL.at(None, message, hint=f"export {settings.key_env}=…")])
        return key
    return (os.environ.get(usual) if usual else None) or None


def _price(settings: EndpointTable) -> Price | None:
    price = settings.price
    return Price(price.input / 1e6, price.output / 1e6) if price else None


def _is_local(name: str) -> bool:
    return name == "local" or name.startswith("local:")


def _local(name: str, config: ModelConfig, _asked: bool) -> Model:
    naming = heavy("rlmflow.models.local.naming")
    made: Model = naming.local_model(name, config.local, config.of(name))
    return made


def _scripted(name: str, _config: ModelConfig, _asked: bool) -> Model:
    path = Path(name.partition(":")[2])
    try:
        rules = read_rules(path)
    except FileNotFoundError:
        raise _bad(f"there is no file {path}", did_you_mean_path(path)) from None
    except ValueError as error:
        raise _bad(str(error), _SCRIPT) from None
    except OSError as error:
        raise _bad(str(error)) from None
    script = blake2b(path.read_bytes(), digest_size=16).hexdigest()
    identity = f"{name} {script}"
    return ScriptedModel(by_rules(rules), name=name, identity=identity, price=Price(0.0, 0.0))


def _provider(name: str, config: ModelConfig, asked: bool) -> Model:
    listing = look_up(name)
    provider, slash, model = name.partition("/")
    if not slash:
        provider, model = provider_of(name), name
    if listing is None and ("/" not in name or provider not in known_providers()):
        raise _bad(f"no model is named `{name}`", did_you_mean_model(name))
    settings = config.of(name)
    url = os.environ.get("OPENAI_BASE_URL") or os.environ.get("OPENAI_API_BASE")
    if provider == "openai" and not url:
        return _openai(name, f"https://{OPENAI}/v1", model, settings, listing, asked)
    found = listing or Listing()
    return LiteLLMModel(
        name,
        found._replace(
            price=_price(settings) or found.price, window=settings.window or found.window
        ),
        key=_key(settings, asked),
        where=_where(provider),
        timeout=settings.timeout,
        extra=settings.extra,
        count=counting(name),
    )


def _where(provider: str) -> str:
    """What the environment says of where a provider is: another server, other replies."""
    names = (f"{provider.upper()}_{end}" for end in ("API_BASE", "BASE_URL", "API_URL"))
    return " ".join(f"{name}={os.environ[name]}" for name in names if os.environ.get(name))


def is_provider(name: str) -> bool:
    """Whether it is the name of a provider, and not of one of its models."""
    return "#" not in name if "://" in name else name in known_providers()


def may_be_a_model(name: str) -> bool:
    """Whether a model may be bound by this name."""
    form = next(form for form in FORMS if form.fits(name))
    if form is not FORMS[-1]:
        return True
    return look_up(name) is not None or name.partition("/")[0] in known_providers()


def did_you_mean_model(name: str) -> str:
    """A hint for a name that is not a model's."""
    provider, slash, model = name.partition("/")
    if slash and provider not in known_providers():
        near = suggest(provider, known_providers())
        meant = f"{near}/{model}" if near else None
    else:
        known = {known if slash else known.partition("/")[2]: known for known in known_models()}
        meant = known.get(suggest(name, known) or "")
    if meant:
        return f"did you mean `{meant}`?"
    return f"write {', '.join(form.written for form in FORMS[:-1])} or {FORMS[-1].written}"


FORMS: tuple[Form, ...] = (
    Form("`URL#model`", lambda name: "://" in name, _endpoint),
    Form("`local`, `local:NAME`, `local:FILE.gguf`", _is_local, _local),
    Form("`scripted:FILE`", lambda name: name.startswith("scripted:"), _scripted),
    Form("a provider's model such as `openai/gpt-5-mini`", lambda _: True, _provider),
)
