"""Escapes from the REPL, each really tried: in every kind of isolation none gets out.

Without isolation they do: so it is isolation that holds them, and no mistake in them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from repl import escapes_files, escapes_kernel, escapes_network, escapes_processes
from repl.escaping import ESCAPES, PRELUDE, Escape
from repl.kinds_here import KINDS, isolation
from repl.repl_host import running
from repl.surroundings import Surroundings, surroundings

from rlmflow.runtime.repl.block import Block

assert all((escapes_files, escapes_kernel, escapes_network, escapes_processes))
RunBlock = Callable[[str], Block]
NAMED = pytest.mark.parametrize("escape", ESCAPES, ids=lambda e: e.name)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    with surroundings(tmp_path_factory.mktemp("host").resolve()) as found:
        yield found


@pytest.fixture(scope="module", params=KINDS)
def inside(request: pytest.FixtureRequest, there: Surroundings) -> Iterator[RunBlock]:
    with running(isolation=isolation(request.param)) as run:
        assert run(PRELUDE).status == "ok"
        yield run


@pytest.fixture(scope="module")
def outside(there: Surroundings) -> Iterator[RunBlock]:
    with running() as run:
        assert run(PRELUDE).status == "ok"
        yield run


def got_out(escape: Escape, said: str, before: object, there: Surroundings) -> bool:
    reached = escape.reaching and said.startswith("GOT")
    return reached or there.secret in said or there.state() != before


@NAMED
def test_an_escape_is_contained(escape: Escape, inside: RunBlock, there: Surroundings) -> None:
    before = there.state()
    said = inside(escape.block(there.facts())).output
    assert not got_out(escape, said, before, there), said
    assert escape.refused(said), said
    # A worker that had to be started again would say so first.
    assert inside("40 + 2").output == "42\n"


@NAMED
def test_the_same_gets_out_without_isolation(
    escape: Escape, outside: RunBlock, there: Surroundings
) -> None:
    if escape.alone:
        pytest.skip(f"not tried without isolation: {escape.alone}")
    before = there.state()
    said = outside(escape.block(there.facts())).output
    try:
        if escape.refused(said):
            pytest.skip(f"this machine itself refuses it: {said.strip()}")
        for _ in range(500):
            if got_out(escape, said, before, there):
                return
            time.sleep(0.01)
        pytest.fail(f"nothing came of it: {said}")
    finally:
        if there.state() != before:
            there.mend()


def test_there_are_many_escapes_and_each_is_one() -> None:
    assert len(ESCAPES) >= 80
    assert len({escape.name for escape in ESCAPES}) == len(ESCAPES)
