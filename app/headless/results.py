"""What the library answers with, and how it is read from state and events."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.annotation import Label, Mask, Polygon
from app.messages import events as ev
from app.session.state import State


@dataclass(frozen=True, slots=True)
class Committed:
    """An object, as the annotator left it on a frame."""

    object_id: int
    label: Label
    frame: int
    polygons: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """One frame of a propagation. score: the lowest of its objects, in [0, 1]; remaining: seconds or None."""

    frame: int
    done: int
    total: int
    score: float
    remaining: float | None


def layers_of(state: State, frame: int) -> list[tuple[int, Mask]]:
    """Return (label value, mask) of the objects on a frame, lowest first."""
    rows = {label.value: row for row, label in enumerate(state.labels)}
    values = {item.object_id: item.label for item in state.objects}
    found = [(values[object_id], cell.mask) for object_id, cell in state.on_frame(frame)]
    return sorted(found, key=lambda layer: rows.get(layer[0], len(rows)))


def value_of(label: Label | int) -> int:
    """Return the value of a label, however it was given."""
    return label if isinstance(label, int) else label.value


def id_of(obj: int | Committed) -> int:
    """Return the id of an object, however it was given."""
    return obj if isinstance(obj, int) else obj.object_id


def progress_of(step: ev.FramePropagated) -> Progress:
    """Return a step of a propagation as the library tells it."""
    score = min((result[2] for result in step.results), default=1.0)
    return Progress(step.frame, step.done, step.total, score, step.remaining)
