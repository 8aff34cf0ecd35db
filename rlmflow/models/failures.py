"""From what an endpoint said to the one failure that it means."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isnan
from typing import NamedTuple

from rlmflow.models._protocol import ModelFailure

MESSAGE_CHARS = 240
A_YEAR = 365 * 24 * 3600.0

# What a status means, and whether the same call may succeed later. Others: see `_kind`.
_BY_STATUS = {
    401: ("not-allowed", False),
    402: ("not-allowed", False),
    403: ("not-allowed", False),
    408: ("timeout", True),
    409: ("server", True),
    413: ("too-long", False),
    425: ("server", True),
    429: ("rate-limit", True),
    501: ("server", False),
}

_TOO_LONG = re.compile(
    r"context.{0,3}(length|window|size)|maximum context|too many tokens|(prompt|input) is too long",
    re.IGNORECASE,
)
_FILTERED = re.compile(r"content.?(filter|policy)", re.IGNORECASE)
# A 429 that no waiting cures: the account is out of money.
_NO_MONEY = re.compile(r"insufficient.?quota|exceeded your current quota|billing", re.IGNORECASE)
_KEY_LIKE = re.compile(r"\b(sk|key|gsk|xai|pk)-[\w*-]{6,}|(?<=Bearer )\S+", re.IGNORECASE)


class Problem(NamedTuple):
    """What the body of an error answer says; empty strings where it says nothing."""

    message: str
    code: str = ""
    parameter: str = ""

    @property
    def words(self) -> str:
        return f"{self.code} {self.parameter} {self.message}"


def read_problem(body: str) -> Problem:
    """Read the error shapes that endpoints use, and text that is not JSON at all."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return Problem(body)
    error = parsed.get("error", parsed) if isinstance(parsed, Mapping) else parsed
    if not isinstance(error, Mapping):
        return Problem(str(error))
    message = error.get("message") or error.get("detail") or json.dumps(error)
    code = f"{error.get('code') or ''} {error.get('type') or ''}".strip()
    return Problem(str(message), code, str(error.get("param") or ""))


def shorten(message: str, secrets: tuple[str, ...] = ()) -> str:
    """One line of at most `MESSAGE_CHARS` characters, with every secret taken out."""
    for secret in secrets:
        message = message.replace(secret, "***")
    # Half of a surrogate pair can't be written anywhere.
    plain = message.encode("utf-8", "replace").decode()
    line = _KEY_LIKE.sub("***", " ".join(plain.split()))
    return line if len(line) <= MESSAGE_CHARS else line[: MESSAGE_CHARS - 1] + "…"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the endpoint asks to wait, from either form of `Retry-After`.

    A date is compared with the answer's own `Date`, so that two clocks never matter.
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        return _bounded(float(value))
    except ValueError:
        pass
    try:
        until = _moment(value)
        now = _moment(headers["Date"]) if "Date" in headers else datetime.now(UTC)
    except ValueError:
        return None
    return _bounded((until - now).total_seconds())


def _bounded(seconds: float) -> float | None:
    """At least nothing, at most a year; None where it is no number."""
    return None if isnan(seconds) else min(max(0.0, seconds), A_YEAR)


def _moment(value: str) -> datetime:
    moment = parsedate_to_datetime(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def of_status(
    status: int, problem: Problem, *, after: float | None = None, secrets: tuple[str, ...] = ()
) -> ModelFailure:
    """The failure that an HTTP status and the words beside it mean."""
    kind, again = _kind(status, problem)
    said = shorten(problem.message, secrets) or "no explanation"
    message = f"HTTP {status}: {said}"
    return ModelFailure(kind, message, again=again, after=after, status=status)


def _kind(status: int, problem: Problem) -> tuple[str, bool]:
    if status == 429 and _NO_MONEY.search(problem.words):
        return "not-allowed", False
    if status in (400, 413, 422, 500) and _TOO_LONG.search(problem.words):
        return "too-long", False
    if status in (400, 403) and _FILTERED.search(problem.words):
        return "refused", False
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return ("server", True) if status >= 500 else ("other", False)
