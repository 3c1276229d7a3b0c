"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the program.
settings.register_profile("framewise", deadline=None)
settings.load_profile("framewise")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a test by what can be sent between the processes that run tests; lone surrogates cannot."""
    return None if not isinstance(val, str) or val.isprintable() else ascii(val)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real videos and scans; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("FRAMEWISE_DATA", Path(__file__).parents[1] / "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set FRAMEWISE_DATA")
    return folder


@pytest.fixture(scope="session")
def shared_parity(shared_data: Path) -> Path:
    """The folder with reference numbers of the original networks."""
    folder = shared_data.parent / "parity"
    if not folder.is_dir():
        pytest.skip(f"no parity fixtures at {folder}")
    return folder
