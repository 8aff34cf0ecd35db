"""The answers to the tasks' questions, derived a second time: from the text, by brute force.

Nothing of how the tasks know their answers is used: the text is taken apart anew, labels
are looked up by the first words of a line, and every pair, chain and count is tried out.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import tokenize
from collections.abc import Iterable, Mapping
from fractions import Fraction

from rlmflow.bench.task import Case

KINDS = {
    "What does": "abbreviation", "What is the short": "abbreviation", "Why was": "description",
    "How does": "description", "Which animal": "entity", "Which colour": "entity",
    "Who built": "human", "Whose": "human", "Where is": "location", "In which": "location",
    "How many": "number", "How far": "number", "I loved": "praise", "Wonderful": "praise",
    "The ": "complaint", "Terrible": "complaint",
}  # fmt: skip


def lines_of(text: str) -> list[tuple[str, str, str]]:
    """Day, user and kind of each line."""
    found = []
    for line in text.splitlines():
        day, user, body = (part.partition(": ")[2] for part in line.split(" || ", 2))
        (kind,) = {of for start, of in KINDS.items() if body.startswith(start)}
        found.append((day, user, kind))
    return found


def counting(case: Case) -> list[object]:
    """The right answers to a question on labelled lines."""
    lines = lines_of(case.docs["lines.txt"])
    words = case.question
    if scope := re.search(r"of user (\d+) alone", words):
        lines = [line for line in lines if line[1] == scope[1]]
    if scope := re.search(r"from (\S+) to (\S+) alone", words):
        lines = [line for line in lines if scope[1] <= line[0] <= scope[2]]
    named = re.findall(r"`(\w+)`", words.partition(" Reply")[0])
    counts = {kind: sum(line[2] == kind for line in lines) for kind in named}
    users = {line[1]: sum(o[1] == line[1] and o[2] == named[0] for o in lines) for line in lines}
    if "How many users" in words:
        times = int(re.search(r"exactly (\d+)", words)[1])
        return [sum(count == times for count in users.values())]
    if "How many lines" in words:
        return [counts[named[0]]]
    if "Which user" in words:
        return [user for user, count in users.items() if count == max(users.values())]
    if "Is the kind" in words:
        first, second = (counts[kind] for kind in named)
        apart = (first > second) - (first < second)
        return [{1: "more common", 0: "equally common", -1: "less common"}[apart]]
    place = 1 if "second most" in words else len(counts) - 1 if "least" in words else 0
    wanted = sorted(counts.values(), reverse=True)[place]
    return [kind for kind, count in counts.items() if count == wanted]


def pairing(case: Case) -> set[tuple[str, str]]:
    """The pairs of users that a question asks for, read from its words."""
    lines = lines_of(case.docs["lines.txt"])
    users = sorted({user for _, user, _ in lines})
    asked = case.question.partition("such that ")[2].partition(". Give")[0]
    return {(a, b) for a in users for b in users if a < b and _holds(asked, a, b, lines)}


def _holds(asked: str, a: str, b: str, lines: Iterable[tuple[str, str, str]]) -> bool:
    lines = list(lines)
    if asked.startswith("both"):
        first, second = re.search(r"kind `(\w+)` or `(\w+)`", asked).groups()
        for user in (a, b):
            if not any(u == user and kind in (first, second) for _, u, kind in lines):
                return False
        for kind, when, day in re.findall(r"kind `(\w+)` of both are (\w+) (\S+)", asked):
            days = [d for d, user, k in lines if k == kind and user in (a, b)]
            if not all(d > day if when == "after" else d < day for d in days):
                return False
        return True
    one, other = (re.findall(r"(at least|exactly) (\d+) of the kind `(\w+)`", half)
                  for half in asked.split(", and the other has "))  # fmt: skip

    def has(user: str, some: list[tuple[str, str, str]]) -> bool:
        for how, times, kind in some:
            count = sum(u == user and k == kind for _, u, k in lines)
            if count < int(times) or (how == "exactly" and count != int(times)):
                return False
        return True

    return (has(a, one) and has(b, other)) or (has(b, one) and has(a, other))


def finding(case: Case) -> set[str]:
    """The codes, or the variables, that a question asks for."""
    text = case.docs["hay.txt"]
    if key := re.search(r"for `([a-z ]+)`", case.question):
        return set(re.findall(rf"^The code for {key[1]} is (\d+)\.$", text, re.MULTILINE))
    value = re.search(r"value (\d+)", case.question)[1]
    given = dict(re.findall(r"^VAR (\w+) = (?:VAR )?(\w+)\.$", text, re.MULTILINE))

    def end(name: str) -> str:
        return end(given[name]) if name in given else name

    return {name for name in given if end(name) == value}


def rolling(case: Case) -> list[object]:
    """The right answers to a question on a transcript."""
    rolls = []
    for line in case.docs["episode.txt"].splitlines():
        speaker, _, said = line.partition(": ")
        if said.startswith("I roll for "):
            rolls.append((speaker, int(re.findall(r"\d+", said)[-1])))
    words = case.question
    names = re.findall(r"\b[A-Z]{3,}\b", words)
    value = re.search(r"(?:value|roll a) (\d+)", words)
    if names:
        rolls = [roll for roll in rolls if roll[0] == names[0]]
    if value:
        rolls = [roll for roll in rolls if roll[1] == int(value[1])]
    if "sum" in words:
        return [sum(what for _, what in rolls)]
    if words.startswith(("Which speaker", "Which value")):
        every = [roll[0 if "speaker" in words else 1] for roll in rolls]
        return [one for one in set(every) if every.count(one) == max(map(every.count, every))]
    return [len(rolls)]


def river(case: Case) -> str:
    """Where a chain of pages ends."""
    text = "\n".join(case.docs.values())
    person = re.search(r"firm that (.+) founded", case.question)[1]
    firm = re.search(rf"^{person} founded (.+)\.$", text, re.MULTILINE)[1]
    town = re.search(rf"^{firm} is based in (.+)\.$", text, re.MULTILINE)[1]
    return re.search(rf"^{town} lies on the river (.+)\.$", text, re.MULTILINE)[1]


def defined(case: Case) -> set[str]:
    """The places or subclasses that a question on source asks for, by the text of its lines."""
    name = re.search(r"`([\w.]+)`", case.question)[1]
    found = set()
    for file, text in case.docs.items():
        quoted = _in_strings(text)
        for number, line in enumerate(text.splitlines(), start=1):
            if number in quoted:
                continue
            if "direct base" not in case.question:
                if re.match(rf"\s*(?:async )?(?:def|class) {name}\b", line):
                    found.add(f"{file}:{number}")
            elif head := re.match(r"\s*class (\w+)\((.*)\):", line):
                found |= {head[1]} if name in re.split(r"[\s,]+", head[2]) else set()
    return found


def _in_strings(text: str) -> set[int]:
    """The lines of source that begin inside a string: an example in a docstring defines nothing."""
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING:
            found.update(range(token.start[0] + 1, token.end[0] + 1))
    return found


def is_copyable(case: Case) -> bool:
    """Whether a text to copy is what its name says."""
    ((name, text),) = case.docs.items()
    if name.endswith(".json"):
        return len(json.loads(text)) == text.count("\n") - 1
    if name.endswith(".csv"):
        rows = list(csv.reader(io.StringIO(text)))
        return len({len(row) for row in rows}) == 1
    return all(line.split() for line in text.splitlines())


def value_of(case: Case) -> str:
    """The exact value of a problem, with fractions and nothing else."""
    return str(_value(case.question))


def _value(words: str) -> object:
    from_words = re.search(r"of (.+?) (?:over x|at x|for x)", words)
    numbers = [int(n) for n in re.findall(r"-?\d+", words.partition("Reply")[0])]
    if "remainder" in words:
        base, exponent, modulus = numbers
        return base**exponent % modulus
    if "determinant" in words:
        return _determinant(ast.literal_eval(re.search(r"\[\[.*\]\]", words)[0]))
    terms = _terms(from_words[1])
    if "integral" in words:
        return sum(Fraction(c * numbers[-1] ** (p + 1), p + 1) for p, c in terms.items())
    if "derivative" in words:
        return sum(c * p * numbers[-1] ** (p - 1) for p, c in terms.items() if p)
    return sum(c * x**p for x in range(1, numbers[-1] + 1) for p, c in terms.items())


def _terms(written: str) -> Mapping[int, int]:
    found = {}
    for term in written.split(" + "):
        coefficient, star, power = term.partition("*x**")
        found[int(power) if star else 0] = int(coefficient)
    return found


def _determinant(rows: list[list[int]]) -> int:
    if len(rows) == 1:
        return rows[0][0]
    minors = ([row[:n] + row[n + 1 :] for row in rows[1:]] for n in range(len(rows)))
    return sum((-1) ** n * rows[0][n] * _determinant(minor) for n, minor in enumerate(minors))
