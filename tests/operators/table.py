"""A table of records as input, for the tests of operators that ask no model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from rlmflow.runtime.outcome import Outcome
from rlmflow.testing import run_text

Row = tuple[int | None, str]

ROWS: st.SearchStrategy[list[Row]] = st.lists(
    st.tuples(st.none() | st.integers(-3, 3), st.sampled_from("abc")), max_size=12
)

_STRATEGY = """
type Row {{ n: int?  who: text  id: int }}
type Group {{ key: text  items: list[Row] }}
type Pair {{ left: Row  right: Row }}

strategy tried(docs: corpus) -> {returns} {{
  rows = records(docs, by: json) -> Row
{body}
}}
"""


def no_model(request: Any) -> None:
    raise AssertionError(f"{request.step} asked a model")


def outcome_of(body: str, rows: Sequence[Row], returns: str = "list[Row]") -> Outcome:
    """How a strategy with this body ends over the rows, which are its step `rows`."""
    lines = (json.dumps({"n": n, "who": who, "id": at}) for at, (n, who) in enumerate(rows))
    return run_text(_STRATEGY.format(body=body, returns=returns), "\n".join(lines), no_model)


def made(body: str, rows: Sequence[Row], returns: str = "list[Row]") -> Any:
    """The answer of such a strategy. A row has its number as `id`."""
    outcome = outcome_of(body, rows, returns)
    assert outcome.status == "complete", outcome.failures
    assert outcome.answer is not None
    return outcome.answer.value


def ids(body: str, rows: Sequence[Row]) -> list[int]:
    """The same for a body whose answer is a list of rows: their numbers."""
    return [record["id"] for record in made(body, rows)]


def ids_of(records: Sequence[Mapping[str, Any]]) -> list[int]:
    return [record["id"] for record in records]
