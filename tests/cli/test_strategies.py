"""Commands that look at strategies without running them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COUNT = '''\
"""How often each line stands there."""

strategy tally(docs: corpus, least: int = 1) -> dict[text, int]
  ensures keeps(lines)
  within  10 calls, 2 minutes
{
  lines = records(docs, by: line)
  answer count(lines, by: item.text)
}
'''
MISTAKE = COUNT.replace("count(lines", "count(line")
UNTIDY = COUNT.replace("  lines = ", "lines   =   ")

Command = Callable[..., Any]


@pytest.fixture
def tally(tmp_path: Path) -> Path:
    file = tmp_path / "tally.rlm"
    file.write_text(COUNT)
    return file


def test_check_of_a_sound_file(command: Command, tally: Path) -> None:
    assert command("check", "--static", tally) == (0, "1 file · 0 errors\n", "")
    hunted = command("check", tally)
    assert (hunted.code, hunted.err) == (0, "")
    assert re.fullmatch(r"1 file · 0 errors · \d+ inputs? tried\n", hunted.out)
    assert command("check", "--static", "-q", tally) == (0, "", "")


def test_check_shows_where_a_mistake_is(command: Command) -> None:
    Path("bad.rlm").write_text(MISTAKE)
    ran = command("check", "bad.rlm")
    assert (ran.code, ran.out) == (2, "")
    assert "error RF201 [unknown-name]" in ran.err
    assert "bad.rlm:8:16\n" in ran.err
    assert "hint: did you mean `lines`?\n" in ran.err
    assert ran.err.endswith("1 file · 1 error\n")


def test_check_goes_on_after_a_file_that_is_not_there(command: Command, tally: Path) -> None:
    ran = command("check", "--static", "taly.rlm", tally, "-")
    assert ran.code == 2
    assert "there is no strategy file taly.rlm\n  hint: did you mean `tally.rlm`?" in ran.err
    assert ran.err.endswith("3 files · 1 error\n")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("elephant.rlm", "`rlmflow list` shows what is there without one"),
        ("std/elephant", "`rlmflow show std` lists what it has"),
    ],
)
def test_where_no_name_is_near_one_is_told_where_to_look(
    command: Command, name: str, hint: str
) -> None:
    ran = command("check", "--static", name)
    assert ran.code == 2
    assert hint in ran.err


def test_check_as_json(command: Command) -> None:
    Path("bad.rlm").write_text(MISTAKE)
    ran = command("check", "--json", "bad.rlm")
    (finding,) = json.loads(ran.out)["diagnostics"]
    assert (ran.code, ran.err) == (2, "")
    assert (finding["code"], finding["file"]) == ("RF201", "bad.rlm")
    assert (finding["span"]["line"], finding["span"]["column"]) == (8, 16)


def test_check_as_json_of_a_sound_file(command: Command, tally: Path) -> None:
    ran = command("check", "--json", "--static", tally)
    assert (ran.code, json.loads(ran.out)) == (0, {"diagnostics": [], "hunted": []})


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("latin.rlm", "# caf\xe9".encode("latin-1"), "is not UTF-8 text (byte 6)"),
        ("dir.rlm", None, "there is no .rlm file in dir.rlm"),
    ],
)
def test_a_file_that_is_no_text(
    command: Command, name: str, content: bytes | None, said: str
) -> None:
    if content is None:
        Path(name).mkdir()
    else:
        Path(name).write_bytes(content)
    ran = command("check", name)
    assert ran.code == 2
    assert said in ran.err


def test_a_library_of_ones_own_is_found_beside_the_file(command: Command) -> None:
    Path("sub").mkdir()
    Path("sub/shared.rlm").write_text("type Line { text: text }\n")
    typed = COUNT[COUNT.index("strategy") :].replace("by: line)", "by: line) -> Line")
    Path("sub/main.rlm").write_text("use ./shared (Line)\n" + typed)
    assert command("check", "sub/main.rlm").code == 0
    Path("sub/main.rlm").write_text("use ./shard (Line)\n" + typed)
    ran = command("check", "sub/main.rlm")
    assert "error RF220 [import-not-found]" in ran.err
    assert "hint: did you mean `./shared`?" in ran.err


def test_fmt_in_place(command: Command) -> None:
    file = Path("untidy.rlm")
    file.write_text(UNTIDY)
    assert command("fmt", "--check", ".") == (1, "untidy.rlm\n", "1 file would change\n")
    assert file.read_text() == UNTIDY
    assert command("fmt", ".") == (0, "untidy.rlm\n", "")
    assert file.read_text() == COUNT
    assert command("fmt", "--check", ".") == (0, "", "")


def test_fmt_of_standard_input(command: Command) -> None:
    assert command("fmt", "-", stdin=UNTIDY) == (0, COUNT, "")


def test_fmt_leaves_a_broken_file_as_it_is_and_goes_on(command: Command) -> None:
    Path("a.rlm").write_text("strategy (")
    Path("b.rlm").write_text(UNTIDY)
    ran = command("fmt", "a.rlm", "b.rlm")
    assert (ran.code, ran.out) == (2, "b.rlm\n")
    assert "error RF10" in ran.err
    assert Path("a.rlm").read_text() == "strategy ("
    assert Path("b.rlm").read_text() == COUNT


def test_compile(command: Command, tally: Path) -> None:
    ran = command("compile", tally)
    assert ran.code == 0
    assert json.loads(ran.out)
    graph = command("compile", tally, "--target", "graph")
    assert graph.out.startswith("strategy tally(")
    assert command("compile", tally, "--target", "graph", "-o", "out.txt") == (0, "", "")
    assert Path("out.txt").read_text() == graph.out


def test_compile_to_a_prompt(command: Command, tally: Path) -> None:
    ran = command("compile", tally, "--target", "prompt")
    assert ran.code == 0
    assert ran.out.startswith("# Role\n")
    assert re.fullmatch(r"prompt: [\d,]+ tokens \(o200k_base\)\n", ran.err)
    assert "\n<env_tips>\n" in command("compile", tally, "--target", "prompt", "--tips-tag").out
    bare = command("compile", tally, "--target", "prompt", "--no-hints").out
    assert "# Hints" in ran.out
    assert "# Hints" not in bare
    program = command("compile", tally, "--target", "program")
    assert program.err == ""
    assert program.out.endswith('answer["ready"] = True\n')


@pytest.mark.parametrize("folder", ["there", "new/inside/"])
def test_compile_into_a_folder_writes_all_targets(
    folder: str, command: Command, tally: Path
) -> None:
    Path("there").mkdir()
    ran = command("compile", tally, "--target", "program", "-o", folder)
    assert (ran.code, ran.out) == (0, "")
    written = {file.name: file.read_text() for file in Path(folder).iterdir()}
    assert set(written) == {"plan.json", "graph.txt", "prompt.md", "hints.md", "program.py"}
    for name, target in (("prompt.md", "prompt"), ("program.py", "program"), ("plan.json", "plan")):
        assert written[name] == command("compile", tally, "--target", target).out
    assert written["hints.md"] in written["prompt.md"]


def test_compile_where_nothing_can_be_written(command: Command, tally: Path) -> None:
    Path("file").write_text("")
    for place in ("file/", "no/such/folder.txt"):
        ran = command("compile", tally, "-o", place)
        assert (ran.code, ran.out) == (2, "")
        assert "can't be written" in ran.err
    assert not Path("no").exists()


@pytest.mark.parametrize("text", ["", "type Line { text: text }\n"])
def test_a_file_without_a_strategy_can_be_checked_and_not_run(text: str, command: Command) -> None:
    Path("types.rlm").write_text(text)
    Path("in.txt").write_text("a")
    assert command("check", "--static", "types.rlm").code == 0
    for arguments in (("compile", "types.rlm"), ("run", "types.rlm", "in.txt")):
        ran = command(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "there is no strategy in types.rlm" in ran.err


def test_compile_of_a_mistake(command: Command) -> None:
    Path("bad.rlm").write_text(MISTAKE)
    ran = command("compile", "bad.rlm", "-o", "out.json")
    assert (ran.code, ran.out) == (2, "")
    assert "RF201" in ran.err
    assert not Path("out.json").exists()


def test_show_a_file(command: Command, tally: Path) -> None:
    assert command("show", tally) == (
        0,
        "strategy tally(docs: corpus, least: int = 1) -> dict[text, int]\n"
        "  ensures keeps(lines)\n"
        "  within 10 calls, 2 minutes\n"
        "\n"
        "How often each line stands there.\n"
        "\n"
        "Facts\n"
        "  proved for every input: keeps(lines)\n"
        "  no step of its own asks a model\n"
        "\n"
        "Cost\n"
        "  no step asks a model, so nothing is paid for\n"
        f"  rlmflow plan {tally} INPUT says it of your input\n"
        "\n"
        "Example\n"
        f"  rlmflow run {tally} INPUT\n",
        "",
    )


def test_show_an_operator(command: Command) -> None:
    ran = command("show", "chunk")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("chunk(docs, size:, ")


def test_show_what_is_not_there(command: Command) -> None:
    ran = command("show", "chunck")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: there is no operator, strategy, library or file `chunck`\n"
        "  hint: did you mean `chunk`?\n"
    )


def test_list(command: Command) -> None:
    ran = command("list")
    assert (ran.code, ran.err) == (0, "")
    assert "\n  chunk " in ran.out
    assert "\n  std/needle " in ran.out
    assert all(len(line) < 100 for line in ran.out.partition("Strategies")[0].splitlines())


@pytest.mark.parametrize("code", ["RF310", "rf310", "margin-exceeds-size"])
def test_explain(command: Command, code: str) -> None:
    ran = command("explain", code)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("# RF310 margin-exceeds-size\n")


def test_explain_lists_all(command: Command) -> None:
    assert "\nRF310 margin-exceeds-size\n" in command("explain").out


def test_explain_what_is_not_there(command: Command) -> None:
    ran = command("explain", "RF31O")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no code `RF31O`\n  hint: did you mean `RF310`?" in ran.err
