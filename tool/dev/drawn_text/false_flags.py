"""Flags on real pictures, set by set; a person has to look which of them are false."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.finding import Finding

_SUFFIX: Final = ".jpg"  # masks beside are PNG


@dataclass(frozen=True, slots=True)
class SetFlags:
    """Flags on some pictures of a set."""

    name: str
    pictures: int
    flagged: dict[Path, tuple[Finding, ...]]

    def count(self, kind: str) -> int:
        """Return on how many pictures something of a kind is found."""
        return sum(any(box.kind == kind for box in found) for found in self.flagged.values())


def count_flags(
    inspect: Callable[[NDArray[np.uint8]], tuple[Finding, ...]], root: Path, each: int
) -> Iterator[SetFlags]:
    """Yield the flags on evenly spaced pictures of every folder in root that holds some."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        paths = sorted(folder.rglob(f"*{_SUFFIX}"))
        chosen = paths[:: max(1, len(paths) // each)][:each]
        found = {path: inspect(_read(path)) for path in chosen}
        if chosen:
            yield SetFlags(folder.name, len(chosen), {path: boxes for path, boxes in found.items() if boxes})


def _read(path: Path) -> NDArray[np.uint8]:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise SystemExit(f"{path} is no picture.")
    return np.asarray(image, np.uint8)
