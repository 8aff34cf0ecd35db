"""The tasks by name; a file of this folder brings its own as `TASKS`."""

from __future__ import annotations

from collections.abc import Mapping

from rlmflow.bench.task import Task
from rlmflow.bench.tasks import aggregate, code, dialogue, math, needle, pairs, research, verbatim

_FILES = (aggregate, pairs, needle, verbatim, dialogue, code, math, research)


def all_tasks() -> Mapping[str, Task]:
    """Every task, in the order in which they are listed."""
    every: tuple[Task, ...] = tuple(task for file in _FILES for task in file.TASKS)
    return {task.name: task for task in every}
