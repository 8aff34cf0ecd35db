"""What stands for a model while a run is planned and none is bound."""

from __future__ import annotations

from collections.abc import Sequence

from rlmflow.models._protocol import Message, Price, Rate, Reply, Request
from rlmflow.models.token_bounds import o200k_count

ANY_MODEL = "any model"


class AssumedModel:
    """A model of which nothing is known; it can be planned for, and never asked.

    Its tokens are counted as OpenAI's models of today count them (`o200k_base`).
    """

    window: int | None = None
    price: Price | None = None
    rate: Rate | None = None
    structured = True
    tools = True
    small = False

    def __init__(self, role: str) -> None:
        self.role = role
        self.name = self.identity = ANY_MODEL

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return o200k_count(messages)

    async def complete(self, request: Request) -> Reply:
        raise AssertionError(f"{self.name} was asked by `{request.step}`")

    async def open(self) -> None:
        raise AssertionError(f"{self.name} was opened")

    async def close(self) -> None:
        """Nothing was opened."""
