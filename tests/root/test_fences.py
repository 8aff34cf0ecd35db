"""Which code of a reply runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlmflow.runtime.root.fences import TAGS, code_of


@pytest.mark.parametrize("tag", sorted(TAGS))
@pytest.mark.parametrize("fence", ["```", "~~~", "`````"])
def test_a_fence_of_any_common_tag_runs(tag, fence):
    reply = f"First a look.\n\n{fence}{tag}\nprint(1)\n{fence}\nThat was it."
    assert code_of(reply).blocks == ("print(1)\n",)


def test_several_blocks_come_in_order():
    reply = "```repl\na = 1\n```\nand\n~~~py\nb = 2\n~~~\n```Python\nc = 3\n```"
    assert code_of(reply).blocks == ("a = 1\n", "b = 2\n", "c = 3\n")


FENCED_IN_A_STRING = '''prompt = """
```json
{"who": "it's me"}
```
"""  # don't stop here
print(prompt)
'''


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_a_fence_in_a_string_does_not_cut_the_block(quotes):
    code = FENCED_IN_A_STRING.replace('"""', quotes)
    assert code_of(f"```repl\n{code}```\nDone.").blocks == (code,)


def test_a_longer_fence_holds_a_shorter_one():
    code = "# see\n```\nx = 1\n```\n"
    assert code_of(f"````python\n{code}````").blocks == (code,)


def test_a_string_that_never_ends_does_not_swallow_the_fence():
    assert code_of('```repl\nx = """never\n```\nAnd so on.').blocks == ('x = """never\n',)


@pytest.mark.parametrize("end", ["", "\n", "```", "\n  "])
def test_a_fence_that_is_not_closed_runs_and_is_told(end):
    found = code_of(f"```repl\nprint(1){end}")
    assert [block.strip() for block in found.blocks] == ["print(1)"]
    assert found.unclosed


def test_a_fence_that_opens_another_block_ends_the_one_before():
    assert code_of("```python\na = 1\n```python\nb = 2\n```").blocks == ("a = 1\n", "b = 2\n")


def test_an_indented_block_is_dedented():
    reply = "1. Look:\n   ```repl\n   if x:\n       print(x)\n   ```"
    assert code_of(reply).blocks == ("if x:\n    print(x)\n",)


def test_what_is_no_code_does_not_run():
    found = code_of('```json\n{"a": 1}\n```\n```bash\nls\n```\nand `print(1)` inline')
    assert found.blocks == ()
    assert found.unknown == ("json", "bash")


def test_made_up_output_is_noticed_and_not_run():
    found = code_of("```repl\nprint(1)\n```\n```output\n1\n```")
    assert found.blocks == ("print(1)\n",)
    assert found.made_up
    assert not found.unknown


def test_code_that_was_only_thought_of_does_not_run():
    reply = "<think>\n```repl\nbad()\n```\n</think>\n```repl\ngood()\n```"
    assert code_of(reply).blocks == ("good()\n",)


@pytest.mark.parametrize("reply", ["", "No code.", "```repl\n```", "``` ```", "```repl\n  \n```"])
def test_a_reply_without_code_has_no_blocks(reply):
    assert code_of(reply).blocks == ()


@given(st.text(alphabet="`~\"'\\#\n abcrepl=", max_size=200))
def test_any_text_is_read(reply):
    found = code_of(reply)
    assert all(block.strip() for block in found.blocks)


LINES = st.sampled_from(["x = 1", "# it's", 's = "`"', "t = '''", "'''", '"""', "```", "~~~~", ""])


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_code_that_is_in_a_string_comes_out_whole(inner):
    code = f"text = r'''{inner.replace(chr(39) * 3, '')}'''\n"
    assert code_of(f"Now:\n\n```repl\n{code}```\n").blocks == (code,)
