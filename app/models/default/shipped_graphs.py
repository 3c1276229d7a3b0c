"""The static graphs that ship, each behind a plain call."""

import hashlib
import json
from pathlib import Path
from typing import Final

from app.domain.errors import ModelError
from app.models.openvino.openvino_network import OpenvinoNetwork
from app.models.runtime.device import Device
from app.models.runtime.network import Network

FOLDER = Path(__file__).parent
SHIPPED: Final = {"default": FOLDER, "free": FOLDER.parent / "free"}
"""Folders of the weights that ship, by the name of the engine: the best ones, and those for commercial use."""
DECODERS: Final = ("decoder", "propagation_decoder")
"""Graphs that a site tunes: the one that answers clicks, and the one that propagates."""
MANIFEST = "manifest.json"
REMEDY = "Install Framewise anew."


def load_graph(name: str, device: Device, folder: Path = FOLDER, bf16: bool = False) -> Network:
    """Load <name>.pdmodel and its weights. bf16: compute in bfloat16 on a processor.

    Raises ModelError when a file is missing or damaged.
    """
    program, weights = folder / f"{name}.pdmodel", folder / f"{name}.pdiparams"
    parameters = weights if weights.name in read_manifest(folder) else None
    for file in filter(None, (program, parameters)):
        check_file(file)
    if device.kind == "cpu":
        return OpenvinoNetwork(program, parameters, device, bf16)
    from app.models.runtime.paddle_network import load_network

    return load_network(program, parameters, device)


def read_manifest(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the model's files by name; raises ModelError when the list cannot be read."""
    try:
        sums = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise ModelError(
            "The list of the model's files cannot be read.", subject=folder, remedy=REMEDY
        ) from error
    return {str(name): str(value) for name, value in dict(sums).items()}


def check_file(file: Path) -> None:
    """Compare a file with the manifest beside it; raises ModelError when it is missing or differs.

    A damaged file can crash the process that loads it, so it is checked before.
    """
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError("This file of the model is missing.", subject=file, remedy=REMEDY) from error
    if found != read_manifest(file.parent).get(file.name):
        raise ModelError("This file of the model is damaged.", subject=file, remedy=REMEDY)
