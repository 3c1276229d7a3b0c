"""What every exporter is given, and how its files are named."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app import masks
from app.annotation import Annotation, Label, Object, SequenceInfo
from app.errors import ExportError, StorageFull

UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One sequence to export.

    labels: in list order, which is the painting order. annotations: by object id, of a frame.
    image: uint8 (h, w, 3) RGB of a frame. opacity: of masks in overlays, in [0, 1]. progress: called with
    (done, total). check: called often; what it raises ends the export and leaves no half-written file.
    """

    info: SequenceInfo
    labels: tuple[Label, ...]
    objects: tuple[Object, ...]
    annotations: Callable[[int], Mapping[int, Annotation]]
    image: Callable[[int], NDArray[np.uint8]]
    opacity: float
    progress: Callable[[int, int], None]
    check: Callable[[], None]

    @property
    def name(self) -> str:
        """The source's name without its ending, fit for any file system."""
        plain = Path(self.info.path).stem if self.info.kind in ("video", "image") else self.info.name
        return UNSAFE.sub("_", plain)[:LONGEST_NAME].strip(". ") or "sequence"

    def frame_names(self) -> list[str]:
        """A name for each frame without ending: the source's own, or the index with five digits or more."""
        digits = max(5, len(str(self.info.frames - 1)))
        if not self.info.frame_names:
            return [f"{frame:0{digits}d}" for frame in range(self.info.frames)]
        stems = [Path(name).stem for name in self.info.frame_names]
        return stems if len(set(stems)) == len(stems) else list(self.info.frame_names)

    def frames(self) -> Iterator[int]:
        """Every frame, with progress."""
        for frame in range(self.info.frames):
            self.check()
            yield frame
            self.progress(frame + 1, self.info.frames)

    def label_map(self, frame: int) -> NDArray[np.uint8]:
        """uint8 (h, w), label values painted in list order, lower rows over upper ones."""
        rows = {label.value: row for row, label in enumerate(self.labels)}
        values = {item.object_id: item.label for item in self.objects}
        found = [(values[key], cell.mask) for key, cell in sorted(self.annotations(frame).items())]
        ordered = sorted(found, key=lambda layer: rows.get(layer[0], len(rows)))
        return masks.paint(ordered, self.info.height, self.info.width)


@contextlib.contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn the system's errors into ours. Raises StorageFull or ExportError."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull(
                "The disk is full; what was there before is kept.", subject=target, remedy="Free some space."
            ) from error
        raise ExportError(
            f"The files cannot be written ({error.strerror or error}).",
            subject=target,
            remedy="Choose another folder or check its permissions.",
        ) from error
