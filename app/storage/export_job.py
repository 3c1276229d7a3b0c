"""What every exporter is given, and how its files are named."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from app import masks
from app.annotation import Annotation, Label, Object, SequenceInfo
from app.errors import ExportError, FramewiseError, StorageFull
from app.palette import free_color

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
NAME_BYTES = 150


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
        return safe_name(plain)

    @property
    def all_labels(self) -> tuple[Label, ...]:
        """The labels, and below them one for each value that objects have but the list lacks."""
        known = {label.value: label for label in self.labels}
        for value in sorted({item.label for item in self.objects} - known.keys()):
            used = {label.color for label in known.values()}
            known[value] = Label(value, f"label {value}", free_color(used))
        return tuple(known.values())

    def frame_names(self) -> list[str]:
        """A name for each frame without ending: the source's own, or the index with five digits or more.

        No two are the same, also where upper and lower case are: then the endings are kept, or else numbers
        put in front.
        """
        digits = max(5, len(str(self.info.frames - 1)))
        numbers = [f"{frame:0{digits}d}" for frame in range(self.info.frames)]
        own = [PurePath(name).name for name in self.info.frame_names]
        if len(own) != self.info.frames:
            return numbers
        numbered = [f"{number}_{name}" for number, name in zip(numbers, own, strict=True)]
        choices = ([PurePath(name).stem for name in own], own, numbered)
        return next((names for names in choices if _are_unique(names)), numbers)

    def frames(self) -> Iterator[int]:
        """Every frame, with progress."""
        for frame in range(self.info.frames):
            self.check()
            yield frame
            self.progress(frame + 1, self.info.frames)

    def cells(self, frame: int) -> list[tuple[Object, Annotation]]:
        """The objects with a mask on a frame, by object id. Raises ExportError for one of another size."""
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

    def label_map(self, frame: int) -> NDArray[np.uint8]:
        """uint8 (h, w), label values painted in list order, lower rows over upper ones."""
        rows = {label.value: row for row, label in enumerate(self.all_labels)}
        ordered = sorted(self.cells(frame), key=lambda pair: rows[pair[0].label])
        layers = ((item.label, cell.mask) for item, cell in ordered)
        return masks.paint(layers, self.info.height, self.info.width)


def safe_name(name: str) -> str:
    """Return a file name in any script that every file system takes, with room for an ending."""
    plain = UNSAFE.sub("_", name.encode("utf-8", "replace").decode())
    short = plain.encode()[:NAME_BYTES].decode("utf-8", "ignore").strip(". ")
    return f"{short}_" if RESERVED.fullmatch(short) else short or "sequence"


@contextlib.contextmanager
def writing(target: Path, failure: type[FramewiseError] = ExportError) -> Iterator[None]:
    """Turn the system's errors into ours: StorageFull for a full disk, else failure."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull(
                "The disk is full; what was there before is kept.", subject=target, remedy="Free some space."
            ) from error
        raise failure(
            f"The file cannot be written ({error.strerror or error}).",
            subject=target,
            remedy="Choose another folder or check its permissions.",
        ) from error


def _are_unique(names: Sequence[str]) -> bool:
    return len({name.casefold() for name in names}) == len(names)
