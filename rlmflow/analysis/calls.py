"""Calls: of a function, an operator or a strategy, which are all written alike."""

from __future__ import annotations

from dataclasses import replace

from rlmflow.analysis.binding import Bound, Plain, bind
from rlmflow.analysis.context import Context, Typed
from rlmflow.analysis.declare import resolve_type
from rlmflow.analysis.fitting import misfit, mismatch, untested
from rlmflow.analysis.kinds import Place, check_argument
from rlmflow.analysis.lower import carries_items
from rlmflow.analysis.module import MADE_OF, Signature
from rlmflow.analysis.needs import check_needs, with_choices
from rlmflow.analysis.prompts import check_prompt
from rlmflow.analysis.records import infer_record
from rlmflow.analysis.scope_calls import infer_scope_call
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.suggest import did_you_mean, suggest
from rlmflow.functions import FUNCTIONS, Function, Unfit, uneven
from rlmflow.graph.model import Invocation, Operation
from rlmflow.operators import all_operators
from rlmflow.operators._function import FunctionOperator
from rlmflow.operators._operator import Argument, Call, Operator
from rlmflow.operators._parameters import (
    ChoiceKind,
    FieldKind,
    OwnFieldKind,
    Parameter,
    PatternKind,
    StrategyKind,
)
from rlmflow.syntax import ast
from rlmflow.types import ANY, AnyType, ListType, OptionalType, RecordType, Type


def infer_call(call: ast.Call, context: Context) -> Typed:
    """The type of a call. One of an operator or a strategy becomes a node, of a type a record."""
    name = call.callee.text
    if name in FUNCTIONS:
        return _function(call, FUNCTIONS[name], context)
    known = all_operators().get(name) or context.module.names.get(name)
    if isinstance(known, RecordType):
        _refuse_prompt_and_type(call, "a record", context)
        return infer_record(call, known, context)
    if not isinstance(known, Operator | Signature):
        _report_unknown(call, context)
        return Typed(call, ANY)
    if isinstance(known, FunctionOperator):
        context.names.functions[name] = known.function
        if context.scope:
            _refuse_prompt_and_type(call, "a function", context)
            return infer_scope_call(call, known.function, context)
    if context.block is None:
        message = f"`{name}` can't be called here: this is computed without steps or models"
        hint = "call it in a step of its own"
        context.report(codes.UNKNOWN_FUNCTION.at(call.callee.span, message, hint=hint))
        return Typed(call, ANY)
    if isinstance(known, Operator):
        return _operator(call, known, context)
    return _strategy(call, known, context)


def _report_unknown(call: ast.Call, context: Context) -> None:
    name, module = call.callee.text, context.module
    if module.excuses(name):
        return
    if context.block is None:
        known = [*FUNCTIONS, *(module.functions if context.scope else [])]
        hint = did_you_mean(name, known) or f"there are {', '.join(f'`{f}`' for f in known)}"
        message = f"there is no function `{name}`"
        context.report(codes.UNKNOWN_FUNCTION.at(call.callee.span, message, hint=hint))
        return
    elsewhere = next((use for use, other in module.uses if name in other.exported()), None)
    if elsewhere is not None:
        hint = f"it is in `{elsewhere.path.text}`; add it to the names of that `use`"
    else:
        records = [n for n, known in module.names.items() if isinstance(known, RecordType)]
        known = [*all_operators(), *module.strategies, *module.functions, *FUNCTIONS, *records]
        hint = did_you_mean(name, known) or _as_argument(name)
    message = f"there is no operator or strategy `{name}`"
    context.report(codes.UNKNOWN_OPERATOR.at(call.callee.span, message, hint=hint))


def _as_argument(name: str) -> str:
    """What to do about a name of no operator: some are what calls take, such as `votes`."""
    operators = reversed(all_operators().values())
    taking = {p.name: each.name for each in operators for p in each.known_parameters}
    near = suggest(name, taking)
    if near is None:
        return "`rlmflow list` prints the operators"
    return f"`{near}` is an argument, as in `{taking[near]}(…, {near}: …)`"


def _refuse_prompt_and_type(call: ast.Call, what: str, context: Context) -> None:
    name = call.callee.text
    if call.prompt is not None:
        message = f"`{name}` is {what}, and takes no prompt"
        context.report(codes.PROMPT_NEEDLESS.at(call.prompt.span, message))
    if call.returns is not None:
        message = f"`{name}` is {what}: what it gives is known without `->`"
        context.report(codes.RESULT_TYPE_NEEDLESS.at(call.returns.span, message))


# Functions


def _function(call: ast.Call, function: Function, context: Context) -> Typed:
    _refuse_prompt_and_type(call, "a function", context)
    typed = [context.typed(argument.value) for argument in call.arguments]
    arguments = tuple(
        replace(argument, name=None, value=one.expression)
        for argument, one in zip(call.arguments, typed, strict=True)
    )
    made = replace(call, arguments=arguments)
    if not _counts_right(call, function, context):
        return Typed(made, ANY)
    result = function.result(*(one.type for one in typed))
    if isinstance(result, Unfit):
        given = call.arguments[result.argument].value
        _report_unfit(given, typed[result.argument].type, result, function, context)
        return Typed(made, ANY)
    return Typed(made, result)


def _counts_right(call: ast.Call, function: Function, context: Context) -> bool:
    name, count = function.name, len(call.arguments)
    named = next((a.name for a in call.arguments if a.name), None)
    if named is not None:
        message, hint = f"`{name}` takes nothing by name", f"it is `{function.signature}`"
        context.report(codes.UNKNOWN_KNOB.at(named.span, message, hint=hint))
        return False
    hint = f"it is `{function.signature}`"
    if count < function.least:
        message = f"`{name}` needs {function.least} argument{'s' if function.least > 1 else ''}"
        context.report(codes.MISSING_ARGUMENT.at(call.span, message, hint=hint))
        return False
    if function.most is not None and count > function.most:
        message = f"`{name}` takes {function.most} argument{'s' if function.most > 1 else ''}"
        context.report(
            codes.TOO_MANY_ARGUMENTS.at(call.arguments[function.most].span, message, hint=hint)
        )
        return False
    return _template_fits(call, function, context)


def _template_fits(call: ast.Call, function: Function, context: Context) -> bool:
    """Whether the places of a literal template are as many as the values."""
    template = call.arguments[0].value
    if function.most is not None or not isinstance(template, ast.Text):
        return True
    places, values = template.value.count("{}"), len(call.arguments) - 1
    if places == values:
        return True
    code = codes.MISSING_ARGUMENT if places > values else codes.TOO_MANY_ARGUMENTS
    context.report(code.at(template.span, uneven(places, values)))
    return False


def _report_unfit(
    expression: ast.Expression, given: Type, unfit: Unfit, function: Function, context: Context
) -> None:
    if isinstance(given, OptionalType):
        context.report(untested(expression, given))
    else:
        context.report(mismatch(expression, given, unfit.wanted, f"`{function.name}`"))


# Operators


def _operator(call: ast.Call, operator: Operator, context: Context) -> Typed:
    before = len(context.found.errors)
    bound = bind(call, operator.known_parameters, context)
    returns = resolve_type(call.returns, context.module, context.found) if call.returns else None
    if call.returns is not None and returns is not None and _has_members(returns):
        message = f"`{MADE_OF}` is what steps make of the items of a group, and no call returns it"
        hint = "let it be a field of the type of the answer alone"
        context.report(codes.RESERVED_NAME.at(call.returns.span, message, hint=hint))
    arguments, more = _arguments(bound, operator, context)
    made = Call(
        operator,
        call.span,
        arguments,
        more,
        _returned(arguments, operator, returns),
        call.returns.span if call.returns else None,
        call.prompt,
    )
    made = with_choices(made, context)
    check_needs(call, made, context)
    sound = bound.sound and len(context.found.errors) == before
    if call.prompt is not None:
        check_prompt(call.prompt, context)
    if sound:
        for check in operator.checks:
            finding = check(made)
            if finding is not None:
                context.report(finding)
    has_shape = bound.sound and not any(_shapes(p, made) for p in operator.parameters)
    return _node(call, operator.result_type(made) if has_shape else ANY, made, context)


def _has_members(type_: Type) -> bool:
    """Whether values of a type hold what `merge` and its like put into theirs."""
    match type_.required:
        case ListType(item=item):
            return _has_members(item)
        case RecordType(fields=fields):
            return any(each.name == MADE_OF or _has_members(each.type) for each in fields)
        case _:
            return False


def _shapes(parameter: Parameter, call: Call) -> bool:
    """Whether an argument is wrong on which the fields of the result may depend."""
    argument = call.arguments.get(parameter.name)
    if argument is None or argument.known or not isinstance(argument.type, AnyType):
        return False
    return all(isinstance(kind, _SHAPE_KINDS) for kind in parameter.kinds)


_SHAPE_KINDS = (ChoiceKind, FieldKind, OwnFieldKind, PatternKind, StrategyKind)


def _node(call: ast.Call, type_: Type, made: Call, context: Context) -> Typed:
    assert context.block is not None
    name = context.block.name(context.outer, context.named)
    context.block.add(Operation(name, type_, call.span, made))
    return Typed(ast.Reference(name, span=call.span), type_)


def _arguments(
    bound: Bound, operator: Operator, context: Context
) -> tuple[dict[str, Argument], tuple[Argument, ...]]:
    """The arguments as analysed: inputs first, since they say what `item` is."""
    named: dict[str, Argument] = {}
    more: tuple[Argument, ...] = ()
    for parameter in operator.known_parameters:
        if not parameter.is_input:
            continue
        place = Place(parameter, context, {})
        if parameter.variadic:
            more = tuple(check_argument(given.value, place) for given in bound.more)
        elif parameter.name in bound.named:
            named[parameter.name] = check_argument(bound.named[parameter.name].value, place)
    items = [_item(argument.type) for argument in (*named.values(), *more)] or [ANY]
    scope = {"item": items[0], "left": items[0], "right": items[-1]}
    for parameter in operator.known_parameters:
        if parameter.name in bound.named and not parameter.is_input:
            place = Place(parameter, context, scope)
            named[parameter.name] = check_argument(bound.named[parameter.name].value, place)
    return named, more


def _item(type_: Type) -> Type:
    return type_.item if isinstance(type_, ListType) else type_


def _returned(
    arguments: dict[str, Argument], operator: Operator, returns: Type | None
) -> Type | None:
    """What one call returns: what is declared, or what the strategy returns that is run."""
    for parameter in operator.parameters:
        if parameter.name in arguments and isinstance(parameter.kinds[0], StrategyKind):
            return arguments[parameter.name].type
    return returns


# Strategies


def _strategy(call: ast.Call, strategy: Signature, context: Context) -> Typed:
    assert context.block is not None
    _refuse_prompt_and_type(call, "a strategy", context)
    slots = [Plain(p.name, p.default is None) for p in strategy.parameters]
    bound = bind(call, slots, context)
    arguments: dict[str, ast.Expression] = {}
    data: set[str] = set()
    for parameter in strategy.parameters:
        given = bound.named.get(parameter.name)
        if given is None:
            continue
        typed = context.outside().typed(given.value)
        problem = misfit(given.value, typed.type, parameter.type, f"`{parameter.name}`")
        if problem and not isinstance(given.value, ast.Quantity):
            context.report(problem)
        arguments[parameter.name] = typed.expression
        if carries_items(typed.type) or carries_items(parameter.type):
            data.add(parameter.name)
    name = context.block.name(context.outer, context.named)
    context.block.add(
        Invocation(name, strategy.returns, call.span, strategy.name, arguments, frozenset(data))
    )
    return Typed(ast.Reference(name, span=call.span), strategy.returns)
