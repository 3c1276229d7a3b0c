"""Sequences with known truth, read one frame at a time from the shared data folder (see its README)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from PIL import Image as Picture

from app.domain.errors import SequenceError
from app.imaging.windowing import apply_window, initial_window
from app.models.engine import BoolMask, Image

WHOLE = 0
"""Stands for all structures of a scan whose labels nest, together: a tumour with its oedema, a heart."""
ORGANS = {1: "spleen", 2: "kidney right", 3: "kidney left", 5: "liver", 31: "vertebra L1", 52: "aorta"}
"""Values of TotalSegmentator's second numbering that the figures speak of."""


class Clip(Protocol):
    """A sequence whose truth is known, wholly or on some frames."""

    name: str
    frames: int

    def image(self, index: int) -> Image:
        """Return frame index, uint8 (h, w, 3) RGB."""

    def truth(self, index: int) -> Mapping[int, BoolMask] | None:
        """Return bool (h, w) by object id, None where the frame has no truth."""


class FolderClip:
    """frames/*.jpg with masks/*.png of the same stem; a mask is 0/255, or object ids as grey or palette."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._images = sorted((folder / "frames").glob("*.jpg"))
        self._masks = {path.stem: path for path in (folder / "masks").glob("*.png")}
        self.frames = len(self._images)

    def image(self, index: int) -> Image:
        """Return frame index, uint8 (h, w, 3) RGB."""
        pixels = cv2.imread(str(self._images[index]), cv2.IMREAD_COLOR_RGB)
        if pixels is None:
            raise SequenceError("Frame cannot be read.", subject=self._images[index])
        return np.asarray(pixels, np.uint8)

    def truth(self, index: int) -> Mapping[int, BoolMask] | None:
        """Return bool (h, w) by object id, None where the frame has no truth."""
        path = self._masks.get(self._images[index].stem)
        if path is None:
            return None
        values = _read_indices(path)
        ids = [int(value) for value in np.unique(values) if value]
        return {1: values > 127} if ids in ([], [255]) else {value: values == value for value in ids}

    def whole_truths(self) -> dict[int, BoolMask]:
        """Return all objects of a frame as one, bool (h, w), by frame; frames without any have none to judge by."""
        found = ((index, self.truth(index)) for index in range(self.frames))
        return {index: np.any(np.stack(list(each.values())), 0) for index, each in found if each}


class VolumeClip:
    """A labelled scan as a sequence of slices along z, in the window that the program opens it with."""

    def __init__(self, name: str, image: Path, labels: Path, nested: bool = False) -> None:
        """nested: whether all labels together are a structure besides, WHOLE."""
        self.name = name
        self._voxels = sitk.GetArrayFromImage(sitk.ReadImage(str(image))).astype(np.float32)
        self._labels: NDArray[np.integer] = sitk.GetArrayFromImage(sitk.ReadImage(str(labels)))
        self._nested = nested
        self._window = initial_window("", None, self._voxels)
        self.frames = len(self._voxels)

    def image(self, index: int) -> Image:
        """Return slice index, uint8 (h, w, 3) grey."""
        return np.repeat(apply_window(self._voxels[index], self._window)[..., None], 3, axis=2)

    def truth(self, index: int) -> Mapping[int, BoolMask]:
        """Return bool (h, w) of every structure on the slice, by its label value."""
        labels = self._labels[index]
        found = {int(value): labels == value for value in np.unique(labels) if value}
        return {WHOLE: labels > 0} | found if self._nested and found else found

    def values(self) -> list[int]:
        """Return the structures that the scan has."""
        found = [int(value) for value in np.unique(self._labels) if value]
        return [WHOLE, *found] if self._nested and len(found) > 1 else found

    def middle(self, value: int) -> int:
        """Return the slice in the middle of a structure's extent; ValueError where there is no such structure."""
        slices = self._slices(value)
        if not slices.size:
            raise ValueError(f"{self.name} has no label {value}")
        return int(slices[len(slices) // 2])

    def extent(self, value: int) -> range:
        """Return the slices from the first to the last with the structure; empty where there is none."""
        slices = self._slices(value)
        return range(int(slices[0]), int(slices[-1]) + 1) if slices.size else range(0)

    def _slices(self, value: int) -> NDArray[np.intp]:
        where = self._labels > 0 if value == WHOLE else self._labels == value
        return np.flatnonzero(where.any(axis=(1, 2)))


def davis_clips(data: Path, names: Sequence[str] = ()) -> Iterator[FolderClip]:
    """Iterate the DAVIS sequences by name, all where names is empty."""
    for folder in sorted((data / "davis10").iterdir()):
        if folder.is_dir() and (not names or folder.name in names):
            yield FolderClip(folder)


def abdominal_ct(data: Path) -> VolumeClip:
    """Return the abdominal CT."""
    folder = data / "medical" / "ct_nifti"
    return VolumeClip("ct", folder / "ct.nii.gz", folder / "labels.nii.gz")


def spread_frames(frames: int, count: int) -> list[int]:
    """Return count frame indices spread evenly over a sequence, the first included."""
    return sorted({round(i * (frames - 1) / max(count - 1, 1)) for i in range(min(count, frames))})


def _read_indices(path: Path) -> NDArray[np.uint8]:
    """Read a grey or palette PNG as its indices; OpenCV would give a palette's colours."""
    with Picture.open(path) as picture:
        return np.asarray(picture, np.uint8)
