"""The input of every writer of data sets: sequences that are opened one after the other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Label, Mask, Object
from app.domain.errors import ExportError
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob

Split = Literal["train", "val", "test"]
SPLITS: Final[tuple[Split, ...]] = ("train", "val", "test")
# In maps of classes and instances: nothing is said about the pixel, as in Pascal VOC and DAVIS
VOID: Final = 255
Cell = tuple[Object, Annotation]


@dataclass(frozen=True, slots=True)
class Part:
    """One sequence of a data set; its labels are the classes of the data set."""

    job: ExportJob
    split: Split = "train"
    #: whether a mask is good enough to learn from; the pixels of others are void
    is_sure: Callable[[Annotation], bool] = lambda _: True

    @property
    def name(self) -> str:
        """The name that no other sequence of the data set has."""
        return self.job.name

    @property
    def frames(self) -> tuple[int, ...]:
        """The frames to write, in order."""
        return self.job.selected().chosen

    def watched(self) -> Iterator[int]:
        """Yield the frames, with progress; between two of them the export can be cancelled."""
        return self.job.watch(self.frames)

    def sure(self, frame: int) -> list[Cell]:
        """Return the objects to learn from on a frame, by object id; those without a pixel are left out."""
        return [pair for pair in self.job.cells(frame) if self.is_sure(pair[1]) and masks.area(pair[1].mask)]

    def unsure(self, frame: int) -> list[Mask]:
        """Return the masks of a frame whose pixels are void."""
        return [cell.mask for _, cell in self.job.cells(frame) if not self.is_sure(cell)]

    def paint(
        self, frame: int, values: Mapping[int, int], *, by_object: bool = False, void: int = VOID
    ) -> NDArray[np.uint16]:
        """Return uint16 (h, w): a value for each label, or object, 0 elsewhere, void where it is unsure.

        Labels are painted in list order, lower rows over upper ones, and what is sure over what is not.
        """
        picture = np.zeros((self.job.info.height, self.job.info.width), np.uint16)
        rows = {label.value: row for row, label in enumerate(self.job.all_labels)}
        sure = sorted(self.sure(frame), key=lambda pair: rows[pair[0].label])
        masks.paint_over(picture, ((void, mask) for mask in self.unsure(frame)))
        masks.paint_over(
            picture, ((values[item.object_id if by_object else item.label], cell.mask) for item, cell in sure)
        )
        return picture

    def instance_numbers(self) -> dict[int, int]:
        """Return a number from 1 for each object of the sequence. Raises ExportError above 254: 255 is void."""
        if len(self.job.objects) >= VOID:
            raise ExportError(
                f"{len(self.job.objects)} objects do not fit into 8 bits.",
                subject=self.name,
                remedy="Export COCO or MOTS.",
            )
        ordered = sorted(item.object_id for item in self.job.objects)
        return {object_id: number for number, object_id in enumerate(ordered, 1)}


@dataclass(frozen=True, slots=True)
class Collection:
    """A data set to write, in the format of one writer."""

    name: str
    labels: tuple[Label, ...]  #: the classes, in painting order
    parts: Callable[[], Iterator[Part]]  #: opens one sequence after the other

    def class_numbers(self) -> dict[int, int]:
        """Return a number from 1 for each label value, in list order. Raises ExportError for more than 254."""
        if len(self.labels) >= VOID:
            raise ExportError(
                "There are more than 254 classes.", subject=self.name, remedy="Use a class map."
            )
        return {label.value: number for number, label in enumerate(self.labels, 1)}


def collection_of(job: ExportJob) -> Collection:
    """Return the data set of one sequence."""
    return Collection(job.name, job.all_labels, lambda: iter((Part(job),)))
