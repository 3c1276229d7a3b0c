"""Choice of the network class for each part of a model in EISeg's layout."""

from collections.abc import Callable
from pathlib import Path

from app.models.formats.static_model import ModelFiles
from app.models.openvino.fitted_clicks import FittedClicks
from app.models.openvino.fitted_network import FittedNetwork, FittedSplit
from app.models.runtime.device import Device
from app.models.runtime.network import Network


def load_part(part: str, files: ModelFiles, device: Device, bf16: bool = False) -> Network:
    """Load a part of a model; the class depends on which inputs are known ahead. Raises ModelError."""
    kinds: dict[str, Callable[[Path, Path | None, Device, bool], Network]]
    kinds = {"click": FittedClicks, "segment": FittedSplit}
    return kinds.get(part, FittedNetwork)(files.program, files.parameters, device, bf16)
