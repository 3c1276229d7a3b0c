"""Settings of the view, and what only scans have."""

from dataclasses import dataclass

from app.domain.adjustment import Adjustment
from app.domain.annotation import AreaCurve, Extent, FrameAxis, Orientation, SeriesInfo
from app.domain.camera import OrbitCamera
from app.messages.events.event import Event, ReviewOrder


@dataclass(frozen=True, slots=True)
class ViewChanged(Event):
    """Change the fields that are not None; see app.messages.snapshot.View."""

    threshold: float | None = None
    opacity: float | None = None
    click_radius: int | None = None
    largest_component: bool | None = None
    overlay_visible: bool | None = None
    prefetch: bool | None = None
    linked: bool | None = None
    tile_height: int | None = None
    tidy: bool | None = None
    review_order: ReviewOrder | None = None
    wheel_steps: bool | None = None
    stop_at_cuts: bool | None = None
    adjustment: Adjustment | None = None


@dataclass(frozen=True, slots=True)
class View3DChanged(Event):
    """Change the fields that are not None; see app.messages.snapshot.View3D."""

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
    """Fit the window to the frame."""


@dataclass(frozen=True, slots=True)
class OrientationChosen(Event):
    """Annotate the open scan, with all masks, in another direction, or along time."""

    orientation: Orientation
    along: FrameAxis = "space"


@dataclass(frozen=True, slots=True)
class CrossMoved(Event):
    """The cross-hairs of a scan meet at (x, y) of a frame."""

    frame: int
    x: float  #: source pixels, as y
    y: float


@dataclass(frozen=True, slots=True)
class ScanMeasured(Event):
    """The objects of the open scan were measured."""

    extents: tuple[tuple[int, Extent], ...]  #: (object_id, extent) each


@dataclass(frozen=True, slots=True)
class AreasRequested(Event):
    """The annotator asked for the areas of the objects over the frames."""


@dataclass(frozen=True, slots=True)
class AreasMeasured(Event):
    """The areas of the objects of the open sequence were measured."""

    curves: tuple[AreaCurve, ...]


@dataclass(frozen=True, slots=True)
class PixelSizeGiven(Event):
    """A person said how wide the pixels of the pictures are, by a line of known length."""

    millimetres: float | None  #: above 0; None for what the source says


@dataclass(frozen=True, slots=True)
class SeriesRequested(Event):
    """The annotator wants to choose another series of the open sequence's source."""


@dataclass(frozen=True, slots=True)
class SeriesOffered(Event):
    """A source holds several series of which one is to be chosen."""

    path: str
    series: tuple[SeriesInfo, ...] = ()  #: () takes the offer back
