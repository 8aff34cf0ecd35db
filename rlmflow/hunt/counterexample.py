"""A case in which a strategy loses something, as a `test` that can be run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rlmflow.functions import as_text
from rlmflow.hunt.inputs import Case
from rlmflow.syntax.inline import quoted


def as_test(strategy: str, title: str, case: Case, expects: Sequence[str], reader: str) -> str:
    """The text of a test that fails as long as the strategy does what the case shows."""
    return "\n".join(
        [
            f"test {quoted(title)} of {strategy} {{",
            *(f"  {line}" for line in _lines(case, expects, reader)),
            "}",
        ]
    )


def _lines(case: Case, expects: Sequence[str], reader: str) -> Iterator[str]:
    for name, texts in case.texts.items():
        yield f"given {name}: {_written(texts[0] if len(texts) == 1 else list(texts))}"
    for name, value in case.values.items():
        yield f"given {name}: {_written(value)}"
    yield f"reply {reader}"
    for expected in expects:
        yield f"expect {expected}"


def _written(value: object) -> str:
    """A value as an author writes it."""
    match value:
        case str():
            return quoted(value)
        case list():
            return f"[{', '.join(map(_written, value))}]"
        case Mapping():
            raise AssertionError("no case holds a record")
        case _:
            return as_text(value)
