"""Shutting in the process that runs code which a model wrote."""
