from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, cast

from rlmflow.operators._most import BYTES_A_CHARACTER, Given, Most, rounded_up, times
from rlmflow.operators._most import Size as MostOf
from rlmflow.operators._operator import ALL, NONE, Call, Facts, Finding, operator
from rlmflow.operators._parameters import Amount, Documents, Margin, Size
from rlmflow.operators._step import Step
from rlmflow.text import cut
from rlmflow.text.cut import widen
from rlmflow.text.size import Size as TextSize
from rlmflow.text.size import Unit
from rlmflow.types import DocumentType, ListType, Type
from rlmflow.values import Item, Part, Stream

At = Literal["paragraph", "line", "sentence", "heading", "char"]

_PLACES: Mapping[At, str] = {
    "paragraph": "at paragraph ends",
    "line": "at line ends",
    "sentence": "at sentence ends",
    "heading": "before headings",
    "char": "at any character",
}


@operator(facts=Facts(reads=NONE, keeps=ALL, once=True, text="same", items="new"))
async def chunk(
    step: Step,
    docs: Documents,
    *,
    size: Size,
    margin: Margin = Amount(0, "chars"),
    at: At = "paragraph",
) -> Stream:
    """Cut documents into parts of at most `size`.

    The parts of a document are an exact partition of it: nothing is lost, nothing
    stands in two parts. A cut falls on the last boundary of the kind `at` that
    fits, else on the next finer kind. With a `margin`, a model that is shown a
    part also sees that much of its neighbours on either side; the margin stays
    theirs, and what `extract` finds in it is reported by its owner alone.

    docs: the documents to cut.
    size: the most that a part may hold, in `chars`, `tokens` or `lines`.
    margin: how much of its neighbours a part also shows.
    at: where a cut should fall.
    """
    limit, border = _text_size(size), _text_size(margin)

    def parts(document: Item) -> Iterator[Item]:
        core = cast(Part, document.value).core
        text = core.source.text

        def too_large(start: int, end: int) -> None:
            place = core.at(start - core.start, end - core.start).place
            step.report(f"one character at {place} is larger than {size}; it is a part of its own")

        pieces = cut(text, core.start, core.end, limit, at, too_large)
        for index, (start, end) in enumerate(pieces):
            piece = core.at(start - core.start, end - core.start)
            before, after = widen(text, start, end, border)
            shown = core.at(before - core.start, after - core.start)
            yield step.item(Part(piece, shown), index, [document], spans=(piece,))

    return step.expand(docs, parts)


def _text_size(amount: Amount) -> TextSize:
    return TextSize(int(amount.value), cast(Unit, amount.unit))


@chunk.result
def list_of_parts(call: Call) -> Type:
    margin = call.constant("margin")
    return ListType(DocumentType(margin=margin is None or margin.value > 0))


@chunk.fragment
def where_it_cuts(call: Call) -> str:
    parts = f"Cuts {call.words('docs')} into parts of at most {call.words('size')}"
    margin = call.constant("margin")
    if margin.value == 0:
        return f"{parts}, {_PLACES[call.constant('at')]}."
    return f"{parts}, {_PLACES[call.constant('at')]}; each also shows {margin} of its neighbours."


@chunk.check("RF310", "margin-exceeds-size")
def margin_fits(call: Call) -> Finding | None:
    size, margin = call.constant("size"), call.constant("margin")
    if size is None or margin is None or size.unit != margin.unit or margin.value < size.value:
        return None
    return (
        call.arguments["margin"].span,
        f"the margin, {margin}, is not smaller than the size, {size}",
        f"make `margin` smaller than {size}",
    )


@chunk.most()
def parts_of_each(given: Given) -> Most:
    """Any two neighbours hold more than `size` together, and a token or a line has a byte."""
    docs = given.size("docs")
    size, margin = given.value("size"), given.value("margin")
    items = min(docs.total, 2 * docs.total / size.value + docs.items)
    each = BYTES_A_CHARACTER * size.value if size.unit == "chars" else docs.each
    border = BYTES_A_CHARACTER * margin.value if margin.unit == "chars" else docs.each
    around = 2 * border if margin.value else 0
    total = docs.total + times(items, around)
    return Most(MostOf(rounded_up(items), min(docs.each, each + around), total))
