"""A program for the tests of a module, and a scan for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.headless import Annotator
from tests.helpers.scans import SCAN_SHAPE, voxels, write_series


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    folder = tmp_path / "series"
    write_series(folder, voxels(SCAN_SHAPE), PatientComments=str(tmp_path))
    return folder


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Annotator]:
    with Annotator(tmp_path_factory.mktemp("work"), device="cpu", engine="classic") as a:
        yield a


@pytest.fixture
def annotator(program: Annotator, scan: Path) -> Annotator:
    """The program that the tests share, with a scan of the test's own."""
    program.open(scan)
    return program
