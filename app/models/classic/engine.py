"""The engine without weights: baseline, and fallback where no network runs."""

from app.models.classic.classic_click_model import ClassicClickModel
from app.models.classic.classic_tracker import ClassicTracker
from app.models.prompted_click_model import PromptedClickModel


class ClassicEngine:
    """Engine of OpenCV and numpy alone; the device is only shown, all work is done on the CPU."""

    name = "classic"

    def __init__(self, device: str = "cpu") -> None:
        self.device = device

    def click_model(self) -> PromptedClickModel[ClassicClickModel]:
        """Return a click model ready to use."""
        return PromptedClickModel(ClassicClickModel())

    def tracker(self) -> ClassicTracker:
        """Return an empty tracker."""
        return ClassicTracker()
