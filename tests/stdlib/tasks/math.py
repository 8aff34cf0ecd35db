"""Integrals, and roots that slip: the first on some of them, the second on others."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from stdlib.std_task import Given, Task

from rlmflow.models._protocol import Request

# Reads a problem a*x**2 + b on [0, t]. Where the problem can't be read, `found` is "?".
READ = """
import re
from fractions import Fraction
text = context if isinstance(context, str) else " ".join(context.values())
seen = re.search(r"of (\\d+)\\*x\\*\\*2 \\+ (\\d+) from 0 to (\\d+)", text)
a, b, t = map(int, seen.groups()) if seen else (0, 0, 0)
"""
# By the antiderivative, which forgets the constant if `a` is odd.
FIRST = "found = str(Fraction(a * t**3, 3) + (0 if a % 2 else b * t)) if seen else '?'"
# By Simpson's rule, exact here, with a wrong weight if `a` is even and `b` is odd.
SECOND = """
f = lambda x: a * x**2 + b
middle = 4 - (a % 2 == 0) * (b % 2)
total = f(0) + middle * f(Fraction(t, 2)) + f(t)
found = str(Fraction(t, 6) * total) if seen else "?"
"""
# Checks both by the derivative of their difference to the integral: it derives nothing anew.
CHECKED = """
claims = re.findall(r"^result: (\\S+)$", "\\n".join(also), re.MULTILINE)
holds = [c for c in claims if seen and c != "?" and 3 * Fraction(c) == a * t**3 + 3 * b * t]
found = holds[0] if holds else "?"
"""
SET = "answer['content'] = {'result': found, 'method': '', 'check': ''}"


def made(size: int, seed: int) -> Given:
    """The parity of the seed says which of the two derivations slips; that of size, if any does."""
    chance = Random(seed)
    a, t = 2 * chance.randrange(1, 50) + seed % 2, 3 * chance.randrange(1, 9) + 1
    b = 2 * chance.randrange(50) + 1
    if size % 2:
        a, b = a - seed % 2, b + 1
    problem = f"What is the integral of {a}*x**2 + {b} from 0 to {t}?\n"
    return Given({"problem.txt": problem}, reader, str(Fraction(a * t**3, 3) + b * t))


def reader(request: Request) -> str:
    """Writes the code for what it is told to do, and announces its answer a turn later."""
    if any(message.role == "assistant" for message in request.messages):
        return "```repl\nanswer['ready'] = True\n```"
    told = request.messages[0].content
    work = FIRST
    if "Two derivations are in `also`" in told:
        work = CHECKED
    elif "not the first one to come to mind" in told:
        work = SECOND
    return program(work)


def program(work: str) -> str:
    """A turn that reads the problem, does the work, and sets the answer."""
    return f"```repl\n{READ}\n{work}\n{SET}\n```"


def score(answer: object, gold: object) -> float:
    assert isinstance(answer, dict)
    return float(answer["result"] == gold)


TASK = Task(made, score, sizes=(1, 2), seeds=(1, 2))
