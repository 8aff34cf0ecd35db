"""Fixtures that every room may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from server.model_server import ModelServer, serving

# A slow machine is not a failing test.
settings.register_profile("rlmflow", deadline=None)
settings.load_profile("rlmflow")

# Strategies that tests are about are not collected for tests of their own.
collect_ignore_glob = ["*.rlm", "*.rlm.yaml"]


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A model server on loopback that misbehaves on request; see `server/model_server.py`."""
    with serving() as server:
        yield server
