"""Painting over what must not be seen in exported pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.domain.finding import Finding
from app.storage.exporters.export_job import ExportJob

Hidden = Callable[[int], tuple[Finding, ...]]
"""What is to be painted black on a frame."""


@dataclass(frozen=True, slots=True)
class HidingReader:
    """Reads frames and paints black what must not be seen on them."""

    read: Callable[[int], NDArray[np.uint8]]
    hidden: Hidden

    def __call__(self, frame: int) -> NDArray[np.uint8]:
        """Return a frame, uint8 (h, w, 3) RGB."""
        image, boxes = self.read(frame), self.hidden(frame)
        return paint_over(image, boxes) if boxes else image


def paint_over(image: NDArray[np.uint8], boxes: Sequence[Finding]) -> NDArray[np.uint8]:
    """Return a copy of a picture with boxes in black."""
    covered = image.copy()
    for box in boxes:
        covered[box.rows, box.columns] = 0
    return covered


def hide(job: ExportJob, hidden: Hidden) -> ExportJob:
    """Return a job whose pictures do not show some boxes."""
    return replace(job, image=HidingReader(job.image, hidden), hidden=hidden)


def hidden_at(job: ExportJob, frames: Sequence[int]) -> ExportJob:
    """Return a job whose frames are those of the whole sequence at these indices, with the same boxes hidden."""
    if not isinstance(job.image, HidingReader):
        return job

    def hidden(index: int, whole: Hidden = job.hidden) -> tuple[Finding, ...]:
        return whole(frames[index])

    return replace(job, image=replace(job.image, hidden=hidden), hidden=hidden)
