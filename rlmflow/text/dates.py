"""Days as logs and tables write them, where there is no doubt which day is meant."""

from __future__ import annotations

import datetime
import re

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<year>\d{4})([-/.])(?P<number>\d{1,2})\2(?P<day>\d{1,2})(?:[T ]\d.*)?",
        rf"(?P<day>\d{{1,2}})[ -]{_MONTH}[ -](?P<year>\d{{4}})",
        rf"{_MONTH} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})",
    )
)


def day_in(written: str) -> datetime.date | None:
    """The day that a text is, None where it is none or could be several.

    Year first in digits, with or without a time behind it, or an English month by name:
    2024-03-01T09:30, 2024/3/1, 1 March 2024, Mar 1, 2024. Of 03/04/2024 nobody knows.
    """
    text = written.strip()
    for form in _FORMS:
        found = form.fullmatch(text)
        if found is None:
            continue
        named = found.groupdict()
        month = int(named["number"]) if "number" in named else _month(named["month"])
        try:
            return datetime.date(int(named["year"]), month, int(named["day"]))
        except ValueError:
            return None
    return None


def _month(name: str) -> int:
    """The number of a month from three letters of its name or more, 0 for what is none."""
    numbered = enumerate(_MONTHS, start=1)
    return next((number for number, whole in numbered if whole.startswith(name.lower())), 0)
