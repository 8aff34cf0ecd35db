"""`simulated:…`: the name of a modelled reader, and the model that it stands for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rlmflow.bench.noise import EXACT, Noise
from rlmflow.bench.reader import reading
from rlmflow.bench.task import Knowledge
from rlmflow.diagnostics.codes import BAD_MODEL_NAME
from rlmflow.diagnostics.model import StrategyError
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.models._protocol import ModelFailure, Request
from rlmflow.models.scripted import ScriptedModel
from rlmflow.models.token_bounds import o200k_count

NAME = "simulated"
_KEYS = ("perfect", "rot", "confusion", "window", "seed")
_THOUSAND = 1_000


@dataclass(frozen=True)
class Simulated:
    """A modelled reader. window: in tokens, None where no prompt is too long for it."""

    noise: Noise = EXACT
    window: int | None = None
    name: str = NAME

    def model(self, knowledge: Knowledge) -> ScriptedModel:
        """The model that reads with this knowledge; tokens are counted as `o200k_base` does."""
        read = reading(knowledge, self.noise)

        def script(request: Request) -> Any:
            tokens = o200k_count(request.messages) + request.max_output
            if self.window is not None and tokens > self.window:
                said = f"{tokens:,} tokens with the reply, and the window has {self.window:,}"
                return ModelFailure("too-long", said, again=False)
            try:
                return read(request)
            except Exception as error:  # it guesses at forms that it was not made for
                said = f"the modelled reader is lost: {type(error).__name__}: {error}"
                return ModelFailure("other", said, again=False)

        return ScriptedModel(script, name=self.name, window=self.window, count=o200k_count)

    def seeded(self, seed: int) -> Simulated:
        """The same reader with other draws."""
        return replace(self, noise=replace(self.noise, seed=self.noise.seed + seed))


def is_simulated(name: str) -> bool:
    return name.partition(":")[0] == NAME


def simulated(name: str) -> Simulated:
    """The reader of a name such as `simulated:rot=16k,confusion=0.1,window=8k`.

    Raises `StrategyError` where it says something else.
    """
    made = Simulated(name=name)
    for part in filter(None, name.partition(":")[2].split(",")):
        key, _, value = part.strip().partition("=")
        try:
            made = _with(made, key.strip(), value.strip())
        except (ValueError, OverflowError, OSError) as error:
            raise _bad(f"`{part.strip()}` in `{name}`: {error}") from None
    return made


def _with(made: Simulated, key: str, value: str) -> Simulated:
    noise = made.noise
    match key:
        case "perfect" if not value:
            return made
        case "rot":
            return replace(made, noise=replace(noise, half=_tokens(value)))
        case "window":
            return replace(made, window=_tokens(value))
        case "seed":
            return replace(made, noise=replace(noise, seed=int(value)))
        case "confusion" if Path(value).suffix == ".json":
            return replace(made, noise=replace(noise, matrix=_matrix(Path(value))))
        case "confusion":
            rate = float(value)
            if not 0 <= rate <= 1:
                raise ValueError("a rate is between 0 and 1")
            return replace(made, noise=replace(noise, rate=rate))
        case _:
            raise ValueError(did_you_mean(key, _KEYS) or f"say one of {', '.join(_KEYS)}")


def _tokens(value: str) -> int:
    number = value.lower().removesuffix("tokens").strip()
    thousands = number.endswith("k")
    tokens = int(float(number.removesuffix("k")) * (_THOUSAND if thousands else 1))
    if tokens < 1:
        raise ValueError("a number of tokens is at least 1")
    return tokens


def _matrix(path: Path) -> Mapping[str, Mapping[str, float]]:
    """A confusion matrix: for each true label what is said for it, as probabilities."""
    try:
        rows = json.loads(path.read_text("utf-8"))
        made = {true: {said: float(p) for said, p in row.items()} for true, row in rows.items()}
    except (ValueError, AttributeError, TypeError):
        form = '{"true label": {"said label": probability}}'
        raise ValueError(f"{path} is not a JSON object such as {form}") from None
    for true, row in made.items():
        if not row or min(row.values()) < 0 or abs(sum(row.values()) - 1) > 1e-6:
            raise ValueError(f"the row of `{true}` does not sum up to 1")
    return made


def _bad(message: str) -> StrategyError:
    hint = "write `simulated`, `simulated:rot=16k`, `simulated:confusion=0.1,window=8k`"
    return StrategyError([BAD_MODEL_NAME.at(None, message, hint=hint)])
