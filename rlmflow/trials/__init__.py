"""A strategy file's own tests: their inputs and replies, how they run, what they found."""
