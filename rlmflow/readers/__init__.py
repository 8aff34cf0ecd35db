"""From files to documents: what is there to read, and what of it can't be read.

Each file of this folder that does not begin with `_` reads one format.
"""

from rlmflow.readers._corpus import read_corpus

__all__ = ["read_corpus"]
