"""What other languages have and this one writes otherwise."""

from __future__ import annotations

_NO_LOOP = "there is no loop: `map` works on every item, `refine` until all hold, `fold` in order"
_NO_BRANCH = "select items with `filter(x, where: …)`, or route with `match`"
FOREIGN_STATEMENTS = {
    "for": _NO_LOOP,
    "while": _NO_LOOP,
    "loop": _NO_LOOP,
    "foreach": _NO_LOOP,
    "if": _NO_BRANCH,
    "elif": _NO_BRANCH,
    "switch": 'write `match value { "a" => …, else => … }`',
    "return": "the result of a strategy is written `answer …`",
    "yield": "the result of a strategy is written `answer …`",
    "let": "a step is written `name = …`, with nothing before the name",
    "var": "a step is written `name = …`, with nothing before the name",
    "const": "a step is written `name = …`, with nothing before the name",
    "print": "a strategy prints nothing; its result is written `answer …`",
}
FOREIGN_ITEMS = {
    "def": "a function here is a `strategy name(docs: corpus) -> type { … }`",
    "function": "a function here is a `strategy name(docs: corpus) -> type { … }`",
    "fn": "a function here is a `strategy name(docs: corpus) -> type { … }`",
    "func": "a function here is a `strategy name(docs: corpus) -> type { … }`",
    "import": "another file is used as `use ./file` or `use library/file (name)`",
    "from": "another file is used as `use ./file` or `use library/file (name)`",
    "include": "another file is used as `use ./file` or `use library/file (name)`",
    "class": "a record is written `type Name { field: type }`",
    "struct": "a record is written `type Name { field: type }`",
    "record": "a record is written `type Name { field: type }`",
    "enum": 'an enum is written `type Name = "a" | "b"`',
}
