"""Where grapheme clusters (what a reader sees as one character) begin and end.

Only the neighbourhood of a place is looked at, so that a text of any size
costs nothing but at its cuts. What a cluster is, the `regex` package says; this
finds a place near by from which it can be asked.
"""

from __future__ import annotations

from rlmflow.text.late_regex import LateRegex

_CLUSTER = LateRegex(r"\X")
_FLAG_LETTERS = LateRegex(r"(?r)\p{Regional_Indicator}++")
# What can join the character after it to characters before it: in emoji, in Indic conjuncts.
_JOINER = LateRegex(r"(?r)(?:\u200D|\p{InCB=Linker}[\p{Grapheme_Cluster_Break=Extend}\u200D]*)")


def cluster_start(text: str, at: int, floor: int) -> int:
    """The start of the cluster that holds the place `at`, or `at` if it is between two.

    `floor` is taken to be a place between two clusters.
    """
    sure = _sure_place(text, at, floor)
    while sure < at:
        end = _next_end(text, sure, at + 1)
        if end > at:
            return sure
        sure = end
    return sure


def cluster_end(text: str, at: int, floor: int) -> int:
    """The end of the cluster that holds the place `at`, or `at` if it is between two."""
    start = cluster_start(text, at, floor)
    return at if start == at else _next_end(text, start, len(text))


def _sure_place(text: str, at: int, floor: int) -> int:
    """The last place up to `at` that is surely between clusters, or `floor`."""
    if at >= len(text):
        return at
    while at > floor:
        pair = text[at - 1 : at + 1]
        if pair.isascii():
            if pair != "\r\n":
                return at
        elif flags := _FLAG_LETTERS.match(text, floor, at):
            # Flag letters pair up from the first of their chain.
            pairs = (at - flags.start() - 1) // 2
            if pairs:
                return int(flags.start()) + 2 * pairs
        elif _next_end(pair, 0, 2) == 1 and not _JOINER.match(text, floor, at):
            return at
        at -= 1
    return floor


def _next_end(text: str, start: int, end: int) -> int:
    cluster = _CLUSTER.match(text, start, end)
    assert cluster, "every character is in a cluster"
    return cluster.end()
