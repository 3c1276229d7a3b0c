"""The default engine: the learned click model and tracker that ship with the program."""

from __future__ import annotations

from pathlib import Path

from app.models.default.default_click_model import DefaultClickModel
from app.models.default.default_tracker import DefaultTracker
from app.models.default.feature_cache import FeatureCache
from app.models.default.frame_memory import MemoryReader
from app.models.default.shipped_graphs import FOLDER, load_graph
from app.models.prompted_click_model import PromptedClickModel
from app.models.runtime.device import describe_device
from app.models.runtime.device_selection import select_device


class DefaultEngine:
    """Click model and tracker with a shared encoder: a picture encoded for one is encoded for the other."""

    name = "default"

    def __init__(self, device: str = "cpu", threads: int = 0, folder: Path = FOLDER) -> None:
        """Load the graphs. device, threads: see choose_device.

        Raises ModelError when a file of the model is missing or damaged, or there is no such device.
        """
        chosen = select_device(device, threads)
        self.device = describe_device(chosen)
        self._cache = FeatureCache(load_graph("coder", chosen, folder))
        self._decoder = load_graph("decoder", chosen, folder)
        self._value = load_graph("value", chosen, folder)
        self._reader = MemoryReader(load_graph("reader", chosen, folder))

    def click_model(self) -> PromptedClickModel[DefaultClickModel]:
        """Return a click model."""
        return PromptedClickModel(DefaultClickModel(self._cache, self._decoder))

    def tracker(self) -> DefaultTracker:
        """Return an empty tracker."""
        return DefaultTracker(self._cache, self._decoder, self._value, self._reader)
