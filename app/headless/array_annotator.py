"""The library for arrays: sequences and masks that come from memory, not from files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import SupportsFloat, SupportsIndex

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.domain.annotation import Orientation, SequenceInfo, Status
from app.domain.errors import UsageError
from app.files.atomic_folder import atomic_folder
from app.headless.base import BaseAnnotator, serialized
from app.headless.results import ObjectLike, StatusLike
from app.headless.validation import (
    as_choice,
    as_frame,
    as_mask,
    as_object_id,
    as_share,
    as_status,
    locked_error,
)
from app.imaging import masks
from app.messages import events as ev
from app.storage.exporters.export_job import translate_write_errors

_ARRAYS = "arrays"  # the folder in the workspace that holds opened arrays


class ArrayAnnotator(BaseAnnotator):
    """The part of an Annotator that takes arrays."""

    @serialized
    def open_array(
        self,
        array: ArrayLike,
        spacing: Sequence[SupportsFloat] | None = None,
        name: str = "array",
        orientation: Orientation | None = None,
    ) -> SequenceInfo:
        """Open an array, with all that was done before on the same one.

        array: intensities of a scan (z, y, x), of any number type; or frames uint8 (t, h, w, 3) RGB or (t, h, w) grey.
        uint8 without a spacing is taken for frames. spacing: millimetres (z, y, x) of a scan. It is written into the
        workspace, so that it opens again without the array. Raises UsageError for an array of another shape or type.
        """
        pixels = np.asarray(array)
        pixels = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
        is_film = pixels.dtype == np.uint8 and (pixels.ndim == 4 or spacing is None)
        if (
            not (pixels.ndim == 3 or (is_film and pixels.ndim == 4 and pixels.shape[3] == 3))
            or not pixels.size
        ):
            raise UsageError(
                f"An array of shape {pixels.shape} and type {pixels.dtype} is no sequence.",
                remedy="Give (z, y, x), or uint8 (t, h, w) or (t, h, w, 3).",
            )
        if pixels.dtype.kind not in "uif":
            raise UsageError(f"Intensities are numbers, not {pixels.dtype}.")
        if orientation is not None:
            as_choice(orientation, Orientation, "orientation")
        sizes = None if spacing is None else [float(size) for size in spacing]
        if sizes is not None and (len(sizes) != 3 or not all(0 < size < 1e6 for size in sizes)):
            raise UsageError("A spacing is three numbers above 0.", subject=spacing)
        digest = hashlib.blake2b(f"{pixels.shape} {pixels.dtype} {sizes}".encode(), digest_size=8)
        digest.update(np.ascontiguousarray(pixels).data)
        folder = self._workspace / _ARRAYS / digest.hexdigest()
        target = folder / name if is_film else folder / f"{name}.nrrd"
        with translate_write_errors(target):
            if not folder.exists():
                with atomic_folder(folder) as draft:
                    _write(pixels, draft / target.name, sizes, is_film=is_film)
        return self.client.open_sequence(next(folder.iterdir()), None, orientation)

    @serialized
    def set_masks(
        self,
        frames: Mapping[SupportsIndex, ArrayLike],
        obj: ObjectLike,
        status: StatusLike = Status.EDITED,
        score: SupportsFloat = 1.0,
        threshold: SupportsFloat | None = None,
    ) -> None:
        """Set masks from elsewhere by frame, bool (h, w), in one edit: all or none, and one undo takes them back.

        status: "edited" makes the frames references, "propagated" and "imported" masks may be replaced by propagation.
        threshold: see set_mask. Raises UsageError when one of them is verified and so locked.
        """
        info, object_id = self.sequence, as_object_id(obj, self.objects)
        if not isinstance(frames, Mapping):
            raise UsageError(
                "The masks come by frame.", subject=type(frames).__name__, remedy="Give {frame: mask}."
            )
        wanted, share = as_status(status), as_share(score, "score")
        if wanted is Status.EMPTY:
            raise UsageError("A mask cannot be set as empty.", remedy="Give a mask without a pixel.")
        limit = None if threshold is None else as_share(threshold, "threshold")
        arrays = {as_frame(frame, info): mask for frame, mask in frames.items()}
        cells = self.client.read_state(
            lambda state: {key: state.annotation(key, object_id) for key in arrays}
        )
        if any(cell is not None and cell.status is Status.VERIFIED for cell in cells.values()):
            raise locked_error()
        coded = tuple(
            (frame, masks.encode(as_mask(mask, info, frame, limit))) for frame, mask in arrays.items()
        )
        self.client.post(ev.MasksSet(object_id, coded, wanted, share))


def _write(pixels: NDArray[np.generic], target: Path, spacing: list[float] | None, *, is_film: bool) -> None:
    if not is_film:
        # SimpleITK takes a while to import, and only scans need it.
        import SimpleITK as sitk

        image = sitk.GetImageFromArray(pixels.astype(np.float32) if pixels.dtype == np.float16 else pixels)
        if spacing is not None:
            image.SetSpacing(spacing[::-1])
        sitk.WriteImage(image, target)
        return
    target.mkdir()
    for frame, picture in enumerate(pixels):
        _, content = cv2.imencode(".png", picture[..., ::-1] if picture.ndim == 3 else picture)
        (target / f"{frame:05d}.png").write_bytes(content.tobytes())
