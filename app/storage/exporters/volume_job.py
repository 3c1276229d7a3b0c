"""A scan to export, as its voxels are stored."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Label, Object
from app.imaging import masks
from app.imaging.label_volume import LabelMap, label_map, label_volume
from app.imaging.measures import Measure, grid_of, measure_objects
from app.storage.exporters.export_names import safe_name
from app.storage.volume.volume_source import VolumeSource

# Takes a label volume uint8 (z, y, x) and a value; gives vertices float (n, 3) in voxels (i, j, k) and
# triangles int (m, 3), wound outward, both empty where the value is nowhere.
SurfaceOf = Callable[[LabelMap, int], tuple[NDArray[Any], NDArray[Any]]]


@dataclass(frozen=True, slots=True)
class VolumeJob:
    """One scan to export."""

    source: VolumeSource
    labels: tuple[Label, ...]
    objects: tuple[Object, ...]
    #: of a frame of the source's orientation, by object id
    annotations: Callable[[int], Mapping[int, Annotation]]
    surface: SurfaceOf | None = None  #: finds the surface of a label, for STL and OBJ
    with_identity: bool = False  #: whether a DICOM file names the patient
    spool: Path | None = None  #: folder for what does not fit into memory
    #: called with (done, total); what it raises ends the export, and no file has appeared
    progress: Callable[[int, int], None] | None = None
    file_name: str = ""  #: in place of the scan's own name

    @property
    def name(self) -> str:
        """The scan's name, fit for any file system, unless another one was chosen."""
        return self.file_name or safe_name(self.source.info.name)

    def voxels(self) -> LabelMap:
        """Return the label volume, uint8 (z, y, x), stored as the scan is."""
        plane = self.source.plane
        return label_volume(self.source.geometry.shape, plane, self.label_map, self.spool)

    def label_map(self, frame: int) -> LabelMap:
        """Return the label map of a frame, uint8 (h, w)."""
        self._advance(frame)
        return label_map(self.annotations(frame), self.objects, self.labels, self.source.plane)

    def label_voxels(self, label: Label) -> NDArray[np.bool_]:
        """Return where a label is, bool (z, y, x), also where another one lies over it."""
        objects = tuple(item for item in self.objects if item.label == label.value)
        return replace(self, objects=objects).voxels() > 0

    def area(self) -> int:
        """Return the pixels of all masks; those of several count as often."""
        return sum(area for _, area in self._areas())

    def used_values(self) -> set[int]:
        """Return the values of labels that a pixel has, also where another one lies over it."""
        return {label for label, area in self._areas() if area}

    def _areas(self) -> Iterator[tuple[int, int]]:
        """Yield label value and pixels of each mask."""
        labels = {item.object_id: item.label for item in self.objects}
        for frame in range(self.source.info.frames):
            for number, cell in self.annotations(frame).items():
                if number in labels:
                    yield labels[number], masks.area(cell.mask)

    def measures(self) -> dict[int, Measure]:
        """Return the measures of every object that has a mask."""
        return measure_objects(
            self._masks(), grid_of(self.source.geometry, self.source.plane), self.source.read_native
        )

    def used(self) -> tuple[Label, ...]:
        """Return the labels that objects have, in list order."""
        values = {item.label for item in self.objects}
        return tuple(label for label in self.labels if label.value in values)

    def _masks(self) -> Iterator[tuple[int, dict[int, NDArray[np.bool_]]]]:
        known = {item.object_id for item in self.objects}
        for frame in range(self.source.info.frames):
            self._advance(frame)
            cells = self.annotations(frame).items()
            yield frame, {number: masks.decode(cell.mask) for number, cell in cells if number in known}

    def watched(self, voxels: LabelMap) -> Iterator[LabelMap]:
        """Yield the slices of a volume to a writer; between two of them the export can be cancelled."""
        for picture in voxels:
            self.check_cancelled()
            yield picture

    def check_cancelled(self) -> None:
        """Between two long steps: raise what progress raises when the export is not wanted any more."""
        self._advance(self.source.info.frames)

    def _advance(self, frame: int) -> None:
        if self.progress is not None:
            self.progress(frame, self.source.info.frames)
