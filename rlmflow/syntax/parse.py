"""From the text of a strategy file to its syntax tree.

Architecture Invariant: nothing else imports lark. `parse` gives a tree *and*
diagnostics for any text whatever; it never raises.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import lark
import platformdirs

from rlmflow import share
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostic
from rlmflow.source import Source
from rlmflow.syntax import ast
from rlmflow.syntax.build import Builder

_ONE_AT_A_TIME = Lock()


def parse(source: Source) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of a file and what is wrong with it, in the order of the text.

    What did not parse is missing from the tree, or stands in it as `Broken`.
    """
    parser, builder = _parser()
    with _ONE_AT_A_TIME:
        builder.begin(source)
        try:
            file = parser.parse(source.text)
        except lark.UnexpectedInput as error:
            at = min(error.pos_in_stream or 0, len(source.text))
            span = builder.span(at, min(at + 1, len(source.text)))
            builder.found.append(codes.UNEXPECTED_TOKEN.at(span, "this is not expected here"))
            file = ast.File(source, None, ())
        return file, builder.found


@cache
def _parser() -> tuple[Any, Builder]:
    """The parser, and the builder that it calls while it parses."""
    grammar = share.path("grammar/rlm.lark").read_text(encoding="utf-8")
    builder = Builder()
    kept = _kept_tables(grammar)
    try:
        tables = pickle.loads(kept.read_bytes())
        return lark.Lark._load_from_dict(*tables, transformer=builder), builder  # type: ignore[no-untyped-call]  # lark leaves it so
    except Exception:  # whatever is wrong with the file, the grammar is there
        parser = lark.Lark(
            grammar,
            start="file",
            parser="lalr",
            keep_all_tokens=True,
            maybe_placeholders=True,
            transformer=builder,
        )
        _keep(parser, kept)
        return parser, builder


def _kept_tables(grammar: str) -> Path:
    """The file in the user's cache that holds the tables of just this grammar."""
    made_of = f"{grammar}\0{lark.__version__}\0{sys.version}"
    key = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    return Path(platformdirs.user_cache_dir("rlmflow")) / f"grammar-{key}.pickle"


def _keep(parser: lark.Lark, kept: Path) -> None:
    """Keep the tables for the next start; where that can't be done, do without.

    A file is written whole and then named, so that no one reads half of it.
    """
    written = kept.with_suffix(f".{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        tables = parser.memo_serialize([lark.lexer.TerminalDef, lark.grammar.Rule])
        written.write_bytes(pickle.dumps(tables))
        written.replace(kept)
    except OSError:
        return
