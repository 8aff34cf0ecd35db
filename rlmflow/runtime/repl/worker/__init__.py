"""The worker: the process in which a root model's code runs. Started by `boot.py`."""
