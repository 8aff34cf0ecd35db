"""What models replied, on disk, by what decided it: nothing is asked that was answered before.

`docs/journal.md` documents the file.
"""
