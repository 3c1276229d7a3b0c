"""Looks for what may identify a person in a picture."""

import numpy as np
from numpy.typing import NDArray

from app.domain.finding import Finding
from app.models.inspecting.face_detector import find_faces
from app.models.inspecting.text_detector import TextDetector
from app.models.runtime.device_selection import count_cores


class PictureInspector:
    """Finds burned-in text and faces; loads its networks with the first picture."""

    def __init__(self, threads: int = 0) -> None:
        """threads: 0 for all cores."""
        self._threads = threads or count_cores()
        self._text: TextDetector | None = None

    def __call__(self, image: NDArray[np.uint8]) -> tuple[Finding, ...]:
        """Return what is found in a picture uint8 (h, w, 3) RGB. Raises ModelError without the networks."""
        if self._text is None:
            self._text = TextDetector(self._threads)
        texts = (Finding(*box) for box in self._text.find(image))
        return (*texts, *self.find_faces(image))

    @staticmethod
    def find_faces(image: NDArray[np.uint8]) -> tuple[Finding, ...]:
        """Return the faces alone, in a fraction of the time."""
        return tuple(Finding(*box, "face") for box in find_faces(image))
