"""Where the quotes of an answer are said to stand."""

from __future__ import annotations

import pytest

from rlmflow.models._protocol import Request
from rlmflow.testing import items_of, run_text

TEXT = """
type Mention { name: text  quote: quote }
type Person { name: text  quote: quote  members: list[Mention] }

strategy people(docs: corpus) -> list[Person]
  ensures grounded(docs)
{
  named = extract(chunk(docs, size: 20 tokens, at: paragraph)) -> Mention
    "Who is named?"
  answer distinct(named, by: item.name)
}
"""


@pytest.mark.parametrize("gap", [" ", "  "])
def test_a_quote_of_a_member_has_the_place_of_the_member(gap: str) -> None:
    """The same words stand earlier in the text, where no reader took them for a mention."""
    idle = "and so it went on, day by day, until the end of the year. " * 2
    first, second = f"Bell came. Bell left. {idle}", f"Yes: Bell{gap}left. {idle}"

    def reader(request: Request) -> object:
        text = items_of(request)[1]
        quote = "Bell came." if "Bell came." in text else "Bell left."
        return {"items": [{"name": "Bell", "quote": quote}] if "Bell" in text else []}

    outcome = run_text(TEXT, {"a.txt": f"{first}\n\n{second}\n"}, reader)
    assert outcome.status == "complete"
    assert outcome.answer is not None
    (person,) = outcome.answer.cited
    assert [member["source"] for member in person["members"]] == ["a.txt:1", "a.txt:3"]
