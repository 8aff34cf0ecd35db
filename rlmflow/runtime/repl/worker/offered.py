"""What code in the REPL has beside Python and its input: models, child roots and steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from rlmflow.runtime.repl.worker.items import Failed, Items

_CONTEXTS = (str, list, tuple, dict, Items)


class Ask(Protocol):
    """Asks the host by name, and gives what it answers."""

    def __call__(self, name: str, /, *arguments: object, **keywords: object) -> Any: ...


def offered(ask: Ask, step_names: Sequence[str]) -> dict[str, object]:
    """The names and what they stand for, bound to a host."""

    def llm_query(prompt: str, *, items: Iterable[object] | None = None) -> Any:
        """The reply of a model to a prompt. With `items`: one call about all of them."""
        _text(prompt, "the prompt of llm_query")
        return ask("llm_query", prompt, **_items(items))

    def llm_batch(prompts: Any, *, items: Iterable[object] | None = None) -> Any:
        """The replies to many prompts, in order; a failed one is falsy.

        With `items`: the first argument is an instruction, and each item gets one call.
        """
        if items is None:
            return ask("llm_batch", _prompts(prompts))
        return ask("llm_batch", _text(prompts, "the instruction of llm_batch"), **_items(items))

    def rlm_query(task: str, context: Any) -> Any:
        """The answer of a child root, with a REPL of its own, to a task over a context."""
        return ask("rlm_query", *_task((task, context), "rlm_query"))

    def rlm_batch(tasks: Iterable[Any]) -> Any:
        """The answers of many child roots, in order. Each task is (task, context)."""
        pairs = [_task(one, f"task {n} of rlm_batch") for n, one in enumerate(_many(tasks), 1)]
        return ask("rlm_batch", pairs)

    functions = (llm_query, llm_batch, rlm_query, rlm_batch)
    named: dict[str, object] = {f.__name__: f for f in functions}
    return named | {"steps": Steps(ask, step_names), "Failed": Failed}


class Steps:
    """The steps of the strategy: `steps.NAME()` runs one in the host, and gives its value."""

    def __init__(self, ask: Ask, names: Sequence[str]) -> None:
        self._names = [*names, *(() if "answer" in names else ("answer",))]
        vars(self).update({name: Step(ask, name) for name in self._names})

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no step is called {name!r}; the steps are {', '.join(self._names)}")

    def __repr__(self) -> str:
        return f"<steps: {', '.join(self._names)}>"


class Step:
    """One step. After a run, `.dropped` and its like give what the step left aside."""

    def __init__(self, ask: Ask, name: str) -> None:
        self._ask = ask
        self._name = name

    def __call__(self, items: Iterable[object] | None = None) -> Any:
        if items is None:
            return self._ask("step", self._name)
        return self._ask("step", self._name, _items(items)["items"])

    def __getattr__(self, complement: str) -> Any:
        if complement.startswith("_"):
            raise AttributeError(complement)
        return self._ask("step", self._name, complement=complement)

    def __repr__(self) -> str:
        return f"<step {self._name}: call it to run it>"


def _text(value: object, what: str) -> object:
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {_kind(value)}")
    return value


def _prompts(prompts: object) -> list[object]:
    return [_prompt(prompt, n) for n, prompt in enumerate(_many(prompts), 1)]


def _prompt(prompt: object, number: int) -> object:
    if isinstance(prompt, Mapping):
        if set(prompt) != {"prompt"}:
            keys = ", ".join(map(repr, prompt))
            raise TypeError(f'prompt {number} of llm_batch must be {{"prompt": …}}; it has {keys}')
        prompt = prompt["prompt"]
    return _text(prompt, f"prompt {number} of llm_batch")


def _items(items: Iterable[object] | None) -> dict[str, object]:
    if items is None:
        return {}
    return {"items": items if isinstance(items, Items) else _many(items, "items")}


def _many(values: object, what: str = "the first argument") -> list[object]:
    if isinstance(values, str | bytes | Mapping | Failed) or not isinstance(values, Iterable):
        raise TypeError(f"{what} must be a list, not {_kind(values)}")
    return list(values)


def _task(task: object, what: str) -> list[object]:
    if isinstance(task, Mapping) and set(task) == {"task", "context"}:
        task = (task["task"], task["context"])
    if not isinstance(task, tuple | list) or len(task) != 2:
        raise TypeError(f"{what} must be (task, context), not {_kind(task)}")
    if not isinstance(task[1], _CONTEXTS) or isinstance(task[1], Failed):
        raise TypeError(f"the context of {what} must be text, a list or a dict")
    return [_text(task[0], f"the task of {what}"), task[1]]


def _kind(value: object) -> str:
    name = type(value).__name__
    if isinstance(value, Failed):
        return f"a failed item ({value.reason})"
    return "None" if value is None else f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"
