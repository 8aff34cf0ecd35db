"""What a block left in `answer`."""

from __future__ import annotations

from typing import Any

from msgspec import Raw, Struct

from rlmflow.runtime.repl import wire
from rlmflow.runtime.repl.worker.items import sent_back

_HOW = 'set answer["content"] and answer["ready"]'


class Announcement(Struct):
    """`answer` as the host gets it: its content in bytes of `wire`, and what is wrong with it."""

    content: Raw
    ready: bool
    problem: str | None


class Answer:
    """Keeps `answer` a dict: what code puts in its place is told, and taken out again."""

    def __init__(self, namespace: dict[str, Any], most: int) -> None:
        self._namespace = namespace
        self._most = most
        self._dict: dict[Any, Any] = {"content": "", "ready": False}
        namespace["answer"] = self._dict

    def announced(self) -> Announcement:
        """What `answer` is now."""
        problem = self._put_back()
        content = self._dict.get("content", "")
        ready = self._dict.get("ready", False)
        if not isinstance(ready, bool):
            kind = type(ready).__name__
            problem = problem or f'answer["ready"] is a {kind}; it must be True or False'
        try:
            written = wire.to_bytes(content, sent_back)
        except Exception as error:
            # An object's own code may fail in any way when it is looked at.
            written, problem = wire.to_bytes(None), f'answer["content"] can\'t be used: {error}'
        if len(written) > self._most:
            problem = f'answer["content"] is too long: {len(written):,} bytes'
            written = wire.to_bytes(None)
        return Announcement(Raw(written), ready is True, problem)

    def _put_back(self) -> str | None:
        """Make `answer` a dict again; what had become of it."""
        found = self._namespace.get("answer")
        if type(found) is dict:
            self._dict = found
            return None
        self._namespace["answer"] = self._dict
        kind = f"replaced by a {type(found).__name__}" if found is not None else "taken away"
        return f"`answer` was {kind}, and has been put back; {_HOW}"
