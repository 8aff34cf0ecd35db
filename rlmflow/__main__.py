"""`python -m rlmflow` is the command `rlmflow`."""

from rlmflow.cli import main

main()
