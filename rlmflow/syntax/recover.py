"""How parsing goes on after an error, so that one run reports them all.

At a token that can't come next, in this order: a slip that has one obvious meaning is
mended as if it had been written right (`slips`); a bracket that is never closed is
closed; else the stack is cut back to where an argument, a step or an item may stand,
a broken one is pushed in its place, and tokens are skipped until one can follow it.
Brackets are paired beforehand, so skipping never runs into another step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from rlmflow.diagnostics import codes
from rlmflow.diagnostics.codes import Code
from rlmflow.diagnostics.model import Note
from rlmflow.source import Span
from rlmflow.syntax import ast, slips
from rlmflow.syntax.automaton import Automaton, Frame, Stack
from rlmflow.syntax.build import Builder
from rlmflow.syntax.build_nodes import end, start
from rlmflow.syntax.explain import MARKS, Trouble, explain
from rlmflow.syntax.slips.words import foreign
from rlmflow.syntax.tokens import BAD, CLOSERS, END, ITEM_WORDS, PARTNERS, Tokens

_FOLLOWERS = {
    "argument": {"COMMA", "RPAR"},
    "element": {"COMMA", "RSQB"},
    "arm": {"COMMA", "RBRACE"},
    "parameter": {"COMMA", "RPAR"},
    "subject": {"COMMA", "RPAR"},
    "clause": {"COMMA", "WITHIN", "LBRACE"},
    "limit": {"COMMA", "LBRACE"},
    "field": {"RBRACE", "FIELD"},
    "type": {"COMMA", "RSQB", "RPAR", "ENSURES", "WITHIN", "LBRACE"},
    "parameters": {"ARROW"},
    "binding": {"GIVEN", "REPLY", "EXPECT", "RBRACE", "FIELD"},
    "expression": {"COMMA", "RPAR", "RSQB", "RBRACE", "LBRACE", "STEP", "FIELD", "LINE"},
    "statement": {"RBRACE", "STEP"},
    "line": {"RBRACE", "LINE"},
    "item": {"ITEM", END},
}
"""What may be dropped as a whole, and what must then come next.

STEP, FIELD, LINE and ITEM stand for a token that begins one.
"""

_MOST_TRIED = 200
"""Places on the stack that are tried; the rest of a deeper stack is nested brackets."""


class _Refuge(NamedTuple):
    """A place on the stack where parsing can go on once `symbol` is taken as read."""

    size: int
    symbol: str
    opener: int | None
    closes: bool = False
    """Whether a `}` must be added after `symbol`, as it is missing."""


class Recovery:
    """The recovery of one parse."""

    def __init__(self, automaton: Automaton, builder: Builder, tokens: Tokens) -> None:
        self._automaton = automaton
        self._builder = builder
        self._tokens = tokens
        self._echo = -1
        self._mends = 2 * len(tokens.all) + 100

    def mend(self, offset: int) -> int | None:
        """Make the parser able to go on; the offset to go on from, None if it can't.

        `offset` is where the token begins that could not come next.
        """
        self._mends -= 1
        if self._mends < 0:
            return None
        trouble = self._trouble(self._tokens.index(offset))
        if trouble.interrupted:
            self._automaton.cut(len(self._automaton.values) - 1)
            trouble = self._trouble(trouble.index - 1)
        for way in (self._slip, self._close, self._panic):
            resumed = way(trouble)
            if resumed is not None:
                return self._tokens.all[resumed].start_pos
        return None

    def _trouble(self, index: int) -> Trouble:
        return Trouble(self._tokens, index, self._automaton, self._automaton.frames())

    def _report(
        self,
        index: int,
        code: Code,
        span: Span,
        message: str,
        hint: str | None,
        notes: tuple[Note, ...] = (),
    ) -> None:
        """Report, unless this is but the echo of what was reported just before."""
        if index > self._echo:
            self._builder.found.append(code.at(span, message, hint=hint, notes=notes))
        self._echo = max(index, self._echo)

    # Slips

    def _slip(self, trouble: Trouble) -> int | None:
        for slip in slips.SLIPS:
            fix = slip(trouble)
            if fix is not None and fix.fits(self._automaton):
                return self._apply(trouble, fix)
        return None

    def _apply(self, trouble: Trouble, fix: slips.Fix) -> int:
        span = fix.span or trouble.span
        self._report(trouble.index, fix.code, span, fix.message, fix.hint)
        if fix.damages:
            self._builder.damage(self._damaged_at(trouble, len(self._automaton.values)))
        self._automaton.cut(len(self._automaton.values) - fix.drop)
        for kind, value, first, last in fix.insert:
            self._automaton.feed(kind, value, first, last)
        resumed = trouble.index + fix.skip
        if fix.damages:
            self._echo = max(self._echo, resumed, trouble.index + 1)
        return resumed

    def _damaged_at(self, trouble: Trouble, size: int) -> int:
        """An offset inside what the parser was reading; before the trouble itself."""
        values = self._automaton.values[:size]
        last = next((value for value in reversed(values) if _has_place(value)), None)
        return start(last) if last is not None else trouble.token.start_pos

    # Brackets

    def _close(self, trouble: Trouble) -> int | None:
        """Close the brackets that are never closed, if here is where they should have been."""
        unclosed = self._unclosed(trouble)
        if not unclosed or not self._at_boundary(trouble.index):
            return None
        first = unclosed[0]
        closer = PARTNERS[first.opener.type] if first.opener else ""
        if not self._automaton.accepts(closer):
            return None
        self._report_unclosed(trouble, first)
        self._builder.damage(self._damaged_at(trouble, first.size))
        place = self._tokens.all[trouble.index - 1].end_pos
        for frame in unclosed:
            closer = PARTNERS[frame.opener.type] if frame.opener else ""
            if not self._automaton.accepts(closer):
                break
            self._automaton.feed(closer, MARKS[closer], place, place)
        misplaced = trouble.kind in CLOSERS and trouble.index not in self._tokens.partner
        return trouble.index + 1 if misplaced else trouble.index

    def _unclosed(self, trouble: Trouble) -> list[Frame]:
        found = []
        for frame in trouble.frames:
            if frame.opener is None or self._tokens.closed(frame.opener.start_pos):
                break
            found.append(frame)
        return found

    def _at_boundary(self, index: int) -> bool:
        kind = self._tokens.kind(index)
        if kind == END or kind in CLOSERS or kind in ITEM_WORDS:
            return True
        return self._tokens.first_on_line(index) or self._tokens.kind(index - 1) == BAD

    def _report_unclosed(self, trouble: Trouble, frame: Frame) -> None:
        assert frame.opener is not None
        opener = frame.opener
        mark = MARKS[PARTNERS[opener.type]]
        where = "at the end of the file" if trouble.kind == END else "before this"
        note = Note(f"this `{opener.value}` is never closed", self._span_of(opener))
        message = f"expected `{mark}` {where}"
        hint = f"close the `{opener.value}` with a `{mark}`"
        self._report(trouble.index, codes.UNFINISHED, trouble.span, message, hint, (note,))

    def _span_of(self, word: Any) -> Span:
        return self._builder.span(word.start_pos, word.end_pos)

    # Panic

    def _panic(self, trouble: Trouble) -> int | None:
        told = foreign(trouble)
        message, hint = (told.message, told.hint) if told else explain(trouble)
        span = self._span_of(told.word) if told and told.word.value else trouble.span
        notes = tuple(self._opener_notes(trouble))
        code = codes.UNFINISHED if trouble.kind == END else codes.UNEXPECTED_TOKEN
        if trouble.kind == BAD:
            code = codes.UNEXPECTED_CHARACTER
        self._report(trouble.index, code, span, message, hint, notes)
        refuges = list(self._refuges(trouble.frames))
        index = trouble.index
        while True:
            refuge = self._refuge_at(refuges, index, trouble.index)
            if refuge is not None:
                self._take(refuge, trouble, index)
                self._echo = max(self._echo, index)
                return index
            if self._tokens.kind(index) == END:
                return None
            index = self._skip(index)

    def _opener_notes(self, trouble: Trouble) -> Iterator[Note]:
        for frame in self._unclosed(trouble)[:1]:
            assert frame.opener is not None
            opener = frame.opener
            yield Note(f"this `{opener.value}` is never closed", self._span_of(opener))

    def _refuges(self, frames: list[Frame]) -> Iterator[_Refuge]:
        """Places to go on from, the innermost first."""
        frame = iter(frames)
        current = next(frame)
        for size in range(len(self._automaton.values), -1, -1):
            while size < current.size:
                current = next(frame)
            opener = current.opener.start_pos if current.opener else None
            if len(self._automaton.values) - size > _MOST_TRIED and size > _MOST_TRIED:
                continue
            for symbol in _FOLLOWERS:
                if self._automaton.goto(size, symbol) is not None:
                    yield _Refuge(size, symbol, opener)

    def _refuge_at(self, refuges: list[_Refuge], index: int, failed: int) -> _Refuge | None:
        """The innermost refuge that the token at `index` can follow."""
        kinds = self._roles(index)
        around = self._tokens.inside(index)
        for refuge in refuges:
            if not kinds & (_FOLLOWERS[refuge.symbol] | {"ITEM", END}):
                continue
            if refuge.opener != around and "ITEM" not in kinds and END not in kinds:
                enclosed = refuge.opener is None or self._tokens.closed(refuge.opener)
                if enclosed or around is not None:
                    continue
            stack = self._automaton.with_pushed(refuge.size, refuge.symbol)
            if stack is None:
                continue
            if not self._automaton.accepts(self._tokens.kind(index), stack):
                stack = self._automaton.after("RBRACE", stack)
                if not self._closes(refuge, index, stack):
                    continue
                refuge = refuge._replace(closes=True)
            if index > failed or refuge.size < len(self._automaton.values):
                return refuge
        return None

    def _closes(self, refuge: _Refuge, index: int, closed: Stack | None) -> bool:
        """Whether an item or the end may follow once the body around is closed."""
        if closed is None or refuge.opener is None or self._tokens.closed(refuge.opener):
            return False
        return self._automaton.accepts(self._tokens.kind(index), closed)

    def _roles(self, index: int) -> set[str]:
        """What a token may stand for among the followers."""
        kind = self._tokens.kind(index)
        roles = {kind}
        if self._tokens.begins_step(index):
            roles.add("STEP")
        if self._tokens.kind(index + 1) == "COLON":
            roles.add("FIELD")
        if kind in {"GIVEN", "REPLY", "EXPECT"}:
            roles.add("LINE")
        if kind in ITEM_WORDS and self._tokens.begins_item(index):
            roles.add("ITEM")
        return roles

    def _skip(self, index: int) -> int:
        """The next token to try: past a bracket and all that it holds."""
        if self._tokens.kind(index) in PARTNERS and index in self._tokens.partner:
            return self._tokens.partner[index] + 1
        return index + 1

    def _take(self, refuge: _Refuge, trouble: Trouble, index: int) -> None:
        dropped = [v for v in self._automaton.values[refuge.size :] if _has_place(v)]
        first = start(dropped[0]) if dropped else trouble.token.start_pos
        last = self._tokens.all[index - 1].end_pos if index > trouble.index else first
        if dropped:
            last = max(last, end(dropped[-1]))
        span = self._builder.span(first, max(first, last))
        self._builder.damage(self._damaged_at(trouble, refuge.size))
        value = _broken(refuge.symbol, dropped, span)
        self._automaton.cut(refuge.size)
        self._automaton.push(refuge.symbol, value)
        if refuge.closes:
            self._automaton.feed("RBRACE", "}", last, last)


def _has_place(value: Any) -> bool:
    return isinstance(value, ast.Node) or hasattr(value, "start_pos")


def _broken(symbol: str, dropped: list[Any], span: Span) -> Any:
    """What stands for a broken `symbol`. None is left out of the tree."""
    broken = ast.Broken(span=span)
    name = dropped[0] if dropped and getattr(dropped[0], "type", "") == "NAME" else None
    named = ast.Name(name.value, span=span.at(0, len(name.value))) if name is not None else None
    unknown = ast.NamedType("", span=span)
    match symbol:
        case "argument":
            return ast.Argument(None, broken, span=span)
        case "expression" | "element" | "subject":
            return broken
        case "type":
            return unknown
        case "parameters":
            return ()
        case "parameter" if named:
            return ast.Parameter(named, unknown, span=span)
        case "field" if named:
            return ast.FieldDefinition(named, unknown, span=span)
    return None
