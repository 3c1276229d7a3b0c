"""Fixtures for the networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.parity import Parity


@pytest.fixture(scope="session")
def static_models(parity: Parity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with light.pdmodel, light.pdiparams (HRNet18s) and a propagation folder, as EISeg has them."""
    from tool.conversion.static_export import export_click, export_propagation

    folder = tmp_path_factory.mktemp("models")
    export_click("hrnet18s", parity.state("ritm_hrnet18s_ocr48"), folder / "light")
    export_propagation(
        parity.state("mivos_propagation"), parity.state("mivos_fusion"), folder / "propagation"
    )
    return folder


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where prepared models are kept, so that the tests prepare each only once."""
    return tmp_path_factory.mktemp("cache") / "framewise" / "models"


@pytest.fixture(scope="module")
def click_network(static_models: Path, model_cache: Path) -> Any:
    """HRNet18s in float32, prepared and loaded as the product does it."""
    from app.models.formats.static_model import click_files
    from app.models.preparing.prepare import prepare_model
    from app.models.runtime.device_selection import select_device

    parts = {"click": click_files(static_models / "light.pdiparams")}
    return prepare_model(parts, select_device("cpu:fp32"), model_cache).load()["click"]


@pytest.fixture(scope="module")
def propagation_parts(static_models: Path, model_cache: Path) -> Any:
    """The four propagation networks in float32, prepared and loaded as the product does it.

    For each module: they keep 2 GB for each size of frames that they have met.
    """
    from app.models.formats.static_model import propagation_files
    from app.models.preparing.prepare import prepare_model
    from app.models.runtime.device_selection import select_device

    parts = propagation_files(static_models / "propagation")
    return prepare_model(parts, select_device("cpu:fp32"), model_cache).load()
