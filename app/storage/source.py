"""The protocol of all media readers."""

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import SequenceInfo, Window


class FrameSource(Protocol):
    """Random access to the frames of a sequence that is never loaded whole."""

    info: SequenceInfo

    def read(self, index: int, window: Window | None = None) -> NDArray[np.uint8]:
        """Return exactly frame index, uint8 (h, w, 3) RGB; window applies to scans only.

        Raises SequenceError when the frame cannot be decoded, IndexError when there is no such frame.
        """

    def close(self) -> None:
        """Release files and decoders."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
