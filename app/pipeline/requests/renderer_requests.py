"""Requests to the renderer, which keeps one preview."""

from dataclasses import dataclass
from typing import Literal

from app.domain.annotation import Color, Mask
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.request import Request, WorkerKind

FrameLayers = tuple[
    int, tuple[tuple[int, Mask], ...]
]  #: frame; values of 1..255 and masks, later over earlier


class RendererKind(WorkerKind):
    """Draws label volumes in 3D."""

    role = "app.pipeline.roles.renderer:RendererRole"


@dataclass(frozen=True, slots=True)
class SetMasksReply:
    """Reply to masks."""

    is_changed: bool  #: whether anything looks different now


@dataclass(frozen=True, slots=True)
class RenderReply:
    """Reply to a picture."""

    is_fine: bool  #: a full picture would not look better
    triangles: int  #: in the surfaces that were drawn


@dataclass(frozen=True, slots=True)
class PlaneSpec:
    """A frame that stands in the volume."""

    index: int  #: slice along axis, of the full volume
    axis: int = 0  #: 0 for z, 1 for y, 2 for x, as the axes of rows and columns
    row_axis: int = 1
    column_axis: int = 2
    image: ArrayRef | None = None  #: uint8 (h, w, 3) RGB


@dataclass(frozen=True, slots=True)
class OpenPreviewRequest(Request[RendererKind, None, None]):
    """Begin with an empty volume. spacing, direction: as in SequenceInfo, None for a video."""

    shape: tuple[int, int, int]  #: (z, y, x)
    spacing: tuple[float, float, float] | None = None
    direction: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class SetColorsRequest(Request[RendererKind, None, None]):
    """Set the colours of values."""

    colors: dict[int, Color]


@dataclass(frozen=True, slots=True)
class SetMasksRequest(Request[RendererKind, SetMasksReply, None]):
    """Replace the masks of frames."""

    frames: tuple[FrameLayers, ...]


@dataclass(frozen=True, slots=True)
class RenderRequest(Request[RendererKind, RenderReply, None]):
    """Draw into target. A cancelled full picture goes on with the next one."""

    target: ArrayRef  #: uint8 (h, w, 4) RGBA
    azimuth: float = 0.0  #: degrees
    elevation: float = 0.0  #: degrees
    zoom: float = 1.0  #: 1 fills the picture
    shift: tuple[float, float] = (0.0, 0.0)  #: right, up
    opacity: float = 1.0  #: of the surfaces, 0 to 1
    hidden: tuple[int, ...] = ()  #: values that are not drawn
    plane: PlaneSpec | None = None
    quality: Literal["coarse", "full"] = "full"
    focus: Literal["volume", "labels"] = "volume"
