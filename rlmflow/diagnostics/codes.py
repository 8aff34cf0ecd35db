"""Every code that no operator owns, once. The page of each is `docs/errors/CODE.md`.

A code says what kind of mistake it names: RF1xx syntax, RF2xx names, RF3xx types
and arguments, RF4xx contract and information, RF5xx runs, RF6xx input. An
operator's own checks carry their code in the operator's file (RF35x to RF39x).
"""

from __future__ import annotations

from typing import NamedTuple

from rlmflow.diagnostics.model import Diagnostic, Note, Severity
from rlmflow.source import Span


class Code(NamedTuple):
    """A kind of mistake: `RF201`, and the slug that says it in words."""

    code: str
    name: str

    def at(
        self,
        span: Span | None,
        message: str,
        *,
        hint: str | None = None,
        notes: tuple[Note, ...] = (),
        severity: Severity = "error",
    ) -> Diagnostic:
        """A finding of this kind."""
        return Diagnostic(self.code, self.name, message, span, hint, notes, severity)


UNEXPECTED_CHARACTER = Code("RF101", "unexpected-character")
UNEXPECTED_TOKEN = Code("RF102", "unexpected-token")
UNFINISHED = Code("RF103", "unfinished")
BAD_STRING = Code("RF104", "bad-string")
BAD_NUMBER = Code("RF105", "bad-number")
TOO_DEEP = Code("RF106", "too-deep")
YAML_SYNTAX = Code("RF107", "yaml-syntax")
YAML_SHAPE = Code("RF108", "yaml-shape")

UNKNOWN_NAME = Code("RF201", "unknown-name")
UNKNOWN_OPERATOR = Code("RF202", "unknown-operator")
UNKNOWN_KNOB = Code("RF203", "unknown-knob")
UNKNOWN_FIELD = Code("RF204", "unknown-field")
UNKNOWN_TYPE = Code("RF205", "unknown-type")
UNKNOWN_UNIT = Code("RF206", "unknown-unit")
UNKNOWN_CLAUSE = Code("RF207", "unknown-clause")
UNKNOWN_FUNCTION = Code("RF208", "unknown-function")
RECURSIVE_TYPE = Code("RF209", "recursive-type")
DUPLICATE_NAME = Code("RF210", "duplicate-name")
RESERVED_NAME = Code("RF211", "reserved-name")
UNUSED_STEP = Code("RF212", "unused-step")
NO_ANSWER = Code("RF213", "no-answer")
SEVERAL_ANSWERS = Code("RF214", "several-answers")
IMPORT_NOT_FOUND = Code("RF220", "import-not-found")
IMPORT_CIRCLE = Code("RF221", "import-circle")
NOT_IN_IMPORT = Code("RF222", "not-in-import")
PYTHON_IMPORT = Code("RF223", "python-import")
ALIAS_OF_SEVERAL = Code("RF224", "alias-of-several")
PYTHON_SIGNATURE = Code("RF225", "python-signature")
PYTHON_FACTS = Code("RF226", "python-facts")
LIBRARY_MISSING = Code("RF227", "library-missing")
LIBRARY_CLASH = Code("RF228", "library-clash")
LIBRARY_BROKEN = Code("RF229", "library-broken")
RECURSION_WITHOUT_LEVELS = Code("RF230", "recursion-without-levels")
LIBRARY_NEEDS_OTHER = Code("RF231", "library-needs-other")

TYPE_MISMATCH = Code("RF301", "type-mismatch")
MISSING_ARGUMENT = Code("RF302", "missing-argument")
TOO_MANY_ARGUMENTS = Code("RF303", "too-many-arguments")
MISSING_UNIT = Code("RF304", "missing-unit")
NEEDLESS_UNIT = Code("RF305", "needless-unit")
WRONG_UNIT = Code("RF306", "wrong-unit")
NOT_A_CHOICE = Code("RF307", "not-a-choice")
UNTESTED_NONE = Code("RF308", "untested-none")
DATA_IN_PROMPT = Code("RF311", "data-in-prompt")
BAD_TEMPLATE = Code("RF312", "bad-template")
PROMPT_MISSING = Code("RF313", "prompt-missing")
PROMPT_NEEDLESS = Code("RF314", "prompt-needless")
RESULT_TYPE_MISSING = Code("RF315", "result-type-missing")
RESULT_TYPE_NEEDLESS = Code("RF316", "result-type-needless")
KNOBS_EXCLUDE = Code("RF317", "knobs-exclude")
VALUE_OUT_OF_RANGE = Code("RF318", "value-out-of-range")
OUTSIDE_SCOPE = Code("RF319", "outside-scope")
NOT_EXHAUSTIVE = Code("RF320", "not-exhaustive")
BAD_PATTERN = Code("RF321", "bad-pattern")

BAD_CLAUSE = Code("RF401", "bad-clause")
COVERS_NOT_KEPT = Code("RF412", "covers-not-kept")
KEEPS_NOT_KEPT = Code("RF413", "keeps-not-kept")
ONCE_NOT_KEPT = Code("RF414", "once-not-kept")
GROUNDED_NOT_KEPT = Code("RF415", "grounded-not-kept")

LOSES_INPUT = Code("RF431", "loses-input")
INVENTS_TEXT = Code("RF432", "invents-text")
DEPENDS_ON_ORDER = Code("RF433", "depends-on-order")
DAMAGE_TAKEN = Code("RF434", "damage-taken")
OVER_CEILING = Code("RF435", "over-ceiling")

CLAUSE_BROKEN = Code("RF441", "clause-broken")

NO_MODEL = Code("RF501", "no-model")
BAD_MODEL_NAME = Code("RF502", "bad-model-name")
CALL_TOO_LONG = Code("RF503", "call-too-long")
PRICE_UNKNOWN = Code("RF504", "price-unknown")
ITEM_FAILED = Code("RF510", "item-failed")
OVER_BUDGET = Code("RF511", "over-budget")
BAD_SETTING = Code("RF520", "bad-setting")
NO_ISOLATION = Code("RF530", "no-isolation")
UNTRUSTED_PYTHON = Code("RF540", "untrusted-python")
PYTHON_FAILED = Code("RF541", "python-failed")
NO_TOOLS = Code("RF542", "no-tools")
TOOL_SERVER = Code("RF543", "tool-server")
JOURNAL_UNUSABLE = Code("RF550", "journal-unusable")
JOURNAL_DAMAGED = Code("RF551", "journal-damaged")

INPUT_NOT_FOUND = Code("RF601", "input-not-found")
INPUT_EMPTY = Code("RF602", "input-empty")
INPUT_UNREAD = Code("RF603", "input-unread")
INPUT_MISSING = Code("RF604", "input-missing")
BAD_VALUE = Code("RF605", "bad-value")
INPUT_CHANGED = Code("RF606", "input-changed")
