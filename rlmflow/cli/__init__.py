"""The command line: thin edges around the rooms below."""

from rlmflow.cli._main import main

__all__ = ["main"]
