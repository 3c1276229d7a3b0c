"""What is shown and how."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.annotation import Extent, Orientation, SeriesInfo
from app.domain.camera import OrbitCamera
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class ViewChanged(Event):
    """Only the fields that are not None change.

    threshold, opacity in [0, 1]; click_radius 0..10 screen pixels.
    """

    threshold: float | None = None
    opacity: float | None = None
    click_radius: int | None = None
    largest_component: bool | None = None
    overlay_visible: bool | None = None
    prefetch: bool | None = None
    linked: bool | None = None


@dataclass(frozen=True, slots=True)
class View3DChanged(Event):
    """Only the fields that are not None change; see app.messages.snapshot.Solid."""

    shown: bool | None = None
    size: tuple[int, int] | None = None
    camera: OrbitCamera | None = None
    opacity: float | None = None
    hidden: frozenset[int] | None = None
    left_out: frozenset[int] | None = None
    slice_shown: bool | None = None
    close: bool | None = None


@dataclass(frozen=True, slots=True)
class WindowChanged(Event):
    """Another intensity window for a scan."""

    width: float
    center: float


@dataclass(frozen=True, slots=True)
class WindowFitted(Event):
    """The annotator wants the window that suits the frame."""


@dataclass(frozen=True, slots=True)
class OrientationChosen(Event):
    """Annotate the open scan in another direction; all masks come along."""

    orientation: Orientation


@dataclass(frozen=True, slots=True)
class CrossMoved(Event):
    """The cross-hairs of a scan meet at (x, y) of a frame."""

    frame: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ScanMeasured(Event):
    """How large the objects of the open scan are now: (object_id, extent) each."""

    extents: tuple[tuple[int, Extent], ...]


@dataclass(frozen=True, slots=True)
class SeriesOffered(Event):
    """A folder that was to be opened holds several series; () takes the offer back."""

    path: str
    series: tuple[SeriesInfo, ...] = ()
