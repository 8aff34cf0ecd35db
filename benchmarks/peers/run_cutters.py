"""One cutter of others, in its own environment: prints seconds, or how many are exact, as JSON.

python run_cutters.py CUTTER seconds MEGABYTES
python run_cutters.py CUTTER exact COUNT
"""

from __future__ import annotations

import importlib
import json
import sys

from cutting import SIZE, Cutter, Parts, is_exact, nasty_texts, prose, seconds


def langchain_default() -> Cutter:
    splitters = importlib.import_module("langchain_text_splitters")

    def cut(text: str, size: int) -> Parts:
        splitter = splitters.RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=0)
        return splitter.split_text(text)

    return cut


def langchain_tuned() -> Cutter:
    splitters = importlib.import_module("langchain_text_splitters")

    def cut(text: str, size: int) -> Parts:
        splitter = splitters.RecursiveCharacterTextSplitter(
            chunk_size=size, chunk_overlap=0, keep_separator="end", strip_whitespace=False
        )
        return splitter.split_text(text)

    return cut


def semchunk() -> Cutter:
    library = importlib.import_module("semchunk")

    def cut(text: str, size: int) -> Parts:
        return library.chunk(text, size, len, offsets=True, memoize=False)[1]

    return cut


def chonkie_recursive() -> Cutter:
    library = importlib.import_module("chonkie")

    def cut(text: str, size: int) -> Parts:
        chunks = library.RecursiveChunker(chunk_size=size, min_characters_per_chunk=1)(text)
        return [(chunk.start_index, chunk.end_index) for chunk in chunks]

    return cut


def chonkie_fast() -> Cutter:
    library = importlib.import_module("chonkie")

    def cut(text: str, size: int) -> Parts:
        chunks = library.FastChunker(chunk_size=size)(text)
        return [(chunk.start_index, chunk.end_index) for chunk in chunks]

    return cut


def semantic() -> Cutter:
    library = importlib.import_module("semantic_text_splitter")

    def cut(text: str, size: int) -> Parts:
        pieces = library.TextSplitter(size, trim=False).chunk_indices(text)
        return [(start, start + len(piece)) for start, piece in pieces]

    return cut


CUTTERS = {
    "langchain-default": langchain_default,
    "langchain-tuned": langchain_tuned,
    "semchunk": semchunk,
    "chonkie-recursive": chonkie_recursive,
    "chonkie-fast": chonkie_fast,
    "semantic": semantic,
}


def exact(cutter: Cutter, text: str) -> bool:
    """An exception is no cut."""
    try:
        return is_exact(cutter, text)
    except Exception:
        return False


if __name__ == "__main__":
    name, what, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
    cutter = CUTTERS[name]()
    if what == "seconds":
        cutter(prose(1)[: 2 * SIZE], SIZE)
        print(json.dumps(seconds(cutter, prose(number))))
    else:
        print(json.dumps(sum(exact(cutter, text) for text in nasty_texts(number))))
