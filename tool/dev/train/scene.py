"""A picture with targets in it, as sources draw them and augmentation changes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from tool.dev.train.sources import Kind


@dataclass(slots=True)
class Scene:
    """A picture and masks of targets in it."""

    image: NDArray[Any]  #: uint8 (h, w, 3) RGB
    masks: list[NDArray[Any]]  #: uint8 (h, w), 0 or 1 each
    kind: Kind = "synthetic"  #: what the targets are
    is_known: bool = True  #: whether the masks are true; else nobody knows where the targets are
