# mypy: allow-subclassing-any
"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.helpers.parity import Parity

# How long an example takes says more about the machine than about the program.
settings.register_profile("framewise", deadline=None)
settings.load_profile("framewise")


class Scheduling(LoadFileScheduling):
    """A module's tests run in one process, and those of all networks: each process would export and prepare its own."""

    def _split_scope(self, nodeid: str) -> str:
        module = super()._split_scope(nodeid)
        return "tests/models" if module.startswith("tests/models/") else module


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Divide the tests among processes, where that is asked for by module."""
    return Scheduling(config, log) if config.option.dist == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep of what a test logged only what can be sent between the processes that run tests: no lone surrogates."""
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode()) for title, text in report.sections
    ]
    return report


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


@pytest.fixture(scope="session")
def parity(shared_parity: Path) -> Parity:
    """The reference numbers; tests that need them skip where they are absent."""
    return Parity.load(shared_parity)
