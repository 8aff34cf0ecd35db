"""From the text of a strategy file to its syntax tree.

Architecture Invariant: nothing else imports lark. `parse` gives a tree *and*
diagnostics for any text whatever; it never raises.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import lark
from lark.lexer import LexerState
from lark.parsers.lalr_interactive_parser import InteractiveParser
from lark.utils import TextSlice

from rlmflow import cache as user_cache
from rlmflow import share
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.source import Source
from rlmflow.syntax import ast
from rlmflow.syntax.automaton import Automaton
from rlmflow.syntax.blocks import close_forgotten
from rlmflow.syntax.build import Builder
from rlmflow.syntax.build_nodes import nodes
from rlmflow.syntax.recover import Recovery
from rlmflow.syntax.tokens import END, Piece, Tokens, bad_piece

_ONE_AT_A_TIME = Lock()


class _Scanner:
    """Finds the next token by trying kinds one by one, in lark's own order.

    Lark joins the patterns of all that may come next into one, anew for every state of
    the parser; compiling those took a tenth of a second of every start.
    """

    def __init__(self, terminals: Iterable[lark.lexer.TerminalDef]) -> None:
        patterns = ((kind.name, kind.pattern.to_regexp()) for kind in terminals)
        self._tried = [(re.compile(pattern).match, name) for name, pattern in patterns]
        self.allowed_types = {name for _, name in self._tried}

    def match(self, text: TextSlice[str], at: int) -> tuple[str, str] | None:
        for match, name in self._tried:
            if found := match(text.text, at, text.end):
                return found.group(), name
        return None


class _Lexer(lark.lexer.BasicLexer):
    def _build_scanner(self) -> Any:
        self.callback = dict(self.user_callbacks)
        return _Scanner(self.terminals)


class _ContextualLexer(lark.lexer.ContextualLexer):
    BasicLexer = _Lexer


_PLUGINS = {"ContextualLexer": _ContextualLexer}


def parse(source: Source) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a file and what is wrong with it, in the order of the text.

    What did not parse is missing from the tree, or stands in it as `Broken`; a type
    that did not parse has an empty name.
    """
    parser, builder = _parser()
    with _ONE_AT_A_TIME:
        builder.begin(source)
        file = _run(parser, builder, source)
        return file, sorted(builder.found, key=_place)


def _place(found: Diagnostic) -> int:
    return found.span.start if found.span else 0


def _run(parser: lark.Lark, builder: Builder, source: Source) -> ast.File:
    """Parse; if that fails, look at the whole text and parse again, recovering."""
    try:
        file: ast.File = parser.parse(source.text)  # type: ignore[assignment]  # the builder's
        return file
    except lark.UnexpectedInput:
        builder.begin(source)
    tokens = _scan(parser, source, source.text)
    closed = close_forgotten(tokens)
    if closed is None:
        return _recover(parser, builder, tokens, source.text)
    builder.found.append(closed.diagnostic)
    return _recover(parser, builder, _scan(parser, source, closed.text), closed.text)


def _recover(parser: lark.Lark, builder: Builder, tokens: Tokens, text: str) -> ast.File:
    """Parse, and mend as often as it takes."""
    machine = parser.parse_interactive(text)
    recovery = Recovery(_automaton(machine), builder, tokens)
    lexer = machine.lexer_thread.state
    assert lexer is not None  # there is none only where no text was given
    while True:
        try:
            file: ast.File = machine.resume_parse()  # type: ignore[no-untyped-call]  # lark's
            return file
        except lark.UnexpectedInput as error:
            resumed = recovery.mend(_failed_at(error, lexer, len(text)))
        if resumed is None:
            return _rest(tokens.source, machine.parser_state.value_stack)
        lexer.line_ctr.char_pos = resumed


def _failed_at(error: lark.UnexpectedInput, lexer: LexerState, length: int) -> int:
    """Where the token begins that could not come next."""
    if isinstance(error, lark.UnexpectedToken):
        if error.token.type == END:
            return length
        return int(error.token.start_pos or 0)
    return lexer.line_ctr.char_pos


def _automaton(machine: InteractiveParser) -> Automaton:
    state = machine.parser_state

    def feed(kind: str, value: str, start: int, end: int) -> None:
        machine.feed_token(lark.Token(kind, value, start, end_pos=end))

    return Automaton(
        state.state_stack,
        state.value_stack,
        state.parse_conf.states,
        state.parse_conf.end_state,
        feed,
    )


def _scan(parser: lark.Lark, source: Source, text: str) -> Tokens:
    """All tokens of the text, taken without regard to what may come where."""
    lexer = parser.parser.lexer.root_lexer
    state = LexerState(TextSlice.cast_from(text))
    pieces: list[Piece] = []
    while True:
        try:
            token = lexer.next_token(state, None)
            pieces.append(Piece(token.type, token.value, token.start_pos, token.end_pos))
        except lark.UnexpectedCharacters:
            bad = bad_piece(text, state.line_ctr.char_pos)
            state.line_ctr.char_pos = bad.end_pos
            pieces.append(bad)
        except EOFError:
            return Tokens(source, pieces)


def _rest(source: Source, values: list[Any]) -> ast.File:
    """What was read of a file whose end made no sense."""
    doc: ast.Text | None = None
    items: list[Any] = []
    for value in values:
        if isinstance(value, ast.Text) and not items:
            doc = value
        elif isinstance(value, lark.Tree):
            items.extend(nodes(value.children))
        elif not isinstance(value, lark.Token):
            break
    return ast.File(source, doc, tuple(items))


@cache
def _parser() -> tuple[Any, Builder]:
    """The parser, and the builder that it calls while it parses."""
    grammar = share.path("grammar/rlm.lark").read_text(encoding="utf-8")
    builder = Builder()
    kept = _kept_tables(grammar)
    try:
        tables = pickle.loads(kept.read_bytes())
        return lark.Lark._load_from_dict(*tables, transformer=builder, _plugins=_PLUGINS), builder  # type: ignore[no-untyped-call]  # lark leaves it so
    except Exception:  # whatever is wrong with the file, the grammar is there
        parser = lark.Lark(
            grammar,
            start="file",
            parser="lalr",
            keep_all_tokens=True,
            maybe_placeholders=True,
            transformer=builder,
            _plugins=_PLUGINS,
        )
        tables = parser.memo_serialize([lark.lexer.TerminalDef, lark.grammar.Rule])
        user_cache.keep(kept, pickle.dumps(tables))
        return parser, builder


def _kept_tables(grammar: str) -> Path:
    """The file in the user's cache that holds the tables of just this grammar."""
    made_of = f"{grammar}\0{lark.__version__}\0{sys.version}"
    key = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    return user_cache.folder() / f"grammar-{key}.pickle"
