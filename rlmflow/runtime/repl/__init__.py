"""A Python that a root model drives: a process of its own, behind one channel."""
