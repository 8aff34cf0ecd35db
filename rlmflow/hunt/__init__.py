"""The hunt: readers that answer in a model's place, and inputs that a strategy may lose."""
