"""Tools that sub-models may call: what they are, and the loop in which they are called."""
