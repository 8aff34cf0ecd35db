"""What ARCHITECTURE.md says of the code, held to."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from rlmflow.operators import all_operators

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "rlmflow"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "_share" not in path.parts)
OPERATOR_FILES = sorted((PACKAGE / "operators").glob("[!_]*.py"))
DOCUMENT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")

# Lowest first. A file imports from its own group and from those before it.
ROOMS: tuple[tuple[str, ...], ...] = (
    ("source", "share", "cache", "_lazy"),
    ("diagnostics",),
    ("libraries", "strategy_file"),
    ("syntax",),
    ("text",),
    ("types", "schema", "values", "functions", "expressions", "template"),
    ("operators",),
    ("graph",),
    ("analysis",),
    ("proof",),
    ("passes",),
    ("targets",),
    ("compiler",),
    ("compile_file",),
    ("readers",),
    ("models",),
    ("journal",),
    ("runtime",),
    ("hunt",),
    ("trials",),
    ("report",),
    ("api", "hand_over"),
    ("testing", "pytest_plugin"),
    ("bench",),
    ("cli",),
)
HEIGHT = {room: height for height, group in enumerate(ROOMS) for room in group}
# Where a module may be imported by its name at run time, and why.
IMPORTS_BY_NAME = {
    "rlmflow/_lazy.py": "heavy and optional packages",
    "rlmflow/operators/__init__.py": "finds the operators by scanning the folder",
    "rlmflow/cli/_lazy_group.py": "a command is imported when it is run",
    "rlmflow/runtime/repl/worker/blocks.py": "asyncio, for a block that awaits",
    "rlmflow/__init__.py": "`import rlmflow` costs nothing until something is used",
}
LONGEST = 400
HEAVY = ("litellm", "scipy", "sympy", "numpy", "pypdf", "huggingface_hub", "bm25s", "xllamacpp")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module imported anywhere, inside functions too, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield node.lineno, module
            if module == "rlmflow":
                yield from ((node.lineno, f"rlmflow.{alias.name}") for alias in node.names)


def wrong_way(path: Path) -> Iterator[str]:
    """Imports of a file that are relative, or of a room above its own."""
    room = room_of(path)
    for line, module in imported(tree_of(path)):
        other = module.split(".")[1] if module.startswith("rlmflow.") else room
        if module.startswith(".") or HEIGHT[other] > HEIGHT[room]:
            yield f"{name_of(path)}:{line}: {room} imports {module}"


def test_imports_go_one_way() -> None:
    inside = [path for path in FILES if room_of(path) not in ("__init__", "__main__")]
    assert {room_of(path) for path in inside} <= set(HEIGHT), "a room has no place in ROOMS"
    assert not [wrong for path in inside for wrong in wrong_way(path)]


def test_nothing_is_imported_inside_a_function() -> None:
    functions = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    found = [
        f"{name_of(path)}:{line}"
        for path in FILES
        for function in ast.walk(tree_of(path))
        if isinstance(function, functions)
        for line, _ in imported(function)
    ]
    assert not found


def test_modules_are_imported_by_name_in_few_places() -> None:
    names = {"import_module", "__import__", "importlib"}
    users = {
        name_of(path)
        for path in FILES
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Name) and node.id in names)
        or (isinstance(node, ast.Attribute) and node.attr in names)
    }
    assert users <= set(IMPORTS_BY_NAME)


def loaded_late(tree: ast.AST) -> Iterator[str]:
    """The packages that are asked of `_lazy.heavy`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("heavy"):
            yield from (a.value for a in node.args if isinstance(a, ast.Constant))


@pytest.mark.parametrize(
    ("package", "allowed"),
    [("lark", ("rlmflow/syntax/parse.py",)), ("networkx", ("rlmflow/graph/",))],
)
def test_a_library_stands_behind_one_door(package: str, allowed: tuple[str, ...]) -> None:
    importers = {
        name_of(path)
        for path in FILES
        for module in (*(name for _, name in imported(tree_of(path))), *loaded_late(tree_of(path)))
        if module.partition(".")[0] == package
    }
    assert importers
    assert all(name.startswith(allowed) for name in importers), importers


def named_constants(tree: ast.AST) -> Iterator[ast.Constant]:
    """Constants that decide something: compared, matched, or the keys of a table."""
    for node in ast.walk(tree):
        deciding: list[ast.expr | None] = []
        if isinstance(node, ast.Compare):
            deciding = [node.left, *node.comparators]
        elif isinstance(node, ast.Dict):
            deciding = list(node.keys)
        elif isinstance(node, ast.MatchValue):
            deciding = [node.value]
        for expression in deciding:
            if expression is not None:
                yield from (n for n in ast.walk(expression) if isinstance(n, ast.Constant))


def test_no_file_asks_which_operator_it_has() -> None:
    names = set(all_operators())
    found = [
        f"{name_of(path)}:{constant.lineno}: {constant.value}"
        for path in FILES
        for constant in named_constants(tree_of(path))
        if constant.value in names - ({path.stem.rstrip("_")} if path in OPERATOR_FILES else set())
    ]
    assert not found


@pytest.mark.parametrize("path", OPERATOR_FILES, ids=name_of)
def test_an_operator_file_declares_all_there_is_to_know(path: Path) -> None:
    module = f"rlmflow.operators.{path.stem}"
    (operator,) = [o for o in all_operators().values() if o.body.__module__ == module]
    assert operator.doc, "no documentation"
    assert operator.result_type.__module__ == module, "no result type"
    decorators = [
        decorator
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for decorator in node.decorator_list
    ]
    calls = [decorator for decorator in decorators if isinstance(decorator, ast.Call)]
    stated = any(keyword.arg == "facts" for call in calls for keyword in call.keywords)
    computed = any(isinstance(d, ast.Attribute) and d.attr == "facts" for d in decorators)
    assert stated or computed, "no facts"
    assert operator.ideal_reply or not operator.may_ask, "no ideal reply"
    assert operator.told, "no fragment: nothing tells a root model what it does"


def test_a_file_is_short_enough_to_read() -> None:
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert not {name: count for name, count in lines.items() if count > LONGEST}


COMPILE_OPENS_NOTHING = """
import sys
from rlmflow.compiler import compile_source
from rlmflow.source import Source
text = open(sys.argv[1], encoding="utf-8").read()
compile_source(Source("warm.rlm", text))
seen = []
watched = ("open", "os.listdir", "os.scandir", "socket.connect", "subprocess.Popen")
sys.addaudithook(lambda event, args: seen.append((event, args)) if event in watched else None)
compile_source(Source("again.rlm", text + "\\n# another text\\n"))
print(seen)
"""


def python(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints that runs `code` in this repository."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


MODULES_AFTER = """
import contextlib, io, json, sys
from rlmflow.cli import main
sys.argv = ["rlmflow", *json.loads(sys.argv[1])]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def modules_after(*arguments: str) -> set[str]:
    """The packages that a command leaves imported."""
    return set(json.loads(python(MODULES_AFTER, json.dumps(arguments))))


def test_help_imports_next_to_nothing() -> None:
    assert not modules_after("--help") & {*HEAVY, "lark", "networkx", "jinja2", "pydantic", "rich"}


@pytest.mark.parametrize("command", [("fmt", "--check"), ("check", "--static")], ids=" ".join)
def test_looking_at_a_strategy_imports_nothing_heavy(command: tuple[str, ...]) -> None:
    example = min((ROOT / "examples").glob("*.rlm"))
    left = modules_after(*command, str(example))
    assert "lark" in left
    assert not left & {*HEAVY, "aiohttp", "rich", "pydantic", "asyncio", "json5"}
    assert command[0] != "fmt" or "networkx" not in left


def test_what_asks_no_endpoint_imports_no_client(tmp_path: Path) -> None:
    strategy = tmp_path / "size.rlm"
    strategy.write_text("strategy size(docs: corpus) -> int {\n  answer len(docs)\n}\n")
    left = modules_after("show", str(strategy))
    assert "asyncio" in left, "its cost is estimated"
    assert not left & {*HEAVY, "aiohttp"}


def test_a_list_of_operators_needs_no_parser() -> None:
    assert not modules_after("list") & {*HEAVY, "lark", "networkx", "pydantic", "asyncio", "regex"}


UNWANTED = {
    "unfinished work": re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b"),
    "a place on one machine": re.compile(r"(?<![\w.~])/(?:home|root|work|Users|mnt)/\w"),
}
WRITTEN = ("*.py", "*.md", "*.rlm", "*.lark", "*.toml", "*.j2", "Makefile")


def test_the_tree_speaks_of_itself_alone() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", *WRITTEN, ".ci"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    found = [
        f"{name}: {why}: {match.group()}"
        for name in tracked
        if (ROOT / name).is_file() and name != "tests/test_architecture.py"
        for why, pattern in UNWANTED.items()
        if (match := pattern.search((ROOT / name).read_text("utf-8")))
    ]
    assert not found


def test_compile_opens_nothing() -> None:
    example = min((ROOT / "examples").glob("*.rlm"))
    assert python(COMPILE_OPENS_NOTHING, str(example)).strip() == "[]"


def test_every_invariant_is_held_by_a_test() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    invariants = re.findall(r"^Invariant: .*?(?=^\s*$|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert len(invariants) >= 8
    for invariant in invariants:
        names = re.findall(r"`(test_\w+)`", invariant)
        assert names, f"no test is named: {invariant}"
        assert all(f"def {name}(" in tests for name in names), f"no such test: {invariant}"


def test_the_rooms_stand_in_the_document_in_their_order() -> None:
    rows = [line for line in DOCUMENT.splitlines() if line.startswith("| `")]
    named = [re.findall(r"`([\w/.]+)`", row.split("|")[1]) for row in rows]
    rooms = [tuple(n.strip("/").removesuffix(".py") for n in names) for names in named]
    present = [tuple(r for r in group if _exists(r)) for group in ROOMS]
    assert [set(group) for group in rooms] == [set(group) for group in present if group]
    assert len(DOCUMENT.splitlines()) < 225


def _exists(room: str) -> bool:
    return (PACKAGE / f"{room}.py").exists() or (PACKAGE / room / "__init__.py").exists()
