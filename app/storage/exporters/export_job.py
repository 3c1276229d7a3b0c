"""The input of every exporter."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Window
from app.domain.errors import ExportError, FramewiseError, StorageFull, UsageError
from app.domain.export_selection import ExportSelection, SelectedFrames
from app.domain.finding import Finding
from app.domain.label_colors import free_color
from app.files.access import DRIVE_ERRORS
from app.imaging import masks
from app.storage.exporters.export_names import frame_names, sequence_name
from app.storage.source import FrameSource

if TYPE_CHECKING:  # a video never needs pydicom and SimpleITK, which take a while to import
    from app.storage.exporters.volume_job import VolumeJob

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One sequence to export."""

    info: SequenceInfo
    labels: tuple[Label, ...]  #: in list order, which is the painting order
    objects: tuple[Object, ...]
    annotations: Callable[[int], Mapping[int, Annotation]]  #: of a frame, by object id
    image: Callable[[int], NDArray[np.uint8]]  #: of a frame, uint8 (h, w, 3) RGB
    opacity: float  #: of masks in overlays, in [0, 1]
    progress: Callable[[int, int], None]  #: called with (done, total)
    #: called often; what it raises ends the export and leaves no half-written file
    check: Callable[[], None]
    file_name: str = ""  #: in place of the sequence's own name
    selection: ExportSelection = ExportSelection()  #: which frames are wanted
    #: who made a mask, by (frame, object_id)
    authors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    journal: Path | None = None  #: holds every edit
    source: FrameSource | None = None  #: the open source, for what only its files tell
    with_identity: bool = False  #: whether a DICOM file names the patient
    volume: Callable[[], VolumeJob] | None = None  #: the same of a scan, as its voxels are stored
    window: Window | None = None  #: that a scan is shown in, None for its own
    #: what of a frame must not be seen; image does not show it, and exporters that read files leave it out
    hidden: Callable[[int], tuple[Finding, ...]] = lambda frame: ()
    time: int | None = None  #: which time point of a scan over time it is, where it is not all of them

    def scan(self) -> VolumeJob:
        """Return the scan with its native voxels and geometry. Raises UsageError where the sequence is none."""
        if self.volume is None:
            raise UsageError(
                "Only a scan can be exported like this.",
                subject=self.info.path,
                remedy="Choose another format.",
            )
        return self.volume()

    @property
    def name(self) -> str:
        """Prefix of the names of exported files and folders."""
        return self.file_name or sequence_name(self.info)

    @property
    def all_labels(self) -> tuple[Label, ...]:
        """The labels, and below them one for each value that objects have but the list lacks."""
        known = {label.value: label for label in self.labels}
        for value in sorted({item.label for item in self.objects} - known.keys()):
            used = {label.color for label in known.values()}
            known[value] = Label(value, f"label {value}", free_color(used))
        return tuple(known.values())

    def frame_names(self) -> list[str]:
        """Return a name for each frame, without ending."""
        return frame_names(self.info)

    def selected(self) -> SelectedFrames:
        """Return the frames that are wanted, and which of them are void."""
        return self.selection.select(self.annotations, self.info.frames)

    def watch(self, frames: Sequence[int]) -> Iterator[int]:
        """Yield frames, with progress; between two of them the export can be cancelled."""
        for done, frame in enumerate(frames, 1):
            self.check()
            yield frame
            self.progress(done, len(frames))

    def cells(self, frame: int) -> list[tuple[Object, Annotation]]:
        """Return the objects with a mask on a frame, by object id. Raises ExportError for one of another size."""
        objects = {item.object_id: item for item in self.objects}
        found = [
            (objects[key], cell) for key, cell in sorted(self.annotations(frame).items()) if key in objects
        ]
        for item, cell in found:
            if (cell.mask.height, cell.mask.width) != (self.info.height, self.info.width):
                raise ExportError(
                    f"The mask of object {item.object_id} on frame {frame} is "
                    f"{cell.mask.width}x{cell.mask.height}, the sequence {self.info.width}x{self.info.height}.",
                    subject=self.info.name,
                    remedy="Delete this mask and make it again.",
                )
        return found

    def author(self, frame: int, item: Object, cell: Annotation) -> str:
        """Return who made a mask, "" where it is not known."""
        return cell.author if cell.author is not None else self.authors.get((frame, item.object_id), "")

    def label_map(self, frame: int) -> NDArray[np.uint8]:
        """uint8 (h, w), label values painted in list order, lower rows over upper ones."""
        rows = {label.value: row for row, label in enumerate(self.all_labels)}
        ordered = sorted(self.cells(frame), key=lambda pair: rows[pair[0].label])
        layers = ((item.label, cell.mask) for item, cell in ordered)
        return masks.paint(layers, self.info.height, self.info.width)


@contextlib.contextmanager
def translate_write_errors(target: Path, failure: type[FramewiseError] = ExportError) -> Iterator[None]:
    """Turn the system's errors into ours: StorageFull for a full disk, else failure."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull(
                "The disk is full; what was there before is kept.", subject=target, remedy="Free some space."
            ) from error
        if error.errno in DRIVE_ERRORS:
            remedy = "Connect the drive again, or choose another folder."
            raise failure("The drive does not take the file.", subject=target, remedy=remedy) from error
        raise failure(
            f"The file cannot be written ({error.strerror or error}).",
            subject=target,
            remedy="Choose another folder or check its permissions.",
        ) from error
