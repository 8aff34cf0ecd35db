"""Exact cutting of text: parts within a size, and records with the places of their fields.

Everything here answers with offsets into the text that it was given. Nothing
copies that text, and nothing is dropped: what is not a record is said to be
unmatched, and parts join up to what was cut.
"""

from rlmflow.text.boundaries import Boundary
from rlmflow.text.csv_records import split_csv
from rlmflow.text.cut import cut, widen
from rlmflow.text.found import Found, Unmatched
from rlmflow.text.json_records import split_json
from rlmflow.text.size import Size
from rlmflow.text.split import split_headings, split_lines, split_paragraphs, split_pattern
from rlmflow.text.tokens import count_tokens

__all__ = [
    "Boundary",
    "Found",
    "Size",
    "Unmatched",
    "count_tokens",
    "cut",
    "split_csv",
    "split_headings",
    "split_json",
    "split_lines",
    "split_paragraphs",
    "split_pattern",
    "widen",
]
