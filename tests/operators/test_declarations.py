"""What every operator must declare, whatever it is called."""

import pytest

from rlmflow.graph.model import Operation
from rlmflow.operators import all_operators
from rlmflow.operators._operator import FORBIDDEN, Facts
from rlmflow.testing import compiled

OPERATORS = list(all_operators().values())


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
class TestDeclarations:
    def test_is_documented(self, operator):
        assert operator.summary
        for parameter in operator.parameters:
            assert f"\n    {parameter.name}: " in operator.doc, parameter.name

    def test_has_a_result_type(self, operator):
        assert operator.result_type.__name__ != "<lambda>"

    def test_has_an_ideal_reply_if_it_asks_a_model(self, operator):
        assert (operator.ideal_reply is not None) == operator.may_ask

    def test_says_what_it_makes_and_asks_at_most(self, operator):
        # What a root improvises is bounded by its turns and calls, which `runtime/root/` knows.
        assert (operator.most_of is None) == (operator.ideal_program is not None)

    def test_takes_a_prompt_only_if_it_asks_a_model(self, operator):
        assert operator.may_ask or operator.prompt is FORBIDDEN

    def test_checks_have_codes_of_their_own(self, operator):
        codes = [check.code for check in operator.checks]
        assert len(codes) == len(set(codes))
        assert all(code.startswith("RF3") for code in codes)


def test_no_code_belongs_to_two_operators():
    owners = {}
    for operator in OPERATORS:
        for check in operator.checks:
            assert owners.setdefault(check.code, check.name) == check.name


def test_what_a_strategy_does_to_an_item_is_not_taken_for_granted():
    program = compiled(
        """
        strategy size(doc: document) -> int { answer len(doc.text) }
        strategy sizes(docs: corpus) -> list[int] { answer map(docs, with: size) }
        """
    )
    (node,) = [n for n in program.strategies["sizes"].graph if isinstance(n, Operation)]
    assert node.call.facts == Facts()
