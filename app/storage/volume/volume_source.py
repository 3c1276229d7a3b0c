"""Scans as sequences: a DICOM series or a NIfTI, NRRD or MetaImage volume, in native intensities."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import FrameAxis, Orientation, SequenceInfo, Window
from app.domain.closeable import Closeable
from app.domain.errors import SequenceError
from app.domain.frame_order import FrameOrder
from app.imaging.volume_geometry import SlicePlane, VolumeGeometry
from app.imaging.voxel_sample import VoxelSample, sample_voxels
from app.imaging.windowing import apply_window, initial_window
from app.storage.volume.dicom.dicom_stack import DicomStack
from app.storage.volume.nifti import NiftiHeader
from app.storage.volume.slice_readers import SliceReader
from app.storage.volume.voxel_store import VoxelStore

_SAMPLES: Final = 9  # slices looked at for the window and NaN, chosen by hand: more delay opening
_ID_BYTES: Final = 12  # of the digest of a UID
_LONGEST_SIDE: Final = 2**16  # voxels; the DICOM limit of rows and columns
_LARGEST_SLICE: Final = 2**30  # bytes
# Millimetres; no patient is a thousand kilometres away.
_FARTHEST: Final = 1e9
_FLATTEST: Final = 1e-3  # volume spanned by the unit axes: below it they are in one plane
# Of a compressed scan above which one slice is looked at: unpacking this takes about a second.
_SAMPLE_BYTES: Final = 64 * 2**20
# DICOM's word for a modality that has none of its own (PS3.3 C.7.3.1.1.1), here for one that is not given.
_OTHER_MODALITY: Final = "OT"
_PLACELESS: Final = "The header does not say how the scan lies in the patient."


@dataclass(frozen=True, slots=True)
class OpenedScan:
    """Findings of the opening of a scan, before any voxel was read."""

    name: str
    path: Path
    reader: SliceReader  #: of a time point, or of all
    geometry: VolumeGeometry  #: of each time point
    times: int = 1  #: time points that there are
    moments: tuple[float, ...] = ()  #: seconds of all of them from the first, () where unknown
    cycle: float | None = None  #: seconds until they begin again, None where unknown
    modality: str = ""
    warnings: tuple[str, ...] = ()
    stack: DicomStack | None = None  #: of a DICOM series
    nifti: NiftiHeader | None = None  #: header of a NIfTI file
    window: Window | None = None  #: the one in the file
    is_inverted: bool = False  #: low intensities are white (MONOCHROME1)


class VolumeSource(Closeable):
    """A scan as a FrameSource: frame n is slice n of the orientation it is annotated in.

    Of a scan over time, order says which slice of which time point a frame is.

    Attributes: info; geometry; plane (the slices of the orientation); window (what read uses by default);
    origin (how it was found). Frames, masks and voxels share pixels: nothing is flipped or resampled.
    Memory stays small however large the scan; see VoxelStore.
    """

    def __init__(
        self,
        found: OpenedScan,
        orientation: Orientation | None,
        spool: Path | None,
        along: FrameAxis = "space",
    ) -> None:
        self._found = found
        self._along = along
        self._time: int | None = None
        self._last_time = 0
        self.geometry = found.geometry
        try:
            _require_sane_header(found)
            self._store = VoxelStore(found.reader, spool, found.geometry.shape[0])
        except BaseException:
            found.reader.close()
            raise
        try:
            self._set_view(orientation or found.geometry.stored_orientation, along)
            sample = self._sample()
            self.window = initial_window(found.modality, found.window, sample)
            self.info = self._describe(sample)
        except BaseException:
            self._store.close()
            raise

    @property
    def orientation(self) -> Orientation:
        """The direction of annotation."""
        return self.plane.orientation

    @property
    def is_partial(self) -> bool:
        """Whether slices are still to be decoded."""
        return self._store.undecoded > 0

    def is_ready(self, index: int) -> bool:
        """Whether a frame can be read without decoding other slices first."""
        return self.is_plane_ready(self.orientation, self.order.slice_of(index), self.order.time_of(index))

    def is_plane_ready(self, orientation: Orientation, index: int, time: int = 0) -> bool:
        """Whether a slice of any orientation at a time point can be read without decoding several slices first."""
        axis, at = self.slice_plane(orientation).axis, self._time if self._time is not None else time
        return self._store.is_ready(axis, index + at * self.geometry.shape[0] * (axis == 0), at)

    @property
    def damage(self) -> tuple[str, ...]:
        """Damage found so far, each kind once."""
        return tuple(dict.fromkeys(str(error) for _, error in sorted(self._store.damaged.items())))

    def set_orientation(self, orientation: Orientation, along: FrameAxis = "space") -> None:
        """Annotate in another orientation from now on: frames, width and height of info change with it."""
        self._along = along
        self._set_view(orientation, along)
        self.info = self._in_view(self.info)

    def show_time(self, time: int | None) -> None:
        """Be the scan of one time point alone from now on, or of all of them again (None)."""
        self._time, self._last_time = time, time or 0
        self._set_view(self.orientation, "space" if time is not None else self._along)
        self.info = self._in_view(self.info)

    @property
    def origin(self) -> OpenedScan:
        """How it was found, with the slices that it shows."""
        stack, depth = self._found.stack, self.geometry.shape[0]
        if stack is None or self._time is None:
            return self._found
        slices = stack.slices[self._time * depth : (self._time + 1) * depth]
        return replace(self._found, stack=replace(stack, slices=slices))

    def read(self, index: int, window: Window | None = None) -> NDArray[np.uint8]:
        """Return frame index, uint8 (h, w, 3) RGB, through a window or the scan's own.

        Raises SequenceError when the slice is damaged, IndexError when there is no such frame.
        """
        return self._show(self.read_native(index), window)

    def read_native(self, index: int) -> NDArray[Any]:
        """Return frame index in native intensities, (h, w). Raises as read does."""
        if not 0 <= index < self.order.frames:
            raise IndexError(f"There is no frame {index}; there are {self.order.frames}.")
        return self.read_plane_native(self.orientation, self.order.slice_of(index), self.order.time_of(index))

    def read_plane(
        self,
        orientation: Orientation,
        index: int,
        window: Window | None = None,
        time: int = 0,
        *,
        partial: bool = False,
    ) -> NDArray[np.uint8]:
        """Return a slice of any orientation at a time point, uint8 (h, w, 3) RGB, for linked views.

        partial: slices that are not decoded yet are left black instead of being decoded now.
        """
        return self._show(self.read_plane_native(orientation, index, time, partial=partial), window)

    def read_plane_native(
        self, orientation: Orientation, index: int, time: int = 0, *, partial: bool = False
    ) -> NDArray[Any]:
        """Return a slice of any orientation at a time point in native intensities, (h, w)."""
        plane = self.slice_plane(orientation)
        if not 0 <= index < plane.frames:
            raise IndexError(f"There is no {orientation} slice {index}; there are {plane.frames}.")
        time = self._last_time = self._time if self._time is not None else time
        return plane.orient_plane(self._store.plane(plane.axis, index, time, partial=partial))

    def read_stored(self, index: int) -> NDArray[Any]:
        """Return slice index of the voxel array in native intensities, (y, x)."""
        return self._store.read((self._time or 0) * self.geometry.shape[0] + index)

    def slice_plane(self, orientation: Orientation) -> SlicePlane:
        """The place of the slices of an orientation in the voxel array."""
        return self.plane if orientation == self.orientation else self.geometry.plane(orientation)

    def sample(self, check: Callable[[], None]) -> VoxelSample | None:
        """Return a sample of the voxels of the first time point, decoding what is not decoded yet.

        None where there is none, see sample_voxels, or a slice is damaged. check: called for each slice, may raise.
        """

        def read(index: int) -> NDArray[Any]:
            check()
            return self._store.read(index)

        try:
            return sample_voxels(self.geometry, read)
        except SequenceError:
            return None

    def decode_next(self) -> bool:
        """Decode one more slice in an idle moment; whether more are left."""
        return self._store.decode_next(self._last_time)

    def close(self) -> None:
        """Release files."""
        self._store.close()

    @property
    def _time_points(self) -> int:
        """How many time points are open."""
        return 1 if self._time is not None else self._found.reader.shape[0] // self.geometry.shape[0]

    def _set_view(self, orientation: Orientation, along: FrameAxis) -> None:
        """Choose which frames there are; along time they are slices as they were recorded."""
        if along == "time":
            orientation = self.geometry.stored_orientation
        self.plane = self.geometry.plane(orientation)
        self.order = FrameOrder(self.plane.frames, self._time_points, along)

    def _in_view(self, info: SequenceInfo) -> SequenceInfo:
        plane, order = self.plane, self.order
        return replace(
            info,
            frames=order.frames,
            width=plane.width,
            height=plane.height,
            orientation=plane.orientation,
            time_points=order.times,
            along=order.along,
            moments=self._found.moments if order.times > 1 else (),
            cycle=self._found.cycle if order.times > 1 else None,
        )

    def _show(self, native: NDArray[Any], window: Window | None) -> NDArray[np.uint8]:
        gray = apply_window(native, window or self.window, inverted=self._found.is_inverted)
        return cv2.cvtColor(np.ascontiguousarray(gray), cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)

    def _sample(self) -> NDArray[Any]:
        """Return a few slices, where they are needed to know the window or to find NaN; else nothing."""
        found, kind = self._found, self._store.dtype.kind
        if kind != "f" and (found.window is not None or found.modality == "CT"):
            return np.zeros(0, self._store.dtype)
        depth = self.geometry.shape[0]
        size = math.prod(self.geometry.shape) * self._store.dtype.itemsize
        is_slow = found.reader.is_sequential and size > _SAMPLE_BYTES
        chosen = [depth // 2] if is_slow else sorted({round(n) for n in np.linspace(0, depth - 1, _SAMPLES)})
        slices = [picture for k in chosen if (picture := self._try_read(k)) is not None]
        return np.stack(slices) if slices else np.zeros(0, self._store.dtype)

    def _try_read(self, index: int) -> NDArray[Any] | None:
        try:
            return self._store.read(index)
        except SequenceError:
            return None

    def _describe(self, sample: NDArray[Any]) -> SequenceInfo:
        found, plane, geometry = self._found, self.plane, self.geometry
        notes = [*found.warnings, *self.damage]
        if geometry.affine is None and _PLACELESS not in notes and found.stack is None:
            notes.append(_PLACELESS)
        if sample.dtype.kind == "f" and not np.isfinite(sample).all():
            notes.append(f"{found.path.name} has voxels that are not numbers (NaN); they are shown black.")
        order = self.order
        bare = SequenceInfo(found.name, str(found.path), "volume", order.frames, plane.width, plane.height)
        return replace(
            self._in_view(bare),
            slice_ids=_slice_ids(found.stack) if order.times == 1 else (),
            spacing=geometry.spacing,
            origin=geometry.origin,
            direction=geometry.direction,
            window=self.window,
            unit=found.stack.slices[0].unit if found.stack is not None else "",
            modality=found.modality or (_OTHER_MODALITY if found.stack is not None else ""),
            warnings=tuple(notes),
        )


def _slice_ids(stack: DicomStack | None) -> tuple[str, ...]:
    """Return a digest of each slice's UID, nothing where slices share one, as those of one file do."""
    uids = [] if stack is None else [header.sop_uid for header in stack.slices]
    if not all(uids) or len(set(uids)) < len(uids):
        return ()
    return tuple(hashlib.blake2b(uid.encode(), digest_size=_ID_BYTES).hexdigest() for uid in uids)


def _require_sane_header(found: OpenedScan) -> None:
    """Refuse what a damaged or hostile header claims."""
    depth, height, width = found.geometry.shape
    size = height * width * found.reader.dtype.itemsize
    if max(depth, height, width) > _LONGEST_SIDE or size > _LARGEST_SLICE:
        claim = f"The header claims an impossible size, {width}x{height}x{depth}."
        raise SequenceError(claim, subject=found.path)
    matrix = found.geometry.matrix
    if matrix is None:
        return
    turn = matrix[:3, :3]
    lengths = np.linalg.norm(turn, axis=0) if np.abs(matrix).max() < _FARTHEST else np.zeros(3)
    if lengths.min() == 0 and np.abs(matrix).max() < _FARTHEST:
        what = "The header gives a voxel size of zero."
        raise SequenceError(what, subject=found.path, remedy="Have the header corrected.")
    if not lengths.min() > 0 or abs(np.linalg.det(turn / lengths)) < _FLATTEST:
        what = "The geometry in the header makes no sense."
        raise SequenceError(what, subject=found.path, remedy="Have the header corrected.")
