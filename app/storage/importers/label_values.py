"""Label values of volumes: whole numbers out of what programs store for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import ImportMasksError
from app.imaging.label_volume import LabelMap, blank_volume
from app.storage.volume.volume_source import VolumeSource

MOST_LABELS: Final = 255  # values of a label map, 0 is background
LARGEST_VALUE: Final = 2**31 - 1  # int32, the widest that other programs write
ALMOST: Final = 1e-3  # how far a number may be from a whole one: resampling in float leaves less


@dataclass(slots=True)
class LabelValues:
    """The label values of an open volume. notes: what was left out or changed, for the annotator."""

    source: VolumeSource
    path: Path
    values: tuple[int, ...] = ()  #: that occur, without 0
    notes: list[str] = field(default_factory=list)

    @classmethod
    def find(cls, source: VolumeSource, path: Path) -> LabelValues:
        """Look at every slice once. Raises ImportMasksError for what is no label volume."""
        found = cls(source, path)
        values: set[int] = set()
        for index, picture in enumerate(found._slices()):
            values.update(_distinct(picture))
            if len(values) > MOST_LABELS + 1:
                raise ImportMasksError(
                    f"Up to slice {index} it holds {len(values)} values, and there are {MOST_LABELS} labels.",
                    subject=path,
                    remedy="Choose a file of labels, not of intensities.",
                )
        found.values = tuple(sorted(values - {0}))
        return found

    def voxels(self, ours: Sequence[int], spool: Path | None) -> LabelMap:
        """Return the volume in our values, uint8 (z, y, x), on disk. ours: one for each of values."""
        voxels = blank_volume(self.source.geometry.shape, spool)
        known, table = np.array(self.values), np.array([0, *ours], np.uint8)
        for index, picture in enumerate(self._slices()):
            places = np.searchsorted(known, picture) + 1
            places[picture == 0] = 0
            voxels[index] = table[places]
        return voxels

    def _slices(self) -> Iterator[NDArray[np.int64]]:
        """Yield the slices as whole numbers, 0 for what is no label."""
        for index in range(self.source.geometry.shape[0]):
            yield self._whole(self.source.read_stored(index), index)

    def _whole(self, picture: NDArray[Any], index: int) -> NDArray[np.int64]:
        if picture.dtype.kind == "f":
            picture = self._without_fractions(picture, index)
        if picture.size and int(picture.max()) > LARGEST_VALUE:
            raise ImportMasksError(
                f"Slice {index} holds the value {int(picture.max())}, and labels go up to {LARGEST_VALUE}.",
                subject=self.path,
                remedy="Choose a file of labels, or give them smaller numbers.",
            )
        values = picture.astype(np.int64)
        if picture.size and int(picture.min()) < 0:
            self._note("Values below 0, which stand for what is to be ignored, were left out.")
            values[values < 0] = 0
        return values

    def _without_fractions(self, picture: NDArray[Any], index: int) -> NDArray[Any]:
        numbers = picture.astype(np.float64)
        unknown = np.isnan(numbers)
        if unknown.any():
            self._note("Voxels that are not numbers (NaN) were taken for background.")
            numbers[unknown] = 0
        if not np.isfinite(numbers).all():
            raise ImportMasksError(f"Slice {index} holds infinite values.", subject=self.path)
        slope, intercept = self._scale()
        if slope % 1 or intercept % 1:
            self._note(f"The file scales its values by {slope:g}; the numbers that it stores were taken.")
            numbers = (numbers - intercept) / slope
        if not _is_whole(numbers):
            raise ImportMasksError(
                f"Slice {index} holds fractions, so these are no labels.", subject=self.path
            )
        return np.rint(numbers)

    def _scale(self) -> tuple[float, float]:
        """Return slope and intercept of a NIfTI file that scales its values, else 1 and 0."""
        header = self.source.origin.nifti
        if header is None:
            return 1.0, 0.0
        slope, intercept = float(header.fields[0]["scl_slope"]), float(header.fields[0]["scl_inter"])
        is_scaled = slope != 0 and np.isfinite([slope, intercept]).all()
        return (slope, intercept) if is_scaled else (1.0, 0.0)

    def _note(self, text: str) -> None:
        told = f"{self.path.name}: {text}"
        if told not in self.notes:
            self.notes.append(told)


def _distinct(picture: NDArray[np.int64]) -> list[int]:
    if picture.size and int(picture.max()) <= MOST_LABELS:
        return np.flatnonzero(np.bincount(picture.ravel())).tolist()
    return [int(value) for value in np.unique(picture)]


def _is_whole(numbers: NDArray[np.float64]) -> bool:
    return bool((np.abs(numbers - np.rint(numbers)) <= ALMOST).all())
