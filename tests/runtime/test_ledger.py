"""The ledger against a set of characters: what was read, what was not, and why."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rlmflow.operators._step import Shown
from rlmflow.runtime.coverage import by_document, coverage
from rlmflow.runtime.ledger import Ledger
from rlmflow.source import Span
from rlmflow.values import Document, Item, Part

STEPS = ("first", "second")
TEXTS = st.lists(st.text("ab \n", max_size=30), min_size=1, max_size=3)
Booked = tuple[str, str, int, int, int]


@st.composite
def books(draw: st.DrawFn) -> tuple[list[str], list[Booked]]:
    """Some texts, and what became of stretches of them: kind, step, text, start, end."""
    texts = draw(TEXTS)
    entries: list[Booked] = []
    for _ in range(draw(st.integers(0, 12))):
        number = draw(st.integers(0, len(texts) - 1))
        start, end = sorted(
            draw(st.lists(st.integers(0, len(texts[number])), min_size=2, max_size=2))
        )
        kind = draw(st.sampled_from(["shown", "failed", "over", "left"]))
        entries.append((kind, draw(st.sampled_from(STEPS)), number, start, end))
    return texts, entries


def booked(texts: list[str], entries: list[Booked]) -> tuple[Ledger, list[Document]]:
    documents = [Document(f"{number}.txt", text) for number, text in enumerate(texts)]
    ledger = Ledger(documents)
    for kind, step, number, start, end in entries:
        span = Span(documents[number], start, end)
        item = Item(Part(span, span), "part", spans=(span,))
        match kind:
            case "shown":
                ledger.add(step, [Shown(item, span.text, (span,))])
            case "left":
                ledger.leave(step, "dropped", [item])
            case _:
                ledger.fail(step, item, "it failed", over=kind == "over")
    return ledger, documents


def characters(texts: list[str], entries: list[Booked], *kinds: str) -> set[tuple[int, int]]:
    """The characters, but white space, of the stretches of some kinds."""
    return {
        (number, at)
        for kind, _, number, start, end in entries
        if kind in kinds
        for at in range(start, end)
        if not texts[number][at].isspace()
    }


@given(books())
def test_what_is_read_and_what_is_not_is_all_there_is(
    book: tuple[list[str], list[Booked]],
) -> None:
    texts, entries = book
    ledger, documents = booked(texts, entries)
    found = coverage(ledger, documents)
    everything = [("all", "", n, 0, len(text)) for n, text in enumerate(texts)]
    ink = characters(texts, everything, "all")
    read = characters(texts, entries, "shown")
    assert (found.read, found.total) == (len(read), len(ink))
    places = {document: number for number, document in enumerate(documents)}
    gaps = [
        (places[gap.span.source], at)  # type: ignore[index]  # each is of a document
        for gap in found.unread
        for at in range(gap.span.start, gap.span.end)
        if not gap.span.source.text[at].isspace()
    ]
    assert len(gaps) == len(set(gaps))
    assert set(gaps) == ink - read
    assert sum(gap.ink for gap in found.unread) == len(gaps)
    assert sum(size for _, size in found.lost.values()) == len(gaps)
    assert found.gaps == len(found.unread)


@given(books())
def test_each_unread_character_has_the_gravest_reason_that_holds_of_it(
    book: tuple[list[str], list[Booked]],
) -> None:
    texts, entries = book
    ledger, documents = booked(texts, entries)
    failed = characters(texts, entries, "failed", "over")
    left = characters(texts, entries, "left")
    for gap in coverage(ledger, documents).unread:
        number = documents.index(gap.span.source)  # type: ignore[arg-type]  # it is one
        inside = {
            (number, at)
            for at in range(gap.span.start, gap.span.end)
            if not gap.span.source.text[at].isspace()
        }
        match gap.reason.kind:
            case "failed" | "over budget":
                assert inside <= failed
            case "left out":
                assert inside <= left - failed
            case kind:
                assert kind == "never shown"
                assert not inside & (failed | left)


@given(books())
def test_what_each_step_showed_is_told_apart(book: tuple[list[str], list[Booked]]) -> None:
    texts, entries = book
    ledger, documents = booked(texts, entries)
    told = by_document(ledger, documents)
    for step in STEPS:
        own = [entry for entry in entries if entry[:2] == ("shown", step)]
        shown = {
            (number, at)
            for number, document in enumerate(documents)
            for start, end in told[document].get(step, ())
            for at in range(start, end)
            if not texts[number][at].isspace()
        }
        assert shown == characters(texts, own, "shown")


@given(books())
def test_a_called_strategy_has_a_ledger_of_its_own_in_that_of_its_caller(
    book: tuple[list[str], list[Booked]],
) -> None:
    texts, entries = book
    ledger, documents = booked(texts, [])
    inner = Ledger(outer=ledger)
    whole = Ledger(documents)
    for number, (kind, step, at, start, end) in enumerate(entries):
        span = Span(documents[at], start, end)
        if kind == "shown":
            shown = [Shown(Item(Part(span, span), "part", spans=(span,)), span.text, (span,))]
            (inner if number % 2 else ledger).add(step, shown)
            whole.add(step, shown)
    assert coverage(ledger, documents) == coverage(whole, documents)
    assert coverage(inner, documents).read <= coverage(ledger, documents).read


def test_equal_texts_are_read_in_one_and_copies_of_copies_too() -> None:
    document = Document("a", "same same same other")
    ledger = Ledger([document])
    items = [
        Item("same", "part", at, spans=(Span(document, start, start + 4),))
        for at, start in enumerate((0, 5, 10))
    ]
    ledger.same_text(items[0], [items[1]])
    ledger.same_text(items[1], [items[2]])
    ledger.add("step", [Shown(items[0], "same", items[0].spans)])
    assert coverage(ledger, [document]).read == 12
    ledger.same_text(items[0], [Item("other", "part", spans=(Span(document, 15, 20),))])
    assert coverage(ledger, [document]).read == 12, "that is another text"


def test_gaps_are_listed_up_to_a_bound_and_counted_beyond() -> None:
    document = Document("a", " ".join("ab" for _ in range(3000)))
    ledger = Ledger([document])
    for at in range(0, len(document.text), 3):
        span = Span(document, at, at + 1)
        ledger.add("step", [Shown(Item("a", "part", spans=(span,)), "a", (span,))])
    found = coverage(ledger, [document])
    assert (found.gaps, len(found.unread)) == (3000, 1000)
    assert found.read == 3000
