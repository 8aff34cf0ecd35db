"""Pure expressions: what they are made of, and how they are run."""

from rlmflow.expressions.evaluate import (
    Environment,
    Evaluator,
    ExpressionError,
    PythonCall,
    compile_expression,
    iso_date,
    literal,
    located,
    plain,
)
from rlmflow.expressions.join import equalities
from rlmflow.expressions.shown import compile_shown, said_of
from rlmflow.expressions.sources import made_of
from rlmflow.expressions.tree import (
    SCOPE_NAMES,
    children,
    field_path,
    is_about_item,
    is_pure,
    python_calls,
    references,
)
from rlmflow.expressions.verdict import compile_verdict

__all__ = [
    "SCOPE_NAMES",
    "Environment",
    "Evaluator",
    "ExpressionError",
    "PythonCall",
    "children",
    "compile_expression",
    "compile_shown",
    "compile_verdict",
    "equalities",
    "field_path",
    "is_about_item",
    "is_pure",
    "iso_date",
    "literal",
    "located",
    "made_of",
    "plain",
    "python_calls",
    "references",
    "said_of",
]
