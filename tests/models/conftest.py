"""Fixtures for the networks: reference numbers, and weights that both sides make from names."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest


@dataclass(frozen=True)
class Parity:
    """The reference numbers. weights: the module that makes a tensor from its name and shape."""

    folder: Path
    weights: ModuleType

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        with np.load(self.folder / f"{name}.npz") as file:
            return dict(file)

    def manifest(self, name: str) -> dict[str, Any]:
        result: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        return result

    def state(self, name: str) -> dict[str, np.ndarray]:
        """Every parameter of a network under its name in the public checkpoints."""
        entries = self.manifest(name)["state"]
        return {entry["name"]: self.weights.tensor(entry["name"], entry["shape"]) for entry in entries}

    def fill(self, network: Any) -> Any:
        """Give every parameter the value that its name stands for, and switch to inference."""
        state = network.state_dict()
        network.set_state_dict({name: self.weights.tensor(name, v.shape) for name, v in state.items()})
        network.eval()
        return network


@pytest.fixture(scope="session")
def parity(shared_parity: Path) -> Parity:
    """The reference numbers; tests that need them skip where they are absent."""
    spec = importlib.util.spec_from_file_location("parity_weights", shared_parity / "weights.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Parity(shared_parity, module)


@pytest.fixture(scope="session")
def static_models(parity: Parity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with light.pdmodel, light.pdiparams (HRNet18s) and a propagation folder, as EISeg has them."""
    from app.models.formats.static_export import export_click, export_propagation

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


@pytest.fixture(scope="session")
def click_network(static_models: Path, model_cache: Path) -> Any:
    """HRNet18s in float32, prepared and loaded as the product does it."""
    from app.models.formats.static_model import click_files
    from app.models.preparing.prepare import prepare_model
    from app.models.runtime.device_selection import select_device

    parts = {"click": click_files(static_models / "light.pdiparams")}
    return prepare_model(parts, select_device("cpu:fp32"), model_cache).load()["click"]


@pytest.fixture(scope="session")
def propagation_parts(static_models: Path, model_cache: Path) -> Any:
    """The four propagation networks in float32, prepared and loaded as the product does it."""
    from app.models.formats.static_model import propagation_files
    from app.models.preparing.prepare import prepare_model
    from app.models.runtime.device_selection import select_device

    parts = propagation_files(static_models / "propagation")
    return prepare_model(parts, select_device("cpu:fp32"), model_cache).load()
