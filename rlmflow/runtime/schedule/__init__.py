"""When a call may start: places, providers that ask for less, rates, and who goes first."""
