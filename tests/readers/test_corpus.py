"""From files, folders, patterns and standard input to documents, and what is not read."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from rlmflow.diagnostics.model import StrategyError
from rlmflow.readers import read_corpus

Tree = Callable[..., None]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Write files under a new working directory: their own names, unless text is given."""
    monkeypatch.chdir(tmp_path)

    def write(*names: str, **texts: str) -> None:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts.get("text", name), "utf-8", newline="")

    return write


def names(*given: str | Path) -> list[str]:
    return [document.name for document in read_corpus(given).documents]


def reasons(*given: str) -> dict[str, str]:
    return {one.name: one.reason for one in read_corpus(given).unread}


def refusal(*given: str) -> StrategyError:
    with pytest.raises(StrategyError) as refused:
        read_corpus(given)
    return refused.value


def test_a_folder_is_read_in_the_order_of_its_paths(tree: Tree) -> None:
    tree("docs/b.md", "docs/a/z.py", "docs/a.csv", "docs/a/sub/x.jsonl", "docs/B.txt", "other.txt")
    expected = ["docs/B.txt", "docs/a/sub/x.jsonl", "docs/a/z.py", "docs/a.csv", "docs/b.md"]
    assert names("docs") == expected
    assert names("docs/") == names("./docs") == names(Path("docs")) == expected
    assert [document.text for document in read_corpus(["docs"]).documents] == expected


def test_names_are_as_given(tree: Tree, tmp_path: Path) -> None:
    tree("docs/a.txt")
    absolute = (tmp_path / "docs").as_posix()
    assert names(absolute) == [f"{absolute}/a.txt"]
    os.chdir("docs")
    assert names(".") == ["a.txt"]
    assert names("../docs") == ["../docs/a.txt"]


def test_what_is_named_twice_is_read_once_in_the_order_given(tree: Tree) -> None:
    tree("docs/a.txt", "docs/b.txt", "docs/c.txt")
    assert names("docs/b.txt", "docs", "docs/*.txt") == ["docs/b.txt", "docs/a.txt", "docs/c.txt"]


def test_line_ends_and_marks_are_kept(tree: Tree, tmp_path: Path) -> None:
    tree()
    data = "\ufeffone\r\ntwo\rthree\n".encode("utf-16-be")
    (tmp_path / "a.txt").write_bytes(data)
    (document,) = read_corpus(["a.txt"]).documents
    assert document.text == "one\r\ntwo\rthree\n"
    assert document.encoding is not None
    assert document.text.encode(document.encoding) == data


def test_an_empty_file_is_a_document(tree: Tree) -> None:
    tree("docs/a.txt")
    tree("docs/empty.txt", text="")
    assert names("docs") == ["docs/a.txt", "docs/empty.txt"]


def test_hidden_files_are_read_only_by_name(tree: Tree) -> None:
    tree("docs/a.txt", "docs/.hidden", "docs/.git/config", "docs/.rlmflow/x.txt", "docs/.d/x.txt")
    assert names("docs") == names("docs/**") == ["docs/a.txt"]
    assert names("docs/.hidden", "docs/.d") == ["docs/.hidden", "docs/.d/x.txt"]


def test_gitignore_of_a_folder_and_deeper(tree: Tree) -> None:
    tree("p/a.txt", "p/a.log", "p/keep.log", "p/build/x.txt", "p/sub/build/x.txt", "p/sub/b.log")
    tree("p/sub/c.txt", "p/sub/only.txt", "p/sub/deep/only.txt")
    tree("p/.gitignore", text="*.log\n!keep.log\n/build/\n# note\n")
    tree("p/sub/.gitignore", text="!b.log\n/only.txt\n")
    assert names("p") == [
        "p/a.txt",
        "p/keep.log",
        "p/sub/b.log",
        "p/sub/build/x.txt",
        "p/sub/c.txt",
        "p/sub/deep/only.txt",
    ]
    assert names("p/*.log") == ["p/keep.log"]
    assert names("p/a.log") == ["p/a.log"]


def test_gitignore_of_the_folders_above_holds_up_to_the_root_of_the_repository(tree: Tree) -> None:
    tree("top/repo/docs/a.txt", "top/repo/docs/a.tmp", "top/repo/docs/b.out", "top/repo/.git/HEAD")
    tree("top/.gitignore", text="*.txt\n")
    tree("top/repo/.gitignore", text="*.tmp\n")
    assert names("top/repo/docs") == ["top/repo/docs/a.txt", "top/repo/docs/b.out"]


def test_a_folder_that_is_ignored_is_read_when_it_is_named(tree: Tree) -> None:
    tree("repo/build/a.txt", "repo/build/b.tmp", "repo/.git/HEAD")
    tree("repo/.gitignore", text="build/\n")
    assert names("repo/build") == ["repo/build/a.txt", "repo/build/b.tmp"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("d/*.md", ["d/a.md"]),
        ("d/**/*.md", ["d/a.md", "d/x/b.md", "d/x/y/c.md"]),
        ("d/**", ["d/a.md", "d/a.txt", "d/x/b.md", "d/x/y/c.md"]),
        ("d/*", ["d/a.md", "d/a.txt", "d/x/b.md", "d/x/y/c.md"]),
        ("d/?/b.md", ["d/x/b.md"]),
        ("d/[a-w].*", ["d/a.md", "d/a.txt"]),
        ("*/x", ["d/x/b.md", "d/x/y/c.md"]),
        ("**/y/*", ["d/x/y/c.md"]),
        ("d/[!a].md", []),
        ("no/*.md", []),
    ],
)
def test_patterns(tree: Tree, pattern: str, expected: list[str]) -> None:
    tree("d/a.md", "d/a.txt", "d/x/b.md", "d/x/y/c.md")
    if expected:
        assert names(pattern) == expected
    else:
        (found,) = refusal(pattern).diagnostics
        assert (found.code, found.message) == ("RF601", f"no file matches `{pattern}`")


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tree: Tree) -> None:
    tree("a[1].txt", "a1.txt")
    assert names("a[1].txt") == ["a[1].txt"]


def test_standard_input_is_a_document() -> None:
    (document,) = read_corpus(["-"], BytesIO("héllo\r\n".encode())).documents
    assert (document.name, document.text) == ("<stdin>", "héllo\r\n")


def test_every_name_that_is_missing_is_reported_with_the_nearest(tree: Tree) -> None:
    tree("notes/march.txt")
    error = refusal("nots/march.txt", "notes/mach.txt", "qqq", "notes")
    assert [(d.code, d.message, d.hint) for d in error.diagnostics] == [
        (
            "RF601",
            "there is no file or folder `nots/march.txt`",
            "did you mean `notes/march.txt`?",
        ),
        (
            "RF601",
            "there is no file or folder `notes/mach.txt`",
            "did you mean `notes/march.txt`?",
        ),
        ("RF601", "there is no file or folder `qqq`", "`.` has notes"),
    ]


def test_input_without_any_text_is_refused(tree: Tree, tmp_path: Path) -> None:
    tree("blank/a.txt", text="")
    (tmp_path / "empty").mkdir()
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for given, message in {
        "empty": "there is no text in `empty`",
        "blank": "there is no text in `blank`",
        "image.png": "there is no text in `image.png`: image.png: it is a PNG image, not text",
    }.items():
        (found,) = refusal(given).diagnostics
        assert (found.code, found.message) == ("RF602", message)


def test_what_can_not_be_read_is_listed(tree: Tree, tmp_path: Path) -> None:
    tree("d/a.txt", "d/x/b.txt")
    d = tmp_path / "d"
    (d / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (d / "loop").symlink_to(d)
    (d / "nothing").symlink_to("nowhere")
    (d / "self").symlink_to("self")
    os.mkfifo(d / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(d)
        listener.bind("socket")
        os.chdir("..")
    assert names("d") == ["d/a.txt", "d/x/b.txt"]
    found = reasons("d")
    assert found.pop("d/self")
    assert found == {
        "d/image.png": "it is a PNG image, not text",
        "d/loop": "it is a link to a folder that it is in",
        "d/nothing": "it is a link to nothing",
        "d/pipe": "it is a pipe, a socket or a device, which is never opened",
        "d/socket": "it is a pipe, a socket or a device, which is never opened",
    }


def test_links_are_followed_and_what_they_lead_to_is_read_once(tree: Tree, tmp_path: Path) -> None:
    tree("real/a.txt", "docs/b.txt")
    (tmp_path / "docs/link").symlink_to(tmp_path / "real")
    (tmp_path / "docs/same.txt").symlink_to("b.txt")
    assert names("docs", "real") == ["docs/b.txt", "docs/link/a.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_denied_is_listed(tree: Tree, tmp_path: Path) -> None:
    tree("d/a.txt", "d/b.txt", "d/locked/c.txt")
    (tmp_path / "d/b.txt").chmod(0)
    (tmp_path / "d/locked").chmod(0)
    try:
        assert reasons("d") == {"d/b.txt": "permission denied", "d/locked": "permission denied"}
    finally:
        (tmp_path / "d/locked").chmod(0o700)


def test_ten_thousand_files(tree: Tree, tmp_path: Path) -> None:
    tree()
    for folder in range(100):
        path = tmp_path / f"many/{folder:02}"
        path.mkdir(parents=True)
        for number in range(100):
            (path / f"{number:02}.txt").write_text(f"{folder} {number}")
    documents = read_corpus(["many"]).documents
    assert [d.name for d in documents] == [
        f"many/{folder:02}/{number:02}.txt" for folder in range(100) for number in range(100)
    ]
    assert documents[4242].text == "42 42"


def test_one_line_of_ten_megabytes(tree: Tree, tmp_path: Path) -> None:
    tree()
    (tmp_path / "line.txt").write_bytes(b"word " * 2_000_000)
    (document,) = read_corpus(["line.txt"]).documents
    assert len(document.text) == 10_000_000
