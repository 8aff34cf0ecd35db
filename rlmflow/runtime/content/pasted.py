"""What of the input stands in texts that code put together itself, by their content.

It is a lower bound. A line is counted where it stands in the input once, or where its
neighbours tell which of equal lines it is. Of other equal lines as many are counted as
one text had, and none is said to be the one. A piece of a line is counted if it has a
stretch of 32 characters that stand in one place of the input, or if it is what is left
of a line at the edge of lines that are counted. A short document that no other equals
is counted where a text has all of it. Each character of a text speaks for one of the input.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from rlmflow._lazy import heavy
from rlmflow.runtime.content.index import WINDOW, ContentIndex, line_hashes
from rlmflow.runtime.content.lines import Lines
from rlmflow.runtime.content.stretches import stretches
from rlmflow.runtime.intervals import Interval, holds, missing
from rlmflow.source import Source
from rlmflow.text.ink import ink
from rlmflow.values import Document

# What code puts around a line of the input: a number, a bullet or a word before it,
# quotation marks as JSON has them, tags.
_LABEL = re.compile(r"\W*(?:\d+[.:)\]|]?|[\w ]{1,30}:|[-*•>]+)\s+")
_OPENING = "[{( \t"
_SEAM = re.compile(r'"(?:(?:[\s,:{}[\].\d]|true|false|null)*"|\W*$)|</?\w[^<>]{0,99}>')
_SAMPLE = 2000
_AROUND = r"(?:\A|[\n\"'`>:])\s*{}\s*(?:\Z|[\n\"'`<])"
_MOST_SHORT = 1000

Read = Mapping[Source, Sequence[Interval]]


class Pasted:
    """The stretches of the documents of an index that stand in the texts added so far."""

    def __init__(self, index: ContentIndex) -> None:
        self._index = index
        self._copies: Counter[int] = Counter()
        self.spans: dict[Document, list[Interval]] = {document: [] for document in index.documents}
        self._short = _short(index.documents)

    def add(self, texts: Sequence[str]) -> None:
        """Count what of the documents stands in some texts; many at a time cost least."""
        left = self._count(Lines(self._index, [text.split("\n") for text in texts]))
        wrapped = self._wrapped(left)
        whole = [line for line, parts in zip(left, wrapped, strict=True) if not parts]
        pieces = self._count(Lines(self._index, _in_rows(wrapped)))
        long = [line for line in (*whole, *pieces) if len(line) >= WINDOW]
        if long:
            self._note(stretches("\n".join(long), self._index))
        for document, pattern in self._short:
            if any(pattern.search(text) for text in texts):
                self.spans[document].append((0, document.length))

    def unplaced(self, read: Read, asked: Read) -> int:
        """How many characters of `asked` were shown, though not in `read`, it is open which.

        They are those of equal lines that one text had more often than they are in `read`.
        """
        return sum(self._open(line, most, read, asked) for line, most in self._copies.items())

    def _count(self, lines: Lines) -> list[str]:
        """Note what the lines tell, and give back those that tell nothing."""
        edges, left = lines.edges()
        self._note(chain(lines.stretches(), edges))
        for line, copies in lines.unplaced():
            self._copies[line] = max(self._copies[line], copies)
        return left

    def _note(self, found: Iterable[Interval]) -> None:
        for start, end in found:
            document, first, last = self._index.stretch(start, end)
            self.spans[document].append((first, last))

    def _wrapped(self, lines: Sequence[str]) -> list[list[str]]:
        """The parts of each line, if most of what its beginning shows are lines of the input."""
        numpy = heavy("numpy")
        samples = [_parts(line[:_SAMPLE]) for line in lines]
        parts = [part.strip() for sample in samples for part in sample]
        counts, _ = self._index.lines_like(line_hashes(parts))
        lengths = numpy.fromiter(map(len, parts), numpy.int64, len(parts))
        owners = numpy.repeat(numpy.arange(len(lines)), list(map(len, samples)))
        known = numpy.bincount(owners, lengths * (counts > 0), len(lines))
        most = numpy.bincount(owners, lengths, len(lines)) < 2 * known
        return [
            (sample if len(line) <= _SAMPLE else _parts(line)) if wrapped else []
            for line, sample, wrapped in zip(lines, samples, most.tolist(), strict=True)
        ]

    def _open(self, line: int, copies: int, read: Read, asked: Read) -> int:
        """How many characters of equal lines were shown, it is open of which of them.

        Those of which least is unread, as any of them may be meant.
        """
        placed = elsewhere = 0
        waiting: list[int] = []
        for number in self._index.numbers_of(line):
            document, start, end = self._index.stretch(*self._index.line(int(number)))
            unread = missing(read.get(document, ()), start, end)
            if not unread:
                placed += 1
            elif holds(asked.get(document, ()), start, end):
                waiting.append(sum(ink(document.text, *span) for span in unread))
            else:
                elsewhere += 1
        return sum(sorted(waiting)[: max(0, copies - placed - elsewhere)])


def _in_rows(wrapped: Iterable[list[str]]) -> list[list[str]]:
    """The parts of lines, with lines in a row that have but one together, as they stand there."""
    rows: list[list[str]] = []
    row: list[str] | None = None
    for parts in wrapped:
        if len(parts) == 1 and row is not None:
            row += parts
        elif parts:
            rows.append([*parts])
            row = rows[-1] if len(parts) == 1 else None
        else:
            row = None
    return rows


def _short(documents: Sequence[Document]) -> list[tuple[Document, re.Pattern[str]]]:
    """The documents that are too short for their lines to tell, and how a text has them."""
    texts = ((document, document.text.strip()) for document in documents)
    short = [(document, text) for document, text in texts if 0 < len(text) < WINDOW]
    times = Counter(text for _, text in short)
    return [
        (document, re.compile(_AROUND.format(re.escape(text))))
        for document, text in short
        if times[text] == 1
    ][:_MOST_SHORT]


def _parts(line: str) -> list[str]:
    """What is left of a line where it is cut at its seams; nothing if it has none."""
    label = _LABEL.match(line)
    rest = line[label.end() :] if label else line
    if '"' not in rest and "</" not in rest:
        return [rest] if label else []
    return _SEAM.split(rest.lstrip(_OPENING).removeprefix('"'))
