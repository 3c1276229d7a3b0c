"""Reference numbers of the original networks, and weights that both sides make from names."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import numpy as np


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

    @classmethod
    def load(cls, folder: Path) -> Self:
        spec = importlib.util.spec_from_file_location("parity_weights", folder / "weights.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return cls(folder, module)
