"""Tasks with exact answers, readers that are modelled, and what compares strategies on them."""
