"""Models in EISeg's layout whose weights follow from parity/weights.py, as those of the peer's figures did."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

FOLDER = Path("out/bench-models")


def make(parity: Path) -> None:
    """Write two click models and a propagation folder, unless they are there."""
    if (FOLDER / "propagation").is_dir():
        return
    from tool.conversion.static_export import export_click, export_propagation

    spec = importlib.util.spec_from_file_location("parity_weights", parity / "weights.py")
    assert spec is not None and spec.loader is not None
    weights = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(weights)

    def state(name: str) -> dict[str, Any]:
        entries = json.loads((parity / f"{name}.json").read_text())["state"]
        return {entry["name"]: weights.tensor(entry["name"], entry["shape"]) for entry in entries}

    export_click("hrnet18s", state("ritm_hrnet18s_ocr48"), FOLDER / "hrnet18s")
    export_click("hrnet18", state("ritm_hrnet18_ocr64"), FOLDER / "hrnet18")
    export_propagation(state("mivos_propagation"), state("mivos_fusion"), FOLDER / "propagation")
