"""The parser's stack, opened for recovery: what may come next, and what if."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rlmflow.syntax.build_nodes import Word
from rlmflow.syntax.tokens import CLOSERS, END, PARTNERS, SOFT_WORDS

Feed = Callable[[str, str, int, int], None]

_HOLDERS = {
    "parameter": "parameters",
    "argument": "call",
    "element": "list",
    "arm": "match",
    "field": "record",
    "statement": "body",
    "line": "test",
    "subject": "clause",
    "type": "types",
    "expression": "parentheses",
}
"""What an open bracket belongs to, by what may stand first in it."""


class Stack(NamedTuple):
    """A stack that might be: the first `kept` states of the real one, and some above."""

    kept: int
    above: tuple[int, ...]


class Frame(NamedTuple):
    """An open bracket on the stack. `kind` says whose; `size` counts what is below its inside."""

    kind: str
    opener: Word | None
    size: int


def kind_of(value: Any) -> str:
    """The kind of a token on the stack; empty for what was reduced already."""
    kind = getattr(value, "type", "")
    return kind if isinstance(kind, str) else ""


class Automaton:
    """A view of the LALR parser's own stacks, which it changes in place.

    `values[k]` was reached in `states[k]`, and led to `states[k + 1]`. In the table a
    number is a state to go to; anything else is a rule to reduce by.
    """

    def __init__(
        self,
        states: list[int],
        values: list[Any],
        table: Mapping[int, Mapping[str, tuple[Any, Any]]],
        end_state: int,
        feed: Feed,
    ) -> None:
        self.states = states
        self.values = values
        self._table = table
        self._end_state = end_state
        self.feed = feed
        """Feed a token: kind, text, start, end. The token must be acceptable."""

    @property
    def top(self) -> Any:
        return self.values[-1] if self.values else None

    def goto(self, size: int, symbol: str) -> int | None:
        """The state after `symbol`, were the stack cut to `size` values."""
        found = self._table[self.states[size]].get(symbol)
        return found[1] if found else None

    def cut(self, size: int) -> None:
        del self.values[size:]
        del self.states[size + 1 :]

    def push(self, symbol: str, value: Any) -> None:
        """Take `symbol` as read, with `value` for its meaning."""
        state = self.goto(len(self.values), symbol)
        if state is None:
            raise ValueError(f"{symbol} can't stand here")
        self.values.append(value)
        self.states.append(state)

    def after(self, kind: str, stack: Stack | None = None) -> Stack | None:
        """The stack once a token of `kind` was read, or None if it can't be."""
        kept, above = stack or (len(self.states), ())
        new = list(above)
        while True:
            found = self._table[new[-1] if new else self.states[kept - 1]].get(kind)
            if found is None:
                return None
            move = found[1]
            if isinstance(move, int):
                return Stack(kept, (*new, move))
            size = len(move.expansion)
            kept -= max(size - len(new), 0)
            del new[max(len(new) - size, 0) :]
            state = new[-1] if new else self.states[kept - 1]
            new.append(self._table[state][move.origin.name][1])
            if kind == END and new[-1] == self._end_state:
                return Stack(kept, tuple(new))

    def accepts(self, kind: str, stack: Stack | None = None) -> bool:
        """Whether a token of `kind` may come next; some words are names where no word can be."""
        if self.after(kind, stack) is not None:
            return True
        return kind in SOFT_WORDS and self.after("NAME", stack) is not None

    def with_pushed(self, size: int, symbol: str) -> Stack | None:
        """The stack cut to `size` values, with `symbol` pushed, if it may be."""
        state = self.goto(size, symbol)
        return None if state is None else Stack(size + 1, (state,))

    def expected(self) -> list[str]:
        """Kinds of tokens that may come next."""
        here = self._table[self.states[-1]]
        return [kind for kind in here if kind.isupper() and self.after(kind) is not None]

    def frames(self) -> list[Frame]:
        """Open brackets, the innermost first; the last is the file itself."""
        found: list[Frame] = []
        closed = 0
        for size in range(len(self.values), 0, -1):
            kind = kind_of(self.values[size - 1])
            if kind in CLOSERS:
                closed += 1
            elif kind in PARTNERS and closed:
                closed -= 1
            elif kind in PARTNERS:
                found.append(Frame(self._holder(size), self.values[size - 1], size))
        found.append(Frame("file", None, 0))
        return found

    def _holder(self, size: int) -> str:
        for symbol, holder in _HOLDERS.items():
            if self.goto(size, symbol) is not None:
                return holder
        return "imported"
