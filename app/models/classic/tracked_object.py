"""State of one object during a propagation pass."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.models.classic.color_model import ColorModel


@dataclass(slots=True)
class TrackedObject:
    """An object on the frame processed last."""

    inside: NDArray[np.float32]  #: (h, w) at working size, its probability
    model: ColorModel
    trust: float = 1.0  #: in [0, 1], estimated overlap of what has been carried with the person's mask

    @property
    def is_lost(self) -> bool:
        """Whether nothing of the object was found on the last frame."""
        return not (self.inside > 0.5).any()
