"""Labels and objects."""

from dataclasses import dataclass
from typing import Literal

from app.domain.annotation import Color, Label
from app.domain.segment_code import SegmentCode
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class LabelsRecalled(Event):
    """Labels that an earlier start kept for a kind of sequences."""

    kind: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class LabelAdded(Event):
    """Add a label; value 0 and color None mean the next free ones."""

    name: str
    value: int = 0
    color: Color | None = None
    code: SegmentCode | None = None  #: see Label


@dataclass(frozen=True, slots=True)
class LabelChanged(Event):
    """Rename or recolour the label of this value."""

    value: int
    name: str | None = None
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class LabelCoded(Event):
    """Say what a label stands for; None: its name says it."""

    value: int
    code: SegmentCode | None


@dataclass(frozen=True, slots=True)
class LabelDeleted(Event):
    """Delete a label; refused while an object has it."""

    value: int


@dataclass(frozen=True, slots=True)
class LabelMoved(Event):
    """Move a label to another row; lower rows are painted over upper ones."""

    value: int
    row: int


@dataclass(frozen=True, slots=True)
class LabelsReplaced(Event):
    """A label list was loaded; labels in use and missing from it are kept."""

    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class LabelChosen(Event):
    """The label for the next objects; its latest object becomes the selected one."""

    value: int


@dataclass(frozen=True, slots=True)
class ObjectAdded(Event):
    """Start another object of a label (None: the current one) and select it."""

    label: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectChosen(Event):
    """Select an object, or none."""

    object_id: int | None


@dataclass(frozen=True, slots=True)
class ObjectPicked(Event):
    """Select the object whose mask is at a point of a frame, and its label."""

    frame: int
    x: float  #: source pixels, as y
    y: float


@dataclass(frozen=True, slots=True)
class ObjectStepped(Event):
    """Select the next (+1) or previous (-1) object."""

    direction: Literal[1, -1]


@dataclass(frozen=True, slots=True)
class ObjectRelabelled(Event):
    """Give an object another label."""

    object_id: int
    label: int


@dataclass(frozen=True, slots=True)
class ObjectDescribed(Event):
    """Change the fields of an object that are not None; see app.domain.annotation.Object."""

    object_id: int
    name: str | None = None
    note: str | None = None
    locked: bool | None = None


@dataclass(frozen=True, slots=True)
class ObjectsHidden(Event):
    """Draw all objects but these, in 2D and in 3D."""

    hidden: frozenset[int]


@dataclass(frozen=True, slots=True)
class ObjectSplit(Event):
    """From a frame on an object is another one: its masks there belong to a new object of the same label."""

    object_id: int
    frame: int


@dataclass(frozen=True, slots=True)
class ObjectDeleted(Event):
    """Delete an object with all its masks."""

    object_id: int
