"""The engine that needs no weights: the baseline, and what runs on a bare machine."""

from __future__ import annotations

from app.models.classic.classic_click_model import ClassicClickModel
from app.models.classic.classic_tracker import ClassicTracker


class ClassicEngine:
    """OpenCV and numpy only; device is kept for what shows it, the work is always done on the CPU."""

    name = "classic"

    def __init__(self, device: str = "cpu") -> None:
        self.device = device

    def click_model(self) -> ClassicClickModel:
        """Return a click model ready to use."""
        return ClassicClickModel()

    def tracker(self) -> ClassicTracker:
        """Return an empty tracker."""
        return ClassicTracker()
