"""A strategy's body: its steps in order, its answer, and the graph they make."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace

from rlmflow.analysis.context import Context, Known, Names, Typed
from rlmflow.analysis.contract import check_ensures, check_within
from rlmflow.analysis.declare import duplicate, is_free_name
from rlmflow.analysis.fitting import misfit, untested
from rlmflow.analysis.infer import infer
from rlmflow.analysis.lower import Block
from rlmflow.analysis.module import Module, Signature
from rlmflow.diagnostics import codes
from rlmflow.diagnostics.model import Diagnostics, Note
from rlmflow.graph.model import Operation, StrategyGraph, Value
from rlmflow.syntax import ast
from rlmflow.types import ANY, OptionalType, fits


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
        typed = infer(step.value, replace(context, outer=name, named=True))
        self.names.later.pop(name, None)
        earlier = self.names.known.get(name)
        if earlier is not None and earlier.span is not None:
            self.found.add(duplicate(step.name, earlier.span))
            return
        if not is_free_name(step.name, self.found):
            return
        made = next((node for node in self.block.nodes if node.name == name), None)
        if made is None:
            self.block.add(Value(name, typed.type, step.span, typed.expression))
        complements = {}
        if isinstance(made, Operation):
            # What is left out of a step that is wrong is of no known type either.
            complements = {
                left_out: ANY if typed.type == ANY else rule(made.call)
                for left_out, rule in made.call.operator.complements.items()
            }
        self.names.known[name] = Known(typed.type, step.name.span, True, complements)

    def _answer(self, answer: ast.Answer, context: Context) -> Typed:
        typed = infer(answer.value, replace(context, outer="answer", named=True))
        returns = self.signature.returns
        if misfit(answer.value, typed.type, returns, "the answer") is None:
            return typed
        if isinstance(typed.type, OptionalType) and fits(typed.type.inner, returns):
            self.found.add(untested(answer.value, typed.type))
            return typed
        note = Note("the type is declared here", self.strategy.returns.span)
        message = (
            f"`{self.strategy.name.text}` returns `{returns}`, but this answer is `{typed.type}`"
        )
        self.found.add(codes.TYPE_MISMATCH.at(answer.value.span, message, notes=(note,)))
        return typed

    def _check_answers(self, answers: list[ast.Answer]) -> None:
        name = self.strategy.name
        if not answers and not self.module.damaged:
            message = f"`{name.text}` has no `answer`"
            hint = "end it with `answer …`"
            self.found.add(codes.NO_ANSWER.at(name.span, message, hint=hint))
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
