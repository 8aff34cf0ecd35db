"""Blocks of code in a real worker: state, what is echoed, errors, output."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from repl.repl_host import ScriptedHost, blocks, outputs, running

from rlmflow.runtime.repl.block import Announced, Block, ReplLimits


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[[str], Block]]:
    with running() as run:
        yield run


def test_state_is_kept_and_the_last_expression_is_shown() -> None:
    first, second, third = blocks("x = context.split()\nprint(len(x))", "x[0]", "x.append(0)")
    assert (first.status, first.output, first.requests) == ("ok", "3\n", 0)
    assert second.output == "'one'\n"
    assert third.output == ""


def test_a_call_is_answered_by_the_host() -> None:
    host = ScriptedHost()
    (block,) = blocks("answer['content'] = llm_query('hello')\nanswer['ready'] = True", host=host)
    assert block.answer == Announced("re: hello", True, None)
    assert block.requests == 1
    assert host.prompts == ["hello"]


def test_state_survives_an_exception() -> None:
    first, second = blocks("x = 1\n1 / 0\nx = 2", "x")
    assert first.status == "error"
    assert second.output == "1\n"


def test_a_traceback_shows_the_frames_of_blocks_alone() -> None:
    define, fail = outputs(
        "import json\ndef load(text):\n    return json.loads(text)",
        "try:\n    load('{')\nexcept ValueError as error:\n    raise KeyError('no') from error",
    )
    assert define == ""
    assert [line.strip() for line in fail.splitlines() if line.strip(" ^~")] == [
        "Traceback (most recent call last):",
        'File "<block 2>", line 2, in <module>',
        "load('{')",
        'File "<block 1>", line 3, in load',
        "return json.loads(text)",
        "json.decoder.JSONDecodeError: "
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "The above exception was the direct cause of the following exception:",
        "Traceback (most recent call last):",
        'File "<block 2>", line 4, in <module>',
        "raise KeyError('no') from error",
        "KeyError: 'no'",
    ]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = (", "SyntaxError: '(' was never closed"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
        ("input()", "EOFError: EOF when reading a line"),
        ("class E(Exception):\n  def __str__(self): 1 / 0\nraise E", "<exception str() failed>"),
        ("class B:\n  def __repr__(self): 1 / 0\nB()", "ZeroDivisionError: division by zero"),
        ("x = 1\n\0", "null bytes"),
        ("print('\\ud800')\nraise ValueError('\\udfff')", "\\ud800\nTraceback"),
        ("'\ud800", "SyntaxError: unterminated string literal"),
    ],
)
def test_whatever_a_block_raises_is_told_and_the_repl_goes_on(
    run: Callable[[str], Block], code: str, told: str
) -> None:
    failed, after = run(code), run("'here'")
    assert failed.status == "error"
    assert told in failed.output
    assert len(failed.output) < 3000
    assert after.output == "'here'\n"


def test_a_block_may_await() -> None:
    nothing, threads, task, after = outputs(
        "import asyncio\nx = await asyncio.sleep(0, 'waited')",
        "await asyncio.gather(*[asyncio.to_thread(llm_query, name) for name in 'ab'])",
        "task = asyncio.create_task(asyncio.sleep(0, x))\nawait task",
        "async def later(): return 1 / 0\nawait later()",
    )
    assert (nothing, threads, task) == ("", "['re: a', 're: b']", "'waited'")
    assert after.endswith("ZeroDivisionError: division by zero")
    assert all("<block 4>" in line for line in after.splitlines() if "File" in line)


def test_stdout_and_stderr_stand_in_the_order_in_which_they_were_written() -> None:
    code = "import sys\nprint(1)\nprint(2, file=sys.stderr)\nprint(3)\nsys.stdout = None\n4"
    assert outputs(code, "print(5)") == ["1\n2\n3\n4", "5"]


def test_what_is_written_past_python_reaches_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    assert outputs("import os\nfor fd in (1, 2): os.write(fd, b'loud\\n')\nos.read(0, 9)") == [
        "b''"
    ]
    assert capfd.readouterr() == ("", "")


PEAK = "\nimport resource\npeak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10"


def test_output_without_end_is_kept_head_and_tail_in_little_memory() -> None:
    printing = "print('first')\nfor n in range(2_000): print('x' * 100_000)\nprint('last')"
    before, block, after = blocks(PEAK + "\npeak", printing, PEAK + "\npeak")
    assert block.output.startswith("first\nxxx")
    assert block.output.endswith("xxx\nlast\n")
    assert "characters are not shown ...]\n" in block.output
    assert len(block.output) <= 8192
    assert int(after.output) - int(before.output) < 20


def test_an_echo_is_cut_and_says_what_it_is_of() -> None:
    text, many, nested, deep = outputs(
        "'ab' * 10**7",
        "list(range(10**6))",
        "{'rows': [{'n': n} for n in range(10**5)]}",
        "x = []\nx.append(x)\nx",
        limits=ReplLimits(output=500),
    )
    assert text.startswith("'abab")
    assert text.endswith("abab'\n(a text of 20,000,000 characters)")
    assert many.startswith("[0, 1, 2,")
    assert many.endswith(" …\n(a list of 1,000,000 items)")
    assert nested.startswith("{'rows': [{'n': 0}, {'n': 1}")
    assert nested.endswith(" …\n(a dict of 1 items)")
    assert deep.count("[") > 3
    assert max(map(len, (text, many, nested, deep))) <= 500


def test_the_environment_is_not_that_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    code = "import os, sys, tempfile\nassert '/nowhere' not in sys.path\nsorted(os.environ)"
    (names,) = outputs(code)
    assert "SOME_API_KEY" not in names
    assert "PYTHONPATH" not in names
    inside = "open('note', 'w').close()\nos.getcwd() == tempfile.gettempdir(), os.listdir()"
    assert outputs(code, inside)[1] == "(True, ['note'])"


def test_the_package_itself_is_not_what_code_imports() -> None:
    (loaded,) = outputs(
        "import sys\n[n for n in ('numpy', 'asyncio', 'lark', 'pydantic') if n in sys.modules]"
    )
    assert loaded == "[]"


def test_several_documents_are_a_dict_and_names_are_bound() -> None:
    documents = [("a.txt", "ä𝄞\r\n\0"), ("b/c.txt", "")]
    context, names = outputs(
        "context", "question, labels", documents=documents, names={"question": "?", "labels": [1]}
    )
    assert context == r"{'a.txt': 'ä𝄞\r\n\x00', 'b/c.txt': ''}"
    assert names == "('?', [1])"
    assert outputs("context", documents=[]) == ["{}"]


def test_code_that_is_too_long_to_be_sent_is_told() -> None:
    long, after = blocks(f"x = '{'x' * 3000}'", "1", limits=ReplLimits(frame=2000))
    assert long.status == "error"
    assert "a message of 3," in long.output
    assert after.output == "1\n"


def test_a_dataclass_and_a_pickle_work_as_in_any_program() -> None:
    code = """
import pickle
from dataclasses import dataclass

@dataclass
class Found:
    name: str

pickle.loads(pickle.dumps(Found('x')))
"""
    assert outputs(code) == ["Found(name='x')"]
