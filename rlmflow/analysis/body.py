"""A strategy's body: its steps in order, its answer, and the graph they make."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace

from rlmflow.analysis.context import Context, Known, Names, Typed
from rlmflow.analysis.contract import check_ensures, check_within
from rlmflow.analysis.declare import check_name, duplicate
from rlmflow.analysis.fitting import misfit
from rlmflow.analysis.infer import infer
from rlmflow.analysis.lower import Block
from rlmflow.analysis.module import Module, Signature
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostics, Note
from rlmflow.graph.model import ANSWER, Operation, StrategyGraph, Value
from rlmflow.operators._operator import Call
from rlmflow.syntax import ast
from rlmflow.types import ANY, Type


def check_strategy(signature: Signature, module: Module, found: Diagnostics) -> StrategyGraph:
    """Check a strategy and lower it. Its graph is sound where nothing was reported."""
    return _Body(signature, module, found).checked()


@dataclass
class _Body:
    signature: Signature
    module: Module
    found: Diagnostics
    names: Names = field(default_factory=Names)
    block: Block = field(default_factory=Block)

    @property
    def strategy(self) -> ast.Strategy:
        return self.signature.definition

    def checked(self) -> StrategyGraph:
        context = Context(self.module, self.found, self.names, infer, self.block)
        self._check_defaults(context)
        for parameter in self.signature.parameters:
            self.block.add(parameter)
            self.names.known[parameter.name] = Known(parameter.type, parameter.span)
        steps = [s for s in self.strategy.body if isinstance(s, ast.Step)]
        self.names.later = {step.name.text: step.name.span for step in reversed(steps)}
        answer = self._statements(context)
        self._check_use(steps)
        doc = self.module.file.doc
        return StrategyGraph(
            name=self.signature.name,
            doc=inspect.cleandoc(doc.value) if doc else "",
            parameters=self.signature.parameters,
            returns=self.signature.returns,
            limits=check_within(self.strategy, context),
            ensures=check_ensures(self.strategy, context),
            hints=self._hints(),
            graph=self.block.graph(answer.expression, answer.type),
            functions=self.names.functions,
            span=self.strategy.span,
        )

    def _hints(self) -> tuple[str, ...]:
        hints = (s.text.value for s in self.strategy.body if isinstance(s, ast.Hint))
        return tuple(inspect.cleandoc(hint) for hint in hints)

    def _check_defaults(self, context: Context) -> None:
        """Defaults are checked where no name is known yet: they are the same at each call."""
        alone = replace(context, block=None)
        for parameter in self.signature.parameters:
            if parameter.default is None or isinstance(parameter.default, ast.Broken):
                continue
            typed = alone.typed(parameter.default)
            what = f"`{parameter.name}`"
            problem = misfit(parameter.default, typed.type, parameter.type, what)
            if problem and not isinstance(parameter.default, ast.Quantity):
                self.found.add(problem)

    def _statements(self, context: Context) -> Typed:
        answers: list[ast.Answer] = []
        result = Typed(ast.Broken(span=self.strategy.span), ANY)
        for statement in self.strategy.body:
            if isinstance(statement, ast.Step):
                self._step(statement, context)
            elif isinstance(statement, ast.Answer):
                answers.append(statement)
                answer = self._answer(statement, context)
                result = answer if len(answers) == 1 else result
        self._check_answers(answers)
        return result

    def _step(self, step: ast.Step, context: Context) -> None:
        name = step.name.text
        earlier = self.names.known.get(name)
        check_name(step.name, self.found)
        typed = infer(step.value, replace(context, outer=name, named=earlier is None))
        self.names.later.pop(name, None)
        if earlier is not None:
            self.found.add(duplicate(step.name, earlier.span))
            return
        made = next((node for node in self.block.nodes if node.name == name), None)
        if made is None:
            self.block.add(Value(name, typed.type, step.span, typed.expression))
        call = made.call if isinstance(made, Operation) else None
        left_out = _left_out(call, typed.type) if call else {}
        self.names.known[name] = Known(typed.type, step.name.span, True, left_out)

    def _answer(self, answer: ast.Answer, context: Context) -> Typed:
        typed = infer(answer.value, replace(context, outer=ANSWER, named=True))
        returns = self.signature.returns
        problem = misfit(answer.value, typed.type, returns, "the answer")
        if problem and problem.code == codes.TYPE_MISMATCH.code:
            name = self.strategy.name.text
            note = Note("the type is declared here", self.strategy.returns.span)
            message = f"`{name}` returns `{returns}`, but this answer is `{typed.type}`"
            problem = codes.TYPE_MISMATCH.at(answer.value.span, message, notes=(note,))
        if problem:
            self.found.add(problem)
        return typed

    def _check_answers(self, answers: list[ast.Answer]) -> None:
        name = self.strategy.name
        if not answers and not self.module.damaged:
            message = f"`{name.text}` has no `answer`"
            hint = "end it with `answer …`"
            self.found.add(codes.NO_ANSWER.at(name.span, message, hint=hint))
            last = self.strategy.body[-1] if self.strategy.body else None
            if isinstance(last, ast.Step):
                self.names.used.add(last.name.text)
        for answer in answers[1:]:
            note = Note("the first is here", answers[0].span)
            message = f"`{name.text}` has an `answer` already"
            hint = "return one value; a record or a list holds several"
            self.found.add(codes.SEVERAL_ANSWERS.at(answer.span, message, hint=hint, notes=(note,)))

    def _check_use(self, steps: list[ast.Step]) -> None:
        if self.module.damaged:
            return
        for step in steps:
            name = step.name.text
            if name in self.names.known and name not in self.names.used and name[0] != "_":
                message = f"nothing uses `{name}`"
                hint = f"use it, leave it out, or call it `_{name}`"
                self.found.add(codes.UNUSED_STEP.at(step.name.span, message, hint=hint))


def _left_out(call: Call, type_: Type) -> dict[str, Type]:
    """The types of a step's complements; of a step that is wrong, unknown ones."""
    rules = call.operator.complements
    types = {name: ANY if type_ == ANY else rule(call) for name, rule in rules.items()}
    return {name: left_out for name, left_out in types.items() if left_out is not None}
