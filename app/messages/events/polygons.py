"""Outlines of masks and their edits."""

from dataclasses import dataclass

from app.domain.annotation import Mask, Polygon
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class PolygonsTraced(Event):
    """The outlines of an object on a frame, traced from exactly this mask."""

    frame: int
    object_id: int
    mask: Mask
    polygons: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True)
class VertexMoved(Event):
    """A vertex was dragged to (x, y) and let go."""

    frame: int
    object_id: int
    polygon: int
    ring: int
    vertex: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class VertexDeleted(Event):
    """A vertex was double-clicked."""

    frame: int
    object_id: int
    polygon: int
    ring: int
    vertex: int


@dataclass(frozen=True, slots=True)
class VertexInserted(Event):
    """An edge (from vertex edge to the next) was double-clicked at (x, y)."""

    frame: int
    object_id: int
    polygon: int
    ring: int
    edge: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PolygonDeleted(Event):
    """A whole polygon, holes and all, was deleted."""

    frame: int
    object_id: int
    polygon: int


@dataclass(frozen=True, slots=True)
class MaskReshaped(Event):
    """A polygon edit was carried out on the mask that it was ordered for."""

    frame: int
    object_id: int
    before: Mask
    after: Mask
    polygons: tuple[Polygon, ...]
    title: str


@dataclass(frozen=True, slots=True)
class ReshapeFailed(Event):
    """A polygon edit could not be carried out."""

    frame: int
    object_id: int
