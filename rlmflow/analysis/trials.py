"""`test` items: what they give, reply and expect must fit the strategy they are of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rlmflow.analysis.context import Context, Known, Names
from rlmflow.analysis.fitting import misfit, mismatch
from rlmflow.analysis.infer import infer
from rlmflow.analysis.module import Module, Signature
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostics, Note
from rlmflow.diagnostics.suggest import did_you_mean
from rlmflow.graph.model import ANSWER, Trial
from rlmflow.syntax import ast
from rlmflow.types import BOOL, INT, TEXT, ListType, Type, fits

# What `expect` may name beside `answer`. `broken`: the clauses that did not hold, as
# written; `failed`: how many items have no result; `unread`: how many characters of the
# input, white space aside, no model was shown.
_OUTCOME: Mapping[str, Type] = {
    "calls": INT,
    "status": TEXT,
    "broken": ListType(TEXT),
    "failed": INT,
    "unread": INT,
}


def check_test(test: ast.Test, module: Module, found: Diagnostics) -> Trial | None:
    """A test that fits its strategy; None, and a report, where there is no such strategy."""
    strategy = module.names.get(test.strategy.text)
    if not isinstance(strategy, Signature):
        if not module.excuses(test.strategy.text):
            name = test.strategy
            hint = did_you_mean(name.text, module.strategies)
            message = f"there is no strategy `{name.text}`"
            found.add(codes.UNKNOWN_NAME.at(name.span, message, hint=hint))
        return None
    context = Context(module, found, Names(), infer)
    _check_given(test, strategy, context)
    _check_replies(test, strategy, context)
    _check_readers(test, context)
    _check_expected(test, strategy.returns, context)
    return Trial(
        title=test.title.value,
        strategy=strategy.name,
        given={binding.name.text: binding.value for binding in test.given},
        replies={binding.name.text: binding.value for binding in test.replies},
        reader=test.readers[0] if test.readers else None,
        expects=test.expects,
        span=test.span,
    )


def _check_given(test: ast.Test, strategy: Signature, context: Context) -> None:
    wanted = {parameter.name: parameter for parameter in strategy.parameters}
    given: set[str] = set()
    for binding in test.given:
        name = binding.name
        parameter = wanted.get(name.text)
        if parameter is None:
            hint = did_you_mean(name.text, wanted)
            message = f"`{test.strategy.text}` has no parameter `{name.text}`"
            context.report(codes.UNKNOWN_NAME.at(name.span, message, hint=hint))
            continue
        if name.text in given:
            message = f"`{name.text}` is given twice"
            context.report(codes.DUPLICATE_NAME.at(name.span, message))
        given.add(name.text)
        typed = infer(binding.value, context)
        problem = misfit(binding.value, typed.type, parameter.type, f"`{name.text}`")
        if problem:
            context.report(problem)
    missing = [p.name for p in strategy.parameters if p.default is None and p.name not in given]
    if missing and not context.module.damaged:
        listed = " and ".join(f"`{name}`" for name in missing)
        message = f"the test gives no {listed}"
        context.report(codes.MISSING_ARGUMENT.at(test.title.span, message, hint="`given name: …`"))


def _check_replies(test: ast.Test, strategy: Signature, context: Context) -> None:
    steps = [s.name.text for s in strategy.definition.body if isinstance(s, ast.Step)]
    steps.append(ANSWER)
    inside = context.inside({"item": TEXT})
    for binding in test.replies:
        if binding.name.text not in steps:
            hint = did_you_mean(binding.name.text, steps)
            message = f"`{test.strategy.text}` has no step `{binding.name.text}`"
            context.report(codes.UNKNOWN_NAME.at(binding.name.span, message, hint=hint))
        infer(binding.value, inside)


def _check_readers(test: ast.Test, context: Context) -> None:
    for name in test.readers[1:]:
        note = Note("the first is here", test.readers[0].span)
        message = "a test has one reader, which answers all steps without a reply"
        context.report(codes.DUPLICATE_NAME.at(name.span, message, notes=(note,)))


def _check_expected(test: ast.Test, returns: Type, context: Context) -> None:
    known = {name: Known(type_, test.span) for name, type_ in _OUTCOME.items()}
    known[ANSWER] = Known(returns, test.span)
    inside = replace(context, names=Names(known))
    for expected in test.expects:
        typed = infer(expected, inside)
        if not fits(typed.type, BOOL):
            context.report(mismatch(expected, typed.type, BOOL, "`expect`"))
