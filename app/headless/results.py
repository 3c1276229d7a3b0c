"""Results of the library, and how they are read from state and events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Label, Mask, Object, Polygon, Status
from app.imaging import masks
from app.messages import events as ev
from app.session.state import State


@dataclass(frozen=True, slots=True)
class Committed:
    """An object as it was committed on a frame."""

    object_id: int
    label: Label
    frame: int
    polygons: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """One frame of a propagation."""

    frame: int
    done: int  #: frames so far, this one included; grows by one with each step
    total: int  #: frames in all, as far as it is known now
    score: float  #: the lowest of its objects, in [0, 1]
    remaining: float | None  #: seconds, None while unknown
    coded: Mapping[int, Mask] = field(
        default_factory=dict
    )  #: the masks of this step by object id, as COCO RLE

    @property
    def masks(self) -> dict[int, NDArray[np.bool_]]:
        """The masks of this step by object id, bool (h, w)."""
        return {object_id: masks.decode(mask) for object_id, mask in self.coded.items()}


class ExportedFiles(tuple[Path, ...]):
    """The files and folders of an export."""

    void: tuple[int, ...]  #: frames that were asked for and left out, or are void in the files
    flagged: tuple[int, ...]  #: frames that show text or faces, and were dealt with as was asked

    def __new__(cls, paths: Iterable[Path], void: tuple[int, ...], flagged: tuple[int, ...] = ()) -> Self:
        """Make the tuple of paths."""
        made = super().__new__(cls, paths)
        made.void, made.flagged = void, flagged
        return made


StatusLike = Status | str
"""A status or its name: "empty", "propagated", "edited", "verified"."""

LabelLike = Label | SupportsIndex | str
"""A label, its value or its name."""

PointLike = Sequence[SupportsFloat]
"""(x, y) in source pixels."""

ObjectLike = Object | Committed | SupportsIndex
"""An object, its id, or what finish and set_mask return."""


def layers_of(state: State, frame: int) -> list[tuple[int, Mask]]:
    """Return (label value, mask) of the objects on a frame, lowest first."""
    rows = {label.value: row for row, label in enumerate(state.labels)}
    values = {item.object_id: item.label for item in state.sequence.objects}
    found = [(values[object_id], cell.mask) for object_id, cell in state.annotations_on(frame)]
    return sorted(found, key=lambda layer: rows.get(layer[0], len(rows)))


def progress_of(steps: Iterable[ev.FramePropagated]) -> Iterator[Progress]:
    """Yield the steps of a propagation; edits meanwhile plan it anew, so they are counted here."""
    for done, step in enumerate((step for step in steps if step.results or not step.stops), 1):
        score = min((result[2] for result in step.results), default=1.0)
        coded = {object_id: mask for object_id, mask, *_ in step.results}
        yield Progress(step.frame, done, done + step.total - step.done, score, step.remaining, coded)
