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
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

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
