"""The default engine: the learned click model and tracker that ship with the program."""

from __future__ import annotations

from pathlib import Path

from app.models.default.clicks import DefaultClickModel
from app.models.default.coding import Coder
from app.models.default.graphs import FOLDER, Graph, uses_gpu
from app.models.default.memory import Reader
from app.models.default.tracker import DefaultTracker


class DefaultEngine:
    """Click model and tracker over one encoder; a picture coded for one is coded for the other."""

    name = "default"

    def __init__(self, device: str = "cpu", threads: int = 0, folder: Path = FOLDER) -> None:
        """Load the graphs. device: "cpu", "gpu" or "auto"; threads: 0 means all cores.

        Raises ModelError when a file of the model is missing or damaged.
        """
        self.device = "gpu" if uses_gpu(device) else "cpu"
        self._coder = Coder(Graph("coder", self.device, threads, folder))
        self._decoder = Graph("decoder", self.device, threads, folder)
        self._value = Graph("value", self.device, threads, folder)
        self._reader = Reader(Graph("reader", self.device, threads, folder))

    def click_model(self) -> DefaultClickModel:
        """Return a click model."""
        return DefaultClickModel(self._coder, self._decoder)

    def tracker(self) -> DefaultTracker:
        """Return an empty tracker."""
        return DefaultTracker(self._coder, self._decoder, self._value, self._reader)
