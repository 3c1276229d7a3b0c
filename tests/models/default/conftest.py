"""Fixtures for the model that ships."""

from __future__ import annotations

import pytest

from app.models.default.engine import DefaultEngine


@pytest.fixture(scope="module")
def engine() -> DefaultEngine:
    return DefaultEngine(device="cpu", threads=2)
