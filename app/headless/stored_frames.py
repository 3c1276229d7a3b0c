"""A sequence and its frames as a workspace holds them, for reading without engine, workers, lock or source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Label, Object, Polygon, Status
from app.domain.effort import LoggedEdit
from app.domain.errors import SequenceError, UsageError
from app.domain.frame_order import FrameOrder
from app.domain.sign_off import SignOff, sign_off_in_force
from app.domain.tier import TierTable
from app.headless.results import ObjectLike, StatusLike
from app.headless.validation import as_index, as_object_id, as_status
from app.imaging import masks
from app.imaging.polygons.tracing import trace_polygons
from app.storage.exporters.effort_export import read_logged_edits
from app.storage.opening import open_source
from app.storage.source import FrameSource
from app.storage.workspace.journal_reading import JournalContents
from app.storage.workspace.proposals import Proposal
from app.storage.workspace.stored_sequence import StoredSequence
from app.storage.workspace.turned_work import order_of_record, read_in_view, tiers_in_view
from app.storage.workspace.workspace import find_source


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """One frame with its masks."""

    index: int
    height: int
    width: int
    annotations: Mapping[int, Annotation]  #: by object id
    objects: Mapping[int, Object]
    labels: tuple[Label, ...]

    @property
    def masks(self) -> dict[int, NDArray[np.bool_]]:
        """Every object's own mask by object id, bool (h, w)."""
        return {key: masks.decode(cell.mask) for key, cell in self.annotations.items()}

    @property
    def label_map(self) -> NDArray[np.uint8]:
        """Label values painted in list order, lower rows over upper ones, uint8 (h, w)."""
        layers = ((self.objects[key].label, cell.mask) for key, cell in self._painted())
        return masks.paint(layers, self.height, self.width)

    @property
    def instance_map(self) -> NDArray[np.uint16]:
        """Object ids painted in the same order, uint16 (h, w)."""
        picture = np.zeros((self.height, self.width), np.uint16)
        for key, cell in self._painted():
            picture[masks.decode(cell.mask)] = key
        return picture

    @property
    def boxes(self) -> dict[int, tuple[int, int, int, int]]:
        """Tight bounds (x, y, width, height) by object id."""
        return {key: masks.box(cell.mask) for key, cell in self.annotations.items()}

    @property
    def polygons(self) -> dict[int, tuple[Polygon, ...]]:
        """Polygons by object id, as the window shows them: vertices on pixel centres."""
        return {key: trace_polygons(masks.decode(cell.mask)) for key, cell in self.annotations.items()}

    def status(self, obj: ObjectLike) -> Status:
        """Return the status of an object on the frame."""
        found = self.annotations.get(as_object_id(obj, self.objects.values()))
        return Status.EMPTY if found is None else found.status

    def _painted(self) -> list[tuple[int, Annotation]]:
        rows = {label.value: row for row, label in enumerate(self.labels)}
        pairs = sorted(self.annotations.items())
        return sorted(pairs, key=lambda pair: rows.get(self.objects[pair[0]].label, len(rows)))


class MaskStack:
    """All masks of one object as if they were an array, bool (t, h, w); a frame is decoded when it is asked for."""

    dtype = np.dtype(bool)
    ndim = 3

    def __init__(self, frames: ReadableSequence, object_id: int) -> None:
        self._frames, self._object_id = frames, object_id
        self.shape = (len(frames), frames.height, frames.width)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: SupportsIndex | slice) -> NDArray[np.bool_]:
        """Return one mask (h, w), or for a slice several (t, h, w)."""
        if isinstance(key, slice):
            found = [self._mask(frame) for frame in range(*key.indices(len(self)))]
            return np.stack(found) if found else np.zeros((0, *self.shape[1:]), bool)
        return self._mask(self._frames[key].index)

    def __iter__(self) -> Iterator[NDArray[np.bool_]]:
        return (self._mask(frame) for frame in range(len(self)))

    def __array__(self, dtype: object = None, copy: bool | None = None) -> NDArray[np.bool_]:
        """Decode everything: t * h * w bytes."""
        return self[:]

    def _mask(self, frame: int) -> NDArray[np.bool_]:
        found = self._frames.annotations(frame).get(self._object_id)
        return np.zeros(self.shape[1:], bool) if found is None else masks.decode(found.mask)


class ReadableSequence:
    """A sequence of a workspace. What it holds is read when it is asked for the first time."""

    def __init__(self, stored: StoredSequence, view: StoredSequence | None = None) -> None:
        """view: another work on the same source, in whose direction the masks of this one are shown."""
        self.stored, self._view = stored, view or stored
        record = self._view.record
        self.name, self.path, self.kind = record.name, record.path, record.kind
        self.file_name = PurePath(record.path).name  #: of the source, a file or folder
        self.fingerprint = record.fingerprint  #: of the source's content
        self.height, self.width = record.height, record.width

    def __repr__(self) -> str:
        return f"<{self.name}: {self.kind}, {len(self)} frames of {self.width}x{self.height}>"

    def __len__(self) -> int:
        return self._view.record.frames

    def __getitem__(self, index: SupportsIndex) -> StoredFrame:
        """Return a frame; negative numbers count from the end. Raises SequenceError where there is none."""
        frame = as_index(index, "frame")
        frame += len(self) if frame < 0 else 0
        if not 0 <= frame < len(self):
            raise SequenceError(
                f"There is no frame {frame}.", remedy=f"Frames run from 0 to {len(self) - 1}."
            )
        objects = {item.object_id: item for item in self.objects}
        return StoredFrame(frame, self.height, self.width, self.annotations(frame), objects, self.labels)

    def __iter__(self) -> Iterator[StoredFrame]:
        return (self[frame] for frame in range(len(self)))

    @property
    def labels(self) -> tuple[Label, ...]:
        """The label list, in painting order."""
        return self._contents.labels

    @property
    def objects(self) -> tuple[Object, ...]:
        """The objects."""
        return self._contents.objects

    @property
    def sign_offs(self) -> tuple[SignOff, ...]:
        """Who signed the sequence off and who reopened it, oldest first."""
        return self._contents.sign_offs

    @property
    def signed_off(self) -> SignOff | None:
        """The approval that locks the sequence, None where it can be changed."""
        return sign_off_in_force(self.sign_offs)

    @cached_property
    def tiers(self) -> TierTable:
        """What happens when: .tiers with their terms, and .intervals."""
        return tiers_in_view(self.stored, self._view)

    @property
    def damage(self) -> tuple[str, ...]:
        """Sentences on what could not be read."""
        return self._contents.damage

    def frames(
        self,
        status: StatusLike | Iterable[StatusLike] | None = None,
        step: SupportsIndex = 1,
        objects: Iterable[ObjectLike] | None = None,
    ) -> Iterator[StoredFrame]:
        """Yield every step-th frame that has a mask of one of these statuses and objects; None: of any."""
        given = [status] if isinstance(status, (str, Status)) else status
        wanted = set(Status) if given is None else {as_status(one) for one in given}
        every, known = as_index(step, "step"), self.objects
        chosen = {as_object_id(one, known) for one in (known if objects is None else objects)}
        if every < 1:
            raise UsageError("A step is 1 at least.", subject=every)
        for frame in range(0, len(self), every):
            cells = self.annotations(frame).items()
            if any(cell.status in wanted and key in chosen for key, cell in cells):
                yield self[frame]

    def masks(self, obj: ObjectLike) -> MaskStack:
        """Return all masks of an object, lazily, bool (t, h, w)."""
        return MaskStack(self, as_object_id(obj, self.objects))

    def annotations(self, frame: int) -> Mapping[int, Annotation]:
        """Return mask, status, score and author by object id."""
        return self._by_frame.get(frame, {})

    def proposals(self, frame: int) -> Mapping[int, Proposal]:
        """Return by object id what propagation proposed last on a frame, also where a person changed it since.

        Of a scan in the direction that it was annotated in last.
        """
        return self._proposals.get(frame, {})

    def history(self) -> tuple[LoggedEdit, ...]:
        """Return every edit with its time, author and model, oldest first; frames are those of its own direction."""
        return read_logged_edits(self.stored.journal)

    def open_source(self) -> FrameSource:
        """Open the frames, where the source is still there. Raises WorkspaceError or SequenceError; close it."""
        record = self._view.record
        return open_source(
            find_source(self.stored.folder),
            series=record.series,
            orientation=record.orientation,
            along=record.along,
        )

    def images(self, frames: Iterable[SupportsIndex] | None = None) -> Iterator[NDArray[np.uint8]]:
        """Yield the pictures of frames, all without any, uint8 (h, w, 3) RGB, where the source is still there."""
        chosen = range(len(self)) if frames is None else [self[frame].index for frame in frames]
        with self.open_source() as source:
            for frame in chosen:
                yield source.read(frame)

    @property
    def order(self) -> FrameOrder:
        """Which slice of which time point each frame is; of everything but a scan over time a slice of one."""
        return order_of_record(self._view.record)

    def voxels(self) -> NDArray[np.generic]:
        """Return the native intensities of a scan, (z, y, x), or (t, z, y, x) of one over time.

        Raises UsageError for another kind.
        """
        from app.storage.volume.volume_source import VolumeSource

        with self.open_source() as source:
            if not isinstance(source, VolumeSource):
                raise UsageError("Only a scan has voxels.", subject=self.path)
            times, depth = source.order.times, source.geometry.shape[0]
            voxels = np.stack([source.read_stored(k) for k in range(times * depth)])
            return voxels if times == 1 else voxels.reshape(times, depth, *voxels.shape[1:])

    @property
    def affine(self) -> NDArray[np.float64] | None:
        """From a voxel (i, j, k) to millimetres right, anterior, superior, (4, 4), as nibabel has it; None: unknown."""
        from app.storage.volume.volume_source import VolumeSource

        with self.open_source() as source:
            matrix = source.geometry.matrix if isinstance(source, VolumeSource) else None
        return None if matrix is None else np.diag([-1.0, -1.0, 1.0, 1.0]) @ matrix

    @property
    def authors(self) -> Mapping[tuple[int, int], str]:
        """Who made each mask, by (frame, object id)."""
        return self._work[1]

    def in_view_of(self, other: ReadableSequence) -> ReadableSequence:
        """Return this work as frames of the direction in which another one on the same source was made."""
        own, wanted = self._view.record, other._view.record
        is_same = (own.orientation, own.along) == (wanted.orientation, wanted.along)
        return self if is_same else ReadableSequence(self.stored, other._view)

    @cached_property
    def _work(self) -> tuple[JournalContents, dict[tuple[int, int], str]]:
        return read_in_view(self.stored, self._view)

    @cached_property
    def _contents(self) -> JournalContents:
        return self._work[0]

    @cached_property
    def _proposals(self) -> dict[int, dict[int, Proposal]]:
        found: dict[int, dict[int, Proposal]] = {}
        for (frame, object_id), proposal in self.stored.proposals().items():
            found.setdefault(frame, {})[object_id] = proposal
        return found

    @cached_property
    def _by_frame(self) -> dict[int, dict[int, Annotation]]:
        found: dict[int, dict[int, Annotation]] = {}
        known = {item.object_id for item in self.objects}
        for frame, object_id, cell in self._contents.cells:
            if object_id in known:
                found.setdefault(frame, {})[object_id] = cell
        return found
