"""One static model behind a plain call, whatever computes it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Network(Protocol):
    """A loaded model; calls from several threads take turns."""

    @property
    def outputs(self) -> int:
        """How many arrays a run gives."""

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """Run on float32 arrays in the order of the model's inputs; the answers are copies.

        Raises ModelError when the model cannot take them.
        """
