"""Problems whose answers sympy has: integrals, sums, roots, determinants, congruences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from rlmflow._lazy import heavy
from rlmflow.bench.task import Case, Fact, Plain, Use

_REPLY = " Reply with the value alone, as sympy would write it."


@dataclass(frozen=True)
class Problem:
    """A problem in words, and the expression whose value answers it."""

    form: str
    words: str
    code: str

    def gold(self) -> str:
        """The value by sympy, as text."""
        sympy = heavy("sympy")
        return str(sympy.simplify(eval(self.code, {"sympy": sympy, "x": sympy.Symbol("x")})))


def _polynomial(chance: Random, degree: int = 3) -> str:
    terms = [f"{chance.randint(1, 9)}*x**{power}" for power in range(degree, 0, -1)]
    return " + ".join([*terms, str(chance.randint(1, 9))])


def _integral(chance: Random) -> Problem:
    of, upper = _polynomial(chance), chance.randint(2, 9)
    words = f"What is the integral of {of} over x from 0 to {upper}?"
    return Problem("integral", words, f"sympy.integrate({of}, (x, 0, {upper}))")


def _derivative(chance: Random) -> Problem:
    of, at = _polynomial(chance, 4), chance.randint(2, 9)
    words = f"What is the derivative of {of} at x = {at}?"
    return Problem("derivative", words, f"sympy.diff({of}, x).subs(x, {at})")


def _sum(chance: Random) -> Problem:
    of, upper = _polynomial(chance, 2), chance.randint(20, 90)
    words = f"What is the sum of {of} for x from 1 to {upper}?"
    return Problem("total", words, f"sympy.summation({of}, (x, 1, {upper}))")


def _determinant(chance: Random) -> Problem:
    rows = [[chance.randint(-9, 9) for _ in range(4)] for _ in range(4)]
    words = f"What is the determinant of the matrix {rows}?"
    return Problem("determinant", words, f"sympy.Matrix({rows}).det()")


def _power(chance: Random) -> Problem:
    base, exponent, modulus = (
        chance.randint(2, 99),
        chance.randint(100, 999),
        chance.randint(50, 999),
    )
    words = f"What is the remainder of {base}^{exponent} divided by {modulus}?"
    return Problem("power", words, f"sympy.Integer(pow({base}, {exponent}, {modulus}))")


MAKERS: Sequence[Callable[[Random], Problem]] = (_integral, _derivative, _sum, _determinant, _power)
_READ: Mapping[str, tuple[str, str]] = {
    "integral": (r"integral of (.+) over x from 0 to (\d+)\?", "sympy.integrate({0}, (x, 0, {1}))"),
    "derivative": (r"derivative of (.+) at x = (\d+)\?", "sympy.diff({0}, x).subs(x, {1})"),
    "total": (r"sum of (.+) for x from 1 to (\d+)\?", "sympy.summation({0}, (x, 1, {1}))"),
    "determinant": (r"determinant of the matrix (\[\[.+?\]\])\?", "sympy.Matrix({0}).det()"),
    "power": (r"remainder of (\d+)\^(\d+) divided by (\d+)\?",
              "sympy.Integer(pow({0}, {1}, {2}))"),
}  # fmt: skip


def problem_in(text: str) -> Problem | None:
    """The problem that stands in a text, read from its words."""
    for form, (words, code) in _READ.items():
        found = re.search(words, text)
        if found:
            return Problem(form, found[0], code.format(*found.groups()))
    return None


class Reading(Plain):
    """A reader that computes the problem that it is asked or shown."""

    def facts(self, text: str) -> list[Fact]:
        found = problem_in(text)
        return [Fact(found.words, {"problem": found})] if found else []

    def answer(self, instruction: str, facts: Sequence[Fact]) -> str:
        asked = problem_in(instruction) or next((f.says["problem"] for f in facts), None)
        return asked.gold() if asked else ""

    def code(self, told: str) -> str | None:
        """Python that computes the problem in a text."""
        found = problem_in(told)
        if found is None:
            return None
        return f"import sympy\nx = sympy.Symbol('x')\nresult = str(sympy.simplify({found.code}))"


@dataclass(frozen=True)
class Maths:
    """Records are the problems of a case's text: the one that is asked, and others."""

    name: str = "math"
    about: str = "integrals, sums, determinants and the like, with answers from sympy"
    strategy: str = "std/math"
    sizes: Sequence[int] = (1,)

    @property
    def knowledge(self) -> Reading:
        return Reading()

    def cases(self, size: int, seed: int) -> list[Case]:
        return list(self._cases(Random(f"{self.name} {size} {seed}"), max(1, size)))

    def _cases(self, chance: Random, size: int) -> Iterator[Case]:
        for maker in MAKERS:
            for _ in range(size):
                problem = maker(chance)
                question = f"{problem.words}{_REPLY}"
                use = Use({})
                docs = {"problem.txt": f"{problem.words}\n"}
                yield Case(docs, question, problem.gold(), problem.form, uses={self.strategy: use})

    def score(self, case: Case, answer: object) -> float:
        """Whether an answer's value is the right one, whatever its form."""
        return float(is_same_value(answer, case.gold))


def is_same_value(answer: object, gold: str) -> bool:
    """Whether two expressions in numbers have the same value."""
    sympy = heavy("sympy")
    told: Any = answer.get("result", "") if isinstance(answer, Mapping) else answer
    said = str(told).strip().splitlines()[-1:] or [""]
    text = said[0].rpartition("=")[2].strip(" $`.*").replace(",", "")
    # A power can be larger than any machine: none of the right answers needs one.
    if not re.fullmatch(r"[\d\s.+*/()-]+", text) or "**" in text or len(text) > 200:
        return False
    try:
        return bool(sympy.simplify(sympy.sympify(text, evaluate=False) - sympy.sympify(gold)) == 0)
    except (sympy.SympifyError, TypeError, ValueError, ZeroDivisionError):
        return False


TASKS = (Maths(),)
